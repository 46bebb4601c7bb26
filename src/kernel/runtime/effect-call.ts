/**
 * One call for an effect, from its start to the events that commit what it brought. Before the boundary a call that fails is a failed attempt
 * of the step; after it, a call that fails has taught nothing, and the effect stays open.
 */
import { jsonArtifact } from "../artifacts.ts";
import { encodeEvidence } from "../effects/evidence.ts";
import type { EffectMove } from "../effects/closing.ts";
import { follow } from "../effects/follow.ts";
import { eventOf } from "../effects/happening-event.ts";
import {
  type EffectBackend,
  type EffectCallName,
  type EffectKind,
  type WeighedReading,
  identityOf,
  isCovered,
  readingOf,
} from "../effects/kind.ts";
import { type Candidate, type Effect, applyEffect, isAtRest } from "../effects/ledger.ts";
import { MfmError, invariant } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import { failureOf } from "../execute.ts";
import type { Json } from "../json.ts";
import type { State } from "../state.ts";
import { conclude } from "./conclude.ts";
import type { Context } from "./context.ts";
import { type Landing, type StepWork, failureDraft, withinLimit } from "./flight.ts";
import { assertSource } from "./record.ts";

export class EffectCall {
  readonly index: number;
  readonly move: EffectMove["move"];
  /** As it was when the call was decided. */
  readonly effect: Effect;
  landing: Landing | undefined;
  launched = false;
  readonly #controller = new AbortController();

  constructor({ index, move }: EffectMove, effect: Effect) {
    this.index = index;
    this.move = move;
    this.effect = effect;
  }

  abandon(): void {
    this.#controller.abort();
  }

  /** @throws only what reading from the store throws: then the store failed, not the call, and there is nothing to commit */
  async launch(context: Context, step: StepWork): Promise<void> {
    this.launched = true;
    const made = await this.#make(context, step);
    this.landing = made;
  }

  #make(context: Context, step: StepWork): Promise<Landing> {
    switch (this.move) {
      case "prepare":
        return this.#prepare(context, step);
      case "send":
        return this.#see(context, step, "dispatch");
      case "look":
        return this.#see(context, step, "observe");
      case "conclude":
        return conclude(context, step, this.effect);
    }
  }

  async #prepare(context: Context, step: StepWork): Promise<Landing> {
    const { id } = this.effect;
    const { kind, backend } = liveKind(context, step.state);
    const intent = await step.read(this.effect.intent);
    try {
      const envelope = await this.#call(context, step, "prepare", async (ask) => {
        const { answer } = await ask(backend, { id, intent: kind.codecs.intent.decode(intent) });
        const text = encodeAnswer(kind, "envelope", answer);
        const data = JSON.parse(text) as Json;
        if (!isCovered(kind, { id, intent }, data))
          throw new MfmError("EFFECT_ENVELOPE_REFUSED", `${kind.id}: what was prepared is not what was intended`, { effect: kind.id });
        return { text, identity: identityOf(kind, data) };
      });
      const { ref, artifact } = jsonArtifact("envelope", envelope.text);
      const data = { step: step.step.key, candidate: this.effect.candidates.length, identity: envelope.identity, envelope: ref };
      return { drafts: [{ type: "EffectPrepared", data }], artifacts: [artifact] };
    } catch (cause) {
      const failure = failureOf(cause);
      const failed = failureDraft(context, step.step, step.attempt, failure);
      if (failure.advice !== "never") return { drafts: [failed], artifacts: [] };
      const why = { kind: "refused", code: failure.code } as const;
      return { drafts: [{ type: "EffectAbandoned", data: { step: step.step.key, why } }, failed], artifacts: [] };
    }
  }

  /** Sends the recorded candidate, or looks it up, and takes in what the outside says. */
  async #see(context: Context, step: StepWork, name: "dispatch" | "observe"): Promise<Landing> {
    const { id } = this.effect;
    const { kind, backend } = liveKind(context, step.state);
    const [candidate, { identity, envelope: digest }] = lastDispatched(this.effect);
    const [intent, envelope] = [await step.read(this.effect.intent), await step.read(digest)];
    const seen = await this.#call(context, step, name, async (ask): Promise<Seen> => {
      const given = { id, intent: kind.codecs.intent.decode(intent), envelope: kind.codecs.envelope.decode(envelope) };
      const { answer, source } = await ask(backend, given);
      const text = encodeAnswer(kind, "evidence", answer);
      const reading = readingOf(kind, { id, intent }, envelope, JSON.parse(text) as Json);
      return { reading, evidence: jsonArtifact("evidence", encodeEvidence(kind, identity, text, source)) };
      // Whoever watches was told. Whether it arrived is not known: it is looked up.
    }).catch((): Seen => ({ reading: { kind: "unknown" }, evidence: undefined }));
    return this.#take(context, step, candidate, seen);
  }

  /** What was seen, as everything that it makes happen. */
  async #take(context: Context, step: StepWork, candidate: number, { reading, evidence }: Seen): Promise<Landing> {
    const settled = reading.kind === "final" && reading.status === "success" ? jsonArtifact("settlement", reading.settlement) : undefined;
    const parts = { step: step.step.key, candidate, evidence: evidence?.ref, settlement: settled?.ref };
    const drafts: EventDraft[] = [];
    let { effect } = this;
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
    const settlement = reading.kind === "final" && reading.status === "success" ? (JSON.parse(reading.settlement) as Json) : undefined;
    const end = await conclude(context, step, effect, settlement);
    return { drafts: [...drafts, ...end.drafts], artifacts: [...artifacts, ...end.artifacts] };
  }

  /** Within the step's time limit, and between two moments. */
  async #call<T>(context: Context, { runId, step }: StepWork, name: EffectCallName, work: (ask: Ask) => Promise<T>): Promise<T> {
    const { watch } = context;
    const at = { runId, step: step.key, effect: this.effect.id, call: name };
    let source = "local";
    const answer = { signal: this.#controller.signal, attribute: (sourceRef: string) => void (source = sourceRef) };
    const ask: Ask = async (backend, given) => ({
      answer: await answerOf(backend, name, () => backend.call(name, given, answer)),
      source: assertSource(source, backend.effect.id, name),
    });
    watch({ kind: "effect.before", ...at, timeLimitMs: step.timeLimitMs });
    try {
      const result = await withinLimit(context, step, this.#controller, () => work(ask));
      watch({ kind: "effect.after", ...at, failure: null });
      return result;
    } catch (cause) {
      watch({ kind: "effect.after", ...at, failure: { code: failureOf(cause).code, cause } });
      throw cause;
    }
  }
}

