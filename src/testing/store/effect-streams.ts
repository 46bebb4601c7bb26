/** Appends about effects as tests write them: what they do is applied to the ledger itself, so that rows, lanes and events belong together. */
import { jsonArtifact } from "../../kernel/artifacts.ts";
import { digestOf, toCanonical } from "../../kernel/canonical.ts";
import { deriveEffectId } from "../../kernel/effects/evidence.ts";
import { joinMoves, laneMoveOf, tracedRow } from "../../kernel/effects/lane-moves.ts";
import { type Effect, applyEffect } from "../../kernel/effects/ledger.ts";
import { invariant } from "../../kernel/errors.ts";
import { type ArtifactKind, type EffectEvent, type EventDraft, type Ref, type SealedEvent, sealEvent } from "../../kernel/events.ts";
import type { DefinitionId } from "../../kernel/names.ts";
import type { Run } from "../../kernel/run.ts";
import type { EffectRow, LaneMove } from "../../kernel/lanes.ts";
import type { Append, NewArtifact } from "../../kernel/store.ts";

const at = "2026-01-01T00:00:00.000Z";
export const someKind: DefinitionId = "test.effect/pay@1";

/** A run with the effects of its steps. */
export interface Working {
  readonly run: Run;
  readonly effects: ReadonlyMap<string, Effect>;
  /** Whether it goes on: what it intends waits in queues. */
  readonly waits: boolean;
}

export function working(run: Run): Working {
  return { run, effects: new Map(), waits: true };
}

/** What happens to the effect of a step. */
type StepDeed =
  | { readonly does: "intend"; readonly step: string; readonly lane?: string }
  /** `seq`: of the lane, before it. */
  | { readonly does: "acquire"; readonly step: string; readonly seq: number; readonly slot: number }
  | { readonly does: "explain"; readonly step: string; readonly next: number }
  | { readonly does: "prepare" | "dispatch" | "include" | "settle" | "supersede" | "contradict" | "abandon"; readonly step: string };

export type Deed = StepDeed | { readonly does: "pause" | "resume" };

export interface ActOptions {
  readonly fence?: number | null;
  readonly wakeAt?: number | null;
}

export interface Acted {
  readonly append: Append;
  readonly after: Working;
}

/** The append in which these things happen, in this order. @throws INTERNAL when the ledger refuses one */
export function act(before: Working, deeds: readonly Deed[], { fence = null, wakeAt = null }: ActOptions = {}): Acted {
  const acting = new Acting(before);
  for (const deed of deeds) acting.add(deed);
  const { events, artifacts, effects, rows, moves, waits } = acting;
  const last = events.at(-1);
  invariant(last !== undefined, "something happens");
  const run: Run = { ...before.run, status: waits ? "running" : "paused", head: { seq: last.event.seq, digest: last.digest } };
  const append: Append = {
    runId: run.runId,
    expected: before.run.head,
    fence,
    events,
    artifacts,
    admission: null,
    run,
    wakeAt,
    effects: [...rows.values()],
    lanes: [...moves.values()],
  };
  return { append, after: { run, effects, waits } };
}

class Acting {
  readonly events: SealedEvent[] = [];
  readonly artifacts: NewArtifact[] = [];
  readonly effects: Map<string, Effect>;
  readonly rows = new Map<string, EffectRow>();
  readonly moves = new Map<string, LaneMove>();
  readonly #run: Run;
  waits: boolean;

  constructor({ run, effects, waits }: Working) {
    this.#run = run;
    this.effects = new Map(effects);
    this.waits = waits;
  }

