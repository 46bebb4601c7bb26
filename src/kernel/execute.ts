/** Executing one state, live or in replay: the same code, asking a caller that either asks the outside and records, or answers from records. */
import { type Capability, emptyObject } from "./capability.ts";
import type { RetryAdvice } from "./error-entry.ts";
import { MfmError, errorTable, invariant } from "./errors.ts";
import type { Json } from "./json.ts";
import { type State, isNothing } from "./state.ts";
import type { ValueCodec } from "./value.ts";

/** Answers a capability call of a step. `request` and the result are code values. */
export type Caller = (need: string, capability: Capability, method: string, request: unknown) => Promise<unknown>;

const advices: readonly string[] = ["never", "safe", "reconcile"];

/** Thrown by a state's code to fail its step with a code of its own and its own advice. */
export class StepFailure extends Error {
  readonly code: string;
  readonly advice: RetryAdvice;

  /** @throws DEFINITION_INVALID when the code is not SCREAMING_SNAKE of at most 64 characters, or the advice is none */
  constructor(code: string, advice: RetryAdvice, message: string = code) {
    super(message);
    if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(code))
      throw new MfmError("DEFINITION_INVALID", `${JSON.stringify(code)} is no failure code: write it like PRICE_TOO_OLD`);
    if (!advices.includes(advice))
      throw new MfmError("DEFINITION_INVALID", `${JSON.stringify(advice)} is no retry advice: ${advices.join(", ")}`);
    this.name = "StepFailure";
    this.code = code;
    this.advice = advice;
  }
}

/** Why a step failed, as events record it: never with free text, which could carry a secret. */
export interface Failure {
  /** One of the error table, or a state's own. */
  readonly code: string;
  readonly advice: RetryAdvice;
}

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof StepFailure) return { code: thrown.code, advice: thrown.advice };
  // An author's module, loaded without type checks, may have made up a code.
  if (thrown instanceof MfmError && Object.hasOwn(errorTable, thrown.code)) return { code: thrown.code, advice: thrown.entry.retry };
  return { code: "STEP_THREW", advice: "never" };
}

/** What a state's code made: its output, or of a write state the intent of its effect. */
export interface Executed {
  readonly kind: "output" | "intent";
  /** Canonical. */
  readonly text: string;
}

/**
 * Runs a state's code on data.
 * @throws STEP_RESULT_INVALID when the result does not match its schema; and whatever the code throws
 */
export function executeState(
  state: State,
  { config, input }: { readonly config: Json; readonly input: Json },
  caller: Caller,
  signal: AbortSignal,
): Promise<Executed> | Executed {
  const { code, codecs } = state;
  const given: { [name: string]: unknown } = {
    config: codecs.config.decode(config, "config"),
    input: codecs.input.decode(input, "input"),
    signal,
  };
  for (const [name, need] of Object.entries(state.needs)) if (need.type === "capability") given[name] = clientOf(name, need, caller);
  const work = (code.kind === "runs" ? code.run : code.intend) as (given: unknown) => unknown;
  const made = work(given);
  return made instanceof Promise ? made.then((result) => encodeMade(state, result)) : encodeMade(state, made);
}

function encodeMade({ code, codecs, use }: State, made: unknown): Executed {
  if (code.kind === "writes" && !isNothing(made))
    return { kind: "intent", text: encodeResult(code.effect.codecs.intent, made, `the intent of ${use.id}`) };
  const result = code.kind === "writes" && isNothing(made) ? made.output : made;
  return { kind: "output", text: encodeResult(codecs.output, result, `the output of ${use.id}`) };
}

/** What a write state makes its output from, as data. */
export interface Conclusion {
  readonly config: Json;
  readonly input: Json;
  readonly intent: Json;
  readonly settlement: Json;
}

/**
 * Makes a write state's output from what its effect settled with, and returns its canonical text.
 * @throws STEP_RESULT_INVALID when the output does not match the state's schema; and whatever the code throws
 */
export function concludeState(state: State, given: Conclusion): string {
  const { code, codecs, use } = state;
  invariant(code.kind === "writes", "only a write state concludes");
  const output = (code.conclude as (given: object) => unknown)({
    config: codecs.config.decode(given.config, "config"),
    input: codecs.input.decode(given.input, "input"),
    intent: code.effect.codecs.intent.decode(given.intent, "intent"),
    settlement: code.effect.codecs.settlement.decode(given.settlement, "settlement"),
  });
  return encodeResult(codecs.output, output, `the output of ${use.id}`);
}

function encodeResult(codec: ValueCodec, result: unknown, what: string): string {
  try {
    return codec.encode(result, what);
  } catch (error) {
    if (error instanceof MfmError && (error.code === "VALUE_INVALID" || error.code === "VALUE_TOO_LARGE"))
      throw new MfmError("STEP_RESULT_INVALID", error.message, error.details);
    throw error;
  }
}

function clientOf(
  need: string,
  capability: Capability,
  caller: Caller,
): { readonly [method: string]: (request?: unknown) => Promise<unknown> } {
  const client: { [method: string]: (request?: unknown) => Promise<unknown> } = {};
  for (const [method, schemas] of Object.entries(capability.methods)) {
    const takesNothing = schemas.request === undefined || schemas.request === emptyObject;
    client[method] = (request) => {
      const answer = caller(need, capability, method, takesNothing ? {} : request);
      // A call that the code does not wait for must not end the process when it fails.
      answer.catch(() => undefined);
      return answer;
    };
  }
  return client;
}