/** What an answer means, and the evidence; neither where nothing was learned. */
interface Seen {
  readonly reading: WeighedReading;
  readonly evidence: ReturnType<typeof jsonArtifact> | undefined;
}

type Ask = (backend: EffectBackend, given: object) => Promise<{ readonly answer: unknown; readonly source: string }>;

function lastDispatched({ candidates }: Effect): [number, Candidate] {
  const index = candidates.findLastIndex((candidate) => candidate.dispatched);
  const candidate = candidates[index];
  invariant(candidate !== undefined, "only what was dispatched is sent or looked up");
  return [index, candidate];
}

/** What is held to is the kind that the certified state names, whichever one a backend was made for. */
function liveKind(context: Context, { code }: State): { readonly kind: EffectKind; readonly backend: EffectBackend } {
  const backend = code.kind === "writes" ? context.registry.effectBackends.get(code.effect.id) : undefined;
  if (code.kind === "writes" && backend !== undefined) return { kind: code.effect, backend };
  throw new MfmError("INTERNAL", "a write step is driven only where its backend is");
}

async function answerOf(backend: EffectBackend, name: EffectCallName, ask: () => unknown): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (failureOf(error).code !== "STEP_THREW") throw error;
    throw new MfmError("CAPABILITY_FAILED", `${backend.effect.id} ${name} failed`, { capability: backend.effect.id, method: name }, error);
  }
}

function encodeAnswer(effect: EffectKind, what: "envelope" | "evidence", answer: unknown): string {
  try {
    return effect.codecs[what].encode(answer, `the ${what} of ${effect.id}`);
  } catch (error) {
    // As for a read: what is invalid may be better the next time, but what is too large stays too large.
    if (!(error instanceof MfmError) || error.code === "VALUE_TOO_LARGE") throw error;
    throw new MfmError("CAPABILITY_ANSWER_INVALID", error.message, { capability: effect.id, method: what });
  }
}
