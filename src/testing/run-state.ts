/**
 * Unit-testing a state against recorded answers: its real code, its real schemas, no runtime and no network.
 *
 *     const output = await runState(readBalance, { config: { account }, facts: { chain: { getBalance: [{ answer: 5n }] } } });
 */
import type * as z from "zod";
import type { Capability, CompiledMethod, Methods } from "../kernel/capability.ts";
import { MfmError } from "../kernel/errors.ts";
import type { EffectKind } from "../kernel/effects/kind.ts";
import { type Caller, concludeState, executeState } from "../kernel/execute.ts";
import type { Json } from "../kernel/json.ts";
import type { IntentOf, Needs, SettlementOf, State } from "../kernel/state.ts";

type RequestOf<M extends Methods, K extends keyof M> = M[K]["request"] extends z.ZodType ? z.output<M[K]["request"]> : undefined;
type ResponseOf<M extends Methods, K extends keyof M> = z.output<M[K]["response"]>;

/** One call's answer. With a request, the call must ask exactly that. */
export interface Answer<Request, Response> {
  readonly answer: Response;
  readonly request?: Request;
}

/** The answers of one method: one for each call, in the order of calls; or a function of the request, which may throw as a backend does. */
export type AnswersOf<Request, Response> = readonly Answer<Request, Response>[] | ((request: Request) => Response | Promise<Response>);

/** Answers by capability, as `needs` names it, and method. What is not asked may be left out. */
export type Facts<N extends Needs> = [keyof N] extends [never]
  ? Record<string, never>
  : {
      readonly [K in keyof N]?: N[K] extends Capability<infer M extends Methods>
        ? { readonly [Name in keyof M]?: AnswersOf<RequestOf<M, Name>, ResponseOf<M, Name>> }
        : never;
    };

/** A call that the state made. */
export interface Asked {
  /** As `needs` names it. */
  readonly capability: string;
  readonly method: string;
  /** As code sees it; `{}` where the method takes no request. */
  readonly request: unknown;
}

type NoMembers = Record<never, never>;
/** A member that may be left out where its value needs none. */
type Given<Name extends string, T> = NoMembers extends T ? { readonly [K in Name]?: T } : { readonly [K in Name]: T };

export type RunStateOptions<C extends z.ZodType, I extends z.ZodType, N extends Needs> = Given<"config", z.output<C>> &
  Given<"input", z.output<I>> & {
    readonly facts?: Facts<N>;
    /** Every call is added here, in the order of calls. */
    readonly asked?: Asked[];
    /** What the state is given as its signal; one that is never aborted unless given. */
    readonly signal?: AbortSignal;
  };

/**
 * Runs a state's code once and returns its output, decoded as the next step would see it.
 * @throws FACT_MISSING when the state asks what has no answer here, even where its code goes on without one; details name the call
 * @throws VALUE_INVALID when config, input, an answer or a request does not match its schema, a call asks something else than its answer's
 * request, or an answer is never asked for
 * @throws STEP_RESULT_INVALID when the output does not match the state's schema; and whatever the code throws
 * @throws VALUE_INVALID for a write state, which has `runIntent` and `runConclusion`
 */
export async function runState<C extends z.ZodType, I extends z.ZodType, O extends z.ZodType, N extends Needs>(
  state: State<C, I, O, N>,
  ...[options]: NoMembers extends RunStateOptions<C, I, N> ? [RunStateOptions<C, I, N>?] : [RunStateOptions<C, I, N>]
): Promise<z.output<O>> {
  if (state.code.kind === "writes")
    throw new MfmError("VALUE_INVALID", `${state.use.id} writes: test it with runIntent and runConclusion`, { state: state.use.id });
  return state.codecs.output.decode(read(await runCode(state, (options ?? {}) as AnyOptions))) as z.output<O>;
}

/** Runs a write state's `intend` once and returns the intent, decoded as its effect kind's code would see it. @throws as `runState` */
export async function runIntent<C extends z.ZodType, I extends z.ZodType, O extends z.ZodType, N extends Needs>(
  state: State<C, I, O, N>,
  ...[options]: NoMembers extends RunStateOptions<C, I, N> ? [RunStateOptions<C, I, N>?] : [RunStateOptions<C, I, N>]
): Promise<IntentOf<N>> {
  const kind = kindOf(state);
  return kind.codecs.intent.decode(read(await runCode(state, (options ?? {}) as AnyOptions))) as IntentOf<N>;
}

/**
 * Runs a write state's `conclude` once and returns the output, decoded as the next step would see it.
 * @throws VALUE_INVALID when something given does not match its schema, or the state does not write
 * @throws STEP_RESULT_INVALID when the output does not match the state's schema; and whatever the code throws
 */
