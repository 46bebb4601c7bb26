/** Asking the backend of an effect kind, within a step's time limit and between two moments, and reading what is recorded of an effect for it. */
import type { Agreement, EffectBackend, EffectCallName } from "../effects/backend.ts";
import type { EffectKind, Made } from "../effects/kind.ts";
import type { Effect } from "../effects/ledger.ts";
import type { MadeData, SubjectData } from "../effects/rules.ts";
import { MfmError } from "../errors.ts";
import { failureOf } from "../execute.ts";
import type { Json } from "../json.ts";
import type { State } from "../state.ts";
import type { Context } from "./context.ts";
import { type StepWork, withinLimit } from "./flight.ts";
import { assertSource } from "./record.ts";

export interface LiveKind {
  readonly kind: EffectKind;
  readonly backend: EffectBackend;
}

/** What is held to is the kind that the certified state names, whichever one a backend was made for. */
export function liveKind(context: Context, { code }: State): LiveKind {
  const backend = code.kind === "writes" ? context.registry.effectBackends.get(code.effect.id) : undefined;
  if (code.kind === "writes" && backend !== undefined) return { kind: code.effect, backend };
  throw new MfmError("INTERNAL", "a write step is driven only where its backend is");
}

export interface Recorded {
  readonly subject: SubjectData;
  readonly candidates: readonly MadeData[];
  readonly terms: Json | null;
  readonly agreement: Agreement | null;
}

/** What is recorded of an effect, as data. @throws what reading from the store throws */
export async function readRecorded(step: StepWork, effect: Effect): Promise<Recorded> {
  const candidates: MadeData[] = [];
  for (const { role, envelope, seal, dispatched } of effect.candidates)
    candidates.push({ role, envelope: await step.read(envelope), seal: seal === null ? null : await step.read(seal), dispatched });
  const terms = effect.request?.terms ?? null;
  return {
    subject: { id: effect.id, intent: await step.read(effect.intent) },
    candidates,
    terms: terms === null ? null : await step.read(terms),
    agreement: agreementOn(step, effect),
  };
}

function agreementOn({ runId, specRef, step }: StepWork, { intent, approvals }: Effect): Agreement | null {
  return step.approval === undefined ? null : { runId, specRef, step: step.key, intentDigest: intent, approvals };
}

/** What is recorded of an effect, as the backend's code takes it. */
export function decodeRecorded({ codecs }: EffectKind, { subject, candidates, terms }: Recorded) {
  return {
    id: subject.id,
    intent: codecs.intent.decode(subject.intent),
    candidates: candidates.map(({ role, envelope, seal, dispatched }): Made<unknown> => ({
      role,
      envelope: codecs.envelope.decode(envelope),
      seal: seal === null ? null : codecs.seal?.decode(seal),
      dispatched,
    })),
    terms,
  };
}

/** Asks the backend one thing. */
export type Ask = (given: object) => Promise<{ readonly answer: unknown; readonly source: string }>;

export interface Asking {
  readonly effect: Effect;
  readonly name: EffectCallName;
  readonly live: LiveKind;
  readonly controller: AbortController;
}

/** Does `work`, which asks the backend. @throws STEP_TIME_LIMIT, CAPABILITY_FAILED; what `work` throws */
export async function askBackend<T>(
  context: Context,
  step: StepWork,
  { effect, name, live, controller }: Asking,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const { watch } = context;
  const { backend } = live;
  const at = { runId: step.runId, step: step.step.key, effect: effect.id, call: name };
  let source = "local";
  const answer = { signal: controller.signal, attribute: (sourceRef: string) => void (source = sourceRef) };
  const ask: Ask = async (given) => ({
    answer: await answerOf(backend, name, () => backend.call(name, given, answer)),
    source: assertSource(source, backend.effect.id, name),
  });
  watch({ kind: "effect.before", ...at, timeLimitMs: step.step.timeLimitMs });
  try {
    const result = await withinLimit(context, step.step, controller, () => work(ask));
    watch({ kind: "effect.after", ...at, failure: null });
    return result;
  } catch (cause) {
    watch({ kind: "effect.after", ...at, failure: { code: failureOf(cause).code, cause } });
    throw cause;
  }
}

async function answerOf(backend: EffectBackend, name: EffectCallName, ask: () => unknown): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (failureOf(error).code !== "STEP_THREW") throw error;
    throw new MfmError("CAPABILITY_FAILED", `${backend.effect.id} ${name} failed`, { capability: backend.effect.id, method: name }, error);
  }
}

/** An answer's canonical text. @throws CAPABILITY_ANSWER_INVALID, VALUE_TOO_LARGE */
export function encodeAnswer(effect: EffectKind, what: "envelope" | "evidence" | "seal" | "standing", answer: unknown): string {
  try {
    return effect.codecs[what]?.encode(answer, `the ${what} of ${effect.id}`) ?? "";
  } catch (error) {
    // As for a read: what is invalid may be better the next time, but what is too large stays too large.
    if (!(error instanceof MfmError) || error.code === "VALUE_TOO_LARGE") throw error;
    throw new MfmError("CAPABILITY_ANSWER_INVALID", error.message, { capability: effect.id, method: what });
  }
}
