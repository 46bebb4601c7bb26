/**
 * One call for one effect, from its start to the events that commit what it brought. Before the boundary a call that fails is a failed attempt
 * of the step; after it, a call that fails has taught nothing, and the effect stays open.
 */
import { jsonArtifact } from "../artifacts.ts";
import type { EffectMove } from "../effects/closing.ts";
import { encodeEvidence } from "../effects/evidence.ts";
import { follow, moveOn, newestDispatched } from "../effects/follow.ts";
import { eventOf } from "../effects/happening-event.ts";
import { type Effect, type Role, applyEffect, holdsSlot, isAtRest } from "../effects/ledger.ts";
import { type WeighedReading, readingOf } from "../effects/rules.ts";
import { invariant } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import type { Json } from "../json.ts";
import { conclude } from "./conclude.ts";
import type { Context } from "./context.ts";
import { askBackend, decodeRecorded, encodeAnswer, liveKind, readRecorded } from "./effect-asking.ts";
import type { Landing, StepWork } from "./flight.ts";
import { failedCall, prepareCandidate, sealCandidate } from "./prepare.ts";

export class EffectCall {
  readonly indices: readonly number[];
  readonly move: EffectMove["move"];
  /** As it was when the call was decided. */
  readonly effects: readonly Effect[];
  landing: Landing | undefined;
  launched = false;
  readonly controller = new AbortController();

  constructor({ index, move }: EffectMove, effect: Effect) {
    this.indices = [index];
    this.move = move;
    this.effects = [effect];
  }

  abandon(): void {
    this.controller.abort();
  }

  /** @throws only what reading from the store throws: then the store failed, not the call, and there is nothing to commit */
  async launch(context: Context, steps: readonly StepWork[]): Promise<void> {
    this.launched = true;
    const [step] = steps;
    invariant(step !== undefined, "a call is for a step");
    const made = await this.#make(context, step);
    this.landing = made;
  }

  get #effect(): Effect {
    const [effect] = this.effects;
    invariant(effect !== undefined, "a call is for an effect");
    return effect;
  }

  #make(context: Context, step: StepWork): Promise<Landing> {
    switch (this.move) {
      case "acquire":
      case "prepare":
        return this.#prepare(context, step, "first");
      case "another":
        return this.#prepare(context, step, roleOf(this.#effect));
      case "seal":
        return this.#seal(context, step);
      case "send":
        return this.#see(context, step, "dispatch");
      case "look":
        return this.#see(context, step, "observe");
      case "conclude":
        return conclude(context, step, this.#effect);
    }
  }

  async #prepare(context: Context, step: StepWork, role: Role): Promise<Landing> {
    const { controller } = this;
    const effect = this.#effect;
    const recorded = await readRecorded(step, effect);
    const slot = effect.place?.slot ?? null;
    return prepareCandidate(context, step, { effect, recorded, role, slot, controller }).catch((cause: unknown) =>
      this.#failed(context, step, cause),
    );
  }

  async #seal(context: Context, step: StepWork): Promise<Landing> {
    const { controller } = this;
    const effect = this.#effect;
    const recorded = await readRecorded(step, effect);
    return sealCandidate(context, step, { effect, recorded, controller }).catch((cause: unknown) => this.#failed(context, step, cause));
  }

  /** Where something may be out there already, a candidate that cannot be made now is none: what was sent is sent again or looked up, as if nobody had asked. */
  #failed(context: Context, step: StepWork, cause: unknown): Landing | Promise<Landing> {
    const effect = this.#effect;
    if (effect.is === "dispatched" && newestDispatched(effect) >= 0) {
      const move = moveOn(effect.seen);
      // What wants another candidate gets none, and may be in no pool any more.
      return this.#see(context, step, move === "send" || move === "another" ? "dispatch" : "observe");
    }
    // A slot is given up until that works: there is nothing to fail that has not failed.
    return holdsSlot(effect) && step.isStopped ? { drafts: [], artifacts: [] } : failedCall(context, step, effect, cause);
  }

  /** Sends the recorded candidate, or looks it up, and takes in what the outside says. */
  async #see(context: Context, step: StepWork, name: "dispatch" | "observe"): Promise<Landing> {
    const { controller } = this;
    const effect = this.#effect;
    const live = liveKind(context, step.state);
    const { kind } = live;
    const recorded = await readRecorded(step, effect);
    const newest = newestDispatched(effect);
    const identity = effect.candidates[newest]?.identity;
    invariant(identity !== undefined, "only what was dispatched is sent or looked up");
    const seen = await askBackend(context, step, { effect, name, live, controller }, async (ask): Promise<Seen> => {
      const { terms: _, ...given } = decodeRecorded(kind, recorded);
      const made = given.candidates[newest];
      const { answer, source } = await ask({ ...given, envelope: made?.envelope, seal: made?.seal ?? null });
      const text = encodeAnswer(kind, "evidence", answer);
      const reading = readingOf(kind, recorded.subject, recorded.candidates, JSON.parse(text) as Json);
      return { reading, evidence: jsonArtifact("evidence", encodeEvidence(kind, identity, text, source)) };
      // Whoever watches was told. Whether it arrived is not known: it is looked up.
    }).catch((): Seen => ({ reading: { kind: "unknown" }, evidence: undefined }));
    return this.#take(context, step, seen);
  }

  /** What was seen, as everything that it makes happen. */
  async #take(context: Context, step: StepWork, { reading, evidence }: Seen): Promise<Landing> {
    const settled = reading.kind === "final" && reading.status === "success" ? jsonArtifact("settlement", reading.settlement) : undefined;
    const parts = { step: step.step.key, evidence: evidence?.ref, settlement: settled?.ref };
    const drafts: EventDraft[] = [];
    let effect = this.#effect;
    for (let happening = follow(effect, reading); happening !== null; happening = follow(effect, reading)) {
      const draft = eventOf(happening, parts);
      const applied = applyEffect(effect, draft);
      invariant(applied.kind === "applied", `a reading makes happen only what can: ${JSON.stringify(applied)}`);
      drafts.push(draft);
      effect = applied.effect;
    }
    const isNamed = evidence !== undefined && reading.kind !== "unknown" && drafts.length > 0;
    const artifacts = isNamed ? [evidence.artifact] : [];
    if (!isAtRest(effect)) return { drafts, artifacts };
    if (settled !== undefined) artifacts.push(settled.artifact);
    if (step.isStopped) return { drafts, artifacts };
    const settlement = reading.kind === "final" && reading.status === "success" ? (JSON.parse(reading.settlement) as Json) : undefined;
    const end = await conclude(context, step, effect, settlement);
    return { drafts: [...drafts, ...end.drafts], artifacts: [...artifacts, ...end.artifacts] };
  }
}

/** What an answer means, and the evidence; neither where nothing was learned. */
interface Seen {
  readonly reading: WeighedReading;
  readonly evidence: ReturnType<typeof jsonArtifact> | undefined;
}

/** What another candidate is for: what somebody asked for, what gives up a slot of which nothing left, or better terms. */
function roleOf(effect: Effect): Role {
  if (effect.request !== null) return effect.request.role;
  if (holdsSlot(effect)) return "cancel";
  // What is being cancelled is cancelled on better terms.
  return effect.candidates.some(({ role }) => role === "cancel") ? "cancel" : "replacement";
}