export function runConclusion<C extends z.ZodType, I extends z.ZodType, O extends z.ZodType, N extends Needs>(
  state: State<C, I, O, N>,
  given: Given<"config", z.output<C>> &
    Given<"input", z.output<I>> & { readonly intent: IntentOf<N>; readonly settlement: SettlementOf<N> },
): z.output<O> {
  const { config = {}, input = {}, intent, settlement } = given as AnyOptions & { readonly intent: unknown; readonly settlement: unknown };
  const { codecs } = state;
  const kind = kindOf(state);
  const text = concludeState(state, {
    config: read(codecs.config.encode(config, "config")),
    input: read(codecs.input.encode(input, "input")),
    intent: read(kind.codecs.intent.encode(intent, "intent")),
    settlement: read(kind.codecs.settlement.encode(settlement, "settlement")),
  });
  return codecs.output.decode(read(text)) as z.output<O>;
}

function kindOf({ code, use }: State): EffectKind {
  if (code.kind === "writes") return code.effect;
  throw new MfmError("VALUE_INVALID", `${use.id} does not write: test it with runState`, { state: use.id });
}

/** The canonical text of what a state's code makes of the given answers. */
async function runCode(state: State, given: AnyOptions): Promise<string> {
  const { config, input } = state.codecs;
  const data = { config: read(config.encode(given.config ?? {}, "config")), input: read(input.encode(given.input ?? {}, "input")) };
  const answers = new Answers(given.facts ?? {}, given.asked ?? []);
  let text: string;
  try {
    ({ text } = await executeState(state, data, answers.caller, given.signal ?? new AbortController().signal));
  } catch (error) {
    throw answers.problem ?? error;
  }
  answers.assertUsed();
  return text;
}

type AnyAnswers = AnswersOf<unknown, unknown>;
type AnyFacts = { readonly [need: string]: { readonly [method: string]: AnyAnswers | undefined } | undefined };
type AnyOptions = {
  readonly config?: unknown;
  readonly input?: unknown;
  readonly facts?: AnyFacts;
  readonly asked?: Asked[];
  readonly signal?: AbortSignal;
};

function read(text: string): Json {
  return JSON.parse(text) as Json;
}

class Answers {
  /** What is wrong with the test, which the state's code must not be able to swallow. */
  problem: MfmError | undefined;
  readonly #facts: AnyFacts;
  readonly #asked: Asked[];
  /** Calls so far, by capability and method. */
  readonly #calls = new Map<string, number>();

  constructor(facts: AnyFacts, asked: Asked[]) {
    this.#facts = facts;
    this.#asked = asked;
  }

  readonly caller: Caller = async (need, capability, method, request) => {
    const codecs = capability.compiled.get(method);
    if (codecs === undefined) throw new MfmError("INTERNAL", `${capability.id} has no method ${method}`);
    // As live: a request that does not match its schema fails the call, and the code may make something of that.
    const asked = codecs.request.encode(request, `the request of ${capability.id} ${method}`);
    this.#asked.push({ capability: need, method, request: codecs.request.decode(read(asked)) });
    const known = this.#facts[need]?.[method];
    const name = `facts.${need}.${method}`;
    const answer =
      typeof known === "function"
        ? await callAnswer(known, codecs.request.decode(read(asked)), name)
        : this.#next(known ?? [], name, asked, codecs);
    return this.#remembering(() => codecs.response.decode(read(codecs.response.encode(answer, `the answer of ${name}`))));
  };

  #next(answers: readonly Answer<unknown, unknown>[], name: string, asked: string, codecs: CompiledMethod): unknown {
    const call = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, call);
    const next = answers[call - 1];
    return this.#remembering(() => {
      if (next === undefined)
        throw new MfmError("FACT_MISSING", `call ${call} of ${name} has no answer; it asks ${asked}`, {
          call,
          facts: name,
          request: read(asked),
        });
      const expected = next.request === undefined ? asked : codecs.request.encode(next.request, `the request of ${name}[${call - 1}]`);
      if (expected !== asked)
        throw new MfmError("VALUE_INVALID", `call ${call} of ${name} asks ${asked}, not ${expected}`, {
          call,
          facts: name,
          request: read(asked),
        });
      return next.answer;
    });
  }

  #remembering<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof MfmError) this.problem ??= error;
      throw error;
    }
  }

  /** @throws the problem; VALUE_INVALID when an answer was never asked for */
  assertUsed(): void {
    if (this.problem !== undefined) throw this.problem;
    for (const [need, methods] of Object.entries(this.#facts)) {
      for (const [method, answers] of Object.entries(methods ?? {})) {
        const name = `facts.${need}.${method}`;
        const calls = this.#calls.get(name) ?? 0;
        if (typeof answers === "object" && calls < answers.length)
          throw new MfmError("VALUE_INVALID", `${name} has ${answers.length} answers, and ${calls} were asked for`, { facts: name, calls });
      }
    }
  }
}

/** What a function answers; what it throws fails the call as it does live. */
async function callAnswer(answer: (request: unknown) => unknown, request: unknown, name: string): Promise<unknown> {
  try {
    return await answer(request);
  } catch (error) {
    if (error instanceof MfmError) throw error;
    throw new MfmError("CAPABILITY_FAILED", `${name} failed`, { facts: name }, error);
  }
}