  add(deed: Deed): void {
    if (!("step" in deed)) {
      this.waits = deed.does === "resume";
      this.#seal(
        this.waits
          ? { type: "RunResumed", data: { actor: "test", reason: "test" } }
          : { type: "RunPaused", data: { code: "PAUSED_BY_PERSON" } },
      );
      for (const [step, effect] of this.effects) {
        if (effect.lane === null || effect.is !== "intended" || effect.place !== null) continue;
        this.#put(step, effect);
        this.#move({ lane: effect.lane, take: null, next: null });
      }
      return;
    }
    const known = this.effects.get(deed.step);
    const draft = this.#draft(deed, known);
    const applied = applyEffect(known, draft);
    invariant(applied.kind === "applied", `the ledger refuses ${deed.does}`);
    this.#seal(draft);
    this.effects.set(deed.step, applied.effect);
    this.#put(deed.step, applied.effect);
    const move = laneMoveOf(draft, applied.effect);
    if (move !== undefined) this.#move(move);
  }

  #seal(draft: EventDraft): void {
    const head = this.events.at(-1);
    const prev = head === undefined ? this.#run.head : { seq: head.event.seq, digest: head.digest };
    this.events.push(sealEvent(draft, this.#run.runId, prev, at));
  }

  #put(step: string, effect: Effect): void {
    this.rows.set(effect.id, { kind: someKind, ...tracedRow(step, effect, this.waits) });
  }

  #move(move: LaneMove): void {
    const known = this.moves.get(move.lane);
    this.moves.set(move.lane, known === undefined ? move : joinMoves(known, move));
  }

  #artifact(kind: ArtifactKind, text: string): Ref {
    const { ref, artifact } = jsonArtifact(kind, toCanonical(text));
    this.artifacts.push(artifact);
    return ref;
  }

  #draft(deed: StepDeed, known: Effect | undefined): EffectEvent {
    const { step } = deed;
    const candidate = Math.max(0, (known?.candidates.length ?? 0) - 1);
    switch (deed.does) {
      case "intend": {
        const renewal = known === undefined ? {} : { renewal: known.renewal + 1 };
        const lane = deed.lane === undefined ? {} : { lane: deed.lane };
        const effect = deriveEffectId(this.#run.runId, step, known === undefined ? 0 : known.renewal + 1);
        return {
          type: "EffectIntended",
          data: { step, attempt: 1, effect, intent: this.#artifact("intent", step), facts: [], ...lane, ...renewal },
        };
      }
      case "acquire": {
        const { seq, slot } = deed;
        const standing = this.#artifact("standing", "standing");
        return { type: "LaneAcquired", data: { step, lane: known?.lane ?? "", seq: seq + 1, slot, open: [], standing } };
      }
      case "explain":
        return { type: "LaneExplained", data: { step, lane: known?.lane ?? "", next: deed.next, actor: "test", reason: "test" } };
      case "prepare": {
        const number = known?.candidates.length ?? 0;
        const identity = digestOf(`${this.#run.runId} ${step} ${known?.renewal} ${number}`).slice("sha256:".length);
        const role = number === 0 ? {} : { role: "replacement" as const };
        return {
          type: "EffectPrepared",
          data: { step, candidate: number, identity, envelope: this.#artifact("envelope", identity), ...role },
        };
      }
      case "dispatch":
        return { type: "EffectDispatched", data: { step, candidate } };
      case "include": {
        const evidence = this.#artifact("evidence", "included");
        return { type: "EffectObserved", data: { step, candidate, seen: { kind: "included", status: "reverted", evidence } } };
      }
      case "settle":
        return {
          type: "EffectSettled",
          data: { step, candidate, outcome: { kind: "reverted" }, evidence: this.#artifact("evidence", "final") },
        };
      case "supersede":
        return {
          type: "EffectSettled",
          data: { step, candidate, outcome: { kind: "superseded" }, evidence: this.#artifact("evidence", "other") },
        };
      case "contradict":
        return { type: "EffectAmbiguous", data: { step, candidate, evidence: this.#artifact("evidence", "contradiction") } };
      case "abandon":
        return { type: "EffectAbandoned", data: { step, why: { kind: "failed" } } };
    }
  }
}
