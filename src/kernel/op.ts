/** Ops: named planners. An op turns its config into a program, purely; the program is lowered to a spec. */
import type * as z from "zod";
import { type Digest, digestOf } from "./canonical.ts";
import { type EmptySchema, emptyObject, lowerFor } from "./capability.ts";
import { codecs } from "./codecs.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { type Duration, parseDuration } from "./duration.ts";
import { MfmError } from "./errors.ts";
import { readStrictJson } from "./json-reader.ts";
import { lowerSchema } from "./lower.ts";
import { type DefinitionId, definitionGrammar, isDefinitionId, isStepKey, stepKeyGrammar } from "./names.ts";
import { type OpUse, type Quorum, type RetryPolicy, type Saga, type Spec, type Step, encodeSpec } from "./spec.ts";
import { type Outputs, SpecBuilder } from "./spec-builder.ts";
import type { State } from "./state.ts";
import { ValueCodec } from "./value.ts";
import { Handle, type Wired, lowerWiring } from "./wiring.ts";

export type { Outputs } from "./spec-builder.ts";

/** What the caller of a run gets: the value behind each handle that the plan returned. */
export type OutputOf<O extends Outputs> = { readonly [K in keyof O]: ValueOf<Exclude<O[K], undefined>> };
type ValueOf<Output> = Output extends Handle<infer T> ? T : Output extends readonly Handle<infer T>[] ? readonly T[] : never;
/** What a plan must return where its op declares an output: a handle for each member, or handles for the items of a list. */
export type OutputsOf<D> = D extends z.ZodType
  ? { readonly [K in keyof z.output<D>]: HandlesOn<Exclude<z.output<D>[K], undefined>> }
  : Outputs;
type HandlesOn<T> = Handle<T> | (T extends readonly (infer Item)[] ? readonly Handle<Item>[] : never);

export interface Op<C extends z.ZodType = z.ZodType, O extends Outputs = Outputs, D extends z.ZodType | undefined = z.ZodType | undefined> {
  readonly type: "op";
  readonly id: DefinitionId;
  readonly description: string;
  readonly config: C;
  /** The declared output schema, which an op needs to be started as a child. */
  readonly output: D;
  readonly outputDescriptor: ObjectDescriptor | undefined;
  readonly configDescriptor: Descriptor;
  readonly configCodec: ValueCodec;
  readonly plan: (program: Program, config: z.output<C>) => O;
}

/**
 * Declares an op. `plan` must be pure: the same config always plans the same program.
 * @throws DEFINITION_INVALID when the id or a schema breaks a rule
 */
export function defineOp<
  O extends Outputs & OutputsOf<D>,
  C extends z.ZodType = EmptySchema,
  D extends z.ZodType | undefined = undefined,
>(definition: {
  readonly id: DefinitionId;
  readonly description?: string;
  readonly config?: C;
  readonly output?: D;
  readonly plan: (program: Program, config: z.output<C>) => O;
}): Op<C, O, D> {
  const { id, description = "", plan } = definition;
  const output = definition.output as D;
  if (!isDefinitionId(id)) throw new MfmError("DEFINITION_INVALID", `op id ${JSON.stringify(id)} is not ${definitionGrammar}`, { id });
  if (typeof plan !== "function") throw new MfmError("DEFINITION_INVALID", `${id}: plan must be a function`, { id });
  const config = (definition.config ?? emptyObject) as C;
  const configDescriptor = lowerFor(id, config, "/config");
  const outputDescriptor = output === undefined ? undefined : lowerFor(id, output, "/output");
  if (outputDescriptor !== undefined && outputDescriptor.kind !== "object") {
    throw new MfmError("DEFINITION_INVALID", `${id}: an op's output must be an object: name its outputs`, { id });
  }
  return Object.freeze({
    type: "op",
    id,
    description,
    config,
    output,
    outputDescriptor,
    configDescriptor,
    configCodec: new ValueCodec(configDescriptor),
    plan,
  });
}

/** An op as specs name it when it is started as a child. @throws DEFINITION_INVALID when it declares no output */
export function opUse(op: Pick<Op, "id" | "configDescriptor" | "outputDescriptor">): OpUse {
  if (op.outputDescriptor === undefined)
    throw new MfmError("DEFINITION_INVALID", `${op.id}: an op that is started as a child declares its output schema`, { id: op.id });
  return { id: op.id, config: op.configDescriptor, output: op.outputDescriptor };
}

export interface Plan {
  readonly spec: Spec;
  readonly text: string;
  readonly specRef: Digest;
  readonly configText: string;
  readonly configDigest: Digest;
}

/**
 * Plans an op: config as authored data, to a spec with its content address. Pure.
 * @throws VALUE_INVALID when the config does not match the op's schema
 * @throws PLAN_FAILED when the plan throws, repeats a key, or returns no output
 */
export function planOp(op: Op, config: unknown): Plan {
  const decoded = op.configCodec.decode(config, "config");
  const configText = op.configCodec.encode(decoded, "config");
  const builder = new SpecBuilder();
  const outputs = runPlan(op, new Program(builder, ""), decoded);
  const spec = builder.finish(op, outputs);
  return { spec, ...encodeSpec(spec), configText, configDigest: digestOf(configText) };
}

function runPlan<O extends Outputs>(
  op: { readonly id: DefinitionId; readonly plan: (program: Program, config: never) => O },
  program: Program,
  config: unknown,
): O {
  try {
    const outputs: unknown = op.plan(program, config as never);
    if (outputs instanceof Promise) outputs.catch(() => undefined);
    else if (typeof outputs === "object" && outputs !== null) return outputs as O;
  } catch (error) {
    if (error instanceof MfmError) throw error;
    throw new MfmError(
      "PLAN_FAILED",
      `${op.id}: the plan threw ${error instanceof Error ? `${error.name}: ${error.message}` : "something that is no Error"}`,
      { op: op.id },
      error,
    );
  }
  throw new MfmError("PLAN_FAILED", `${op.id}: a plan returns an object of handles, at once (not a promise)`, { op: op.id });
}

/** Who must agree, and how many of them: EIP-55 addresses in any order. */
export interface QuorumOptions {
  readonly operators: readonly string[];
  readonly quorum: number;
}

export interface StepOptions {
  readonly retry?: Partial<RetryPolicy>;
  /** How long one attempt may take. */
  readonly timeLimit?: Duration;
  readonly after?: readonly StepRef[];
  /** For a write step: who must sign what it intends before anything of it is prepared. */
  readonly approval?: QuorumOptions;
}

type NoMembers = Record<never, never>;
type Given<Name extends string, T> = NoMembers extends T ? { readonly [K in Name]?: T } : { readonly [K in Name]: T };
type Work<C extends z.ZodType, I extends z.ZodType> = Given<"config", z.output<C>> &
  Given<"input", NoMembers extends z.output<I> ? z.output<I> | Wired<z.output<I>> : Wired<z.output<I>>>;
type StateOptions<C extends z.ZodType, I extends z.ZodType> = StepOptions & Work<C, I>;

type UndoOptions<C extends z.ZodType, I extends z.ZodType> = Omit<StepOptions, "after"> & Work<C, I>;
type AnyOptions = StepOptions & { readonly config?: unknown; readonly input?: unknown };

/** A planned step: its key, and a handle on what it will produce. */
export interface StepRef<out T = unknown> {
  readonly key: string;
  readonly output: Handle<T>;
}

/** What a step gets that names no policy of its own. */
export const readRetry: RetryPolicy = { maxAttempts: 5, firstDelayMs: 1000, maxDelayMs: 60_000, factor: 2, jitterPercent: 50 };
export const pureRetry: RetryPolicy = { ...readRetry, maxAttempts: 1 };
export const defaultTimeLimitMs = 300_000;

/** What `plan` builds: steps under stable keys, wired by handles. */
export class Program {
  readonly #builder: SpecBuilder;
  readonly #prefix: string;

  /** Made by `planOp` only. */
  constructor(builder: SpecBuilder, prefix: string) {
    this.#builder = builder;
    this.#prefix = prefix;
  }

  /** One use of a state. */
  step<C extends z.ZodType, I extends z.ZodType, O extends z.ZodType>(
    key: string,
    state: State<C, I, O>,
    ...[options]: NoMembers extends StateOptions<C, I> ? [StateOptions<C, I>?] : [StateOptions<C, I>]
  ): StepRef<z.output<O>> {
    return this.#use(this.#key(key), state, options ?? {});
  }

  /**
   * Undoes a write step where the run is compensated: a write itself, with input from the step that it undoes and from those before that. It
   * stands under the key of the step, with `/undo`.
   */
  undo<C extends z.ZodType, I extends z.ZodType, O extends z.ZodType>(
    undone: StepRef,
    state: State<C, I, O>,
    ...[options]: NoMembers extends UndoOptions<C, I> ? [UndoOptions<C, I>?] : [UndoOptions<C, I>]
  ): void {
    if (undone.output.program !== this.#builder)
      throw new MfmError("PLAN_FAILED", `undo: the step ${undone.key} belongs to another program`, { step: undone.key });
    this.#use(`${undone.key}/undo`, state, options ?? {}, undone.key);
  }

  /** What happens when a run of this fails, or is cancelled, after a write. Unless it is said: it stops and says so (`fail`). */
  onFailure(policy: "fail"): void;
  onFailure(policy: "compensate" | "manual", who: QuorumOptions): void;
  onFailure(policy: "fail" | "compensate" | "manual", who?: QuorumOptions): void {
    if (policy !== "fail" && who === undefined)
      throw new MfmError("PLAN_FAILED", `onFailure ${policy}: say who decides where it cannot go on: { operators, quorum }`, {});
    const saga: Saga = policy === "fail" || who === undefined ? { policy: "fail" } : { policy, ...quorumOf(who) };
    this.#builder.onFailure(saga);
  }

  #use<T>(at: string, state: State, given: AnyOptions, undoes?: string): StepRef<T> {
    const config = readStrictJson(state.codecs.config.encode(given.config ?? {}, `step ${at}: config`));
    const input = lowerWiring(given.input ?? {}, state.descriptors.input, this.#builder, `step ${at}: input`);
    const retry = { ...(state.use.effect === "pure" ? pureRetry : readRetry), ...given.retry };
    const timeLimitMs = given.timeLimit === undefined ? defaultTimeLimitMs : parseDuration(given.timeLimit);
    this.#builder.useState(state);
    const rules = {
      ...(undoes === undefined ? {} : { undoes }),
      ...(given.approval === undefined ? {} : { approval: quorumOf(given.approval) }),
    };
    return this.#add(
      { key: at, kind: "state", state: state.use.id, config, input, retry, timeLimitMs, after: this.#after(given.after), ...rules },
      state.descriptors.output,
    );
  }

  /** A durable pause; steps that name it in `after` start when it is over. */
  wait(key: string, duration: Duration, options: Pick<StepOptions, "after"> = {}): StepRef<null> {
    return this.#add(
      { key: this.#key(key), kind: "wait", durationMs: parseDuration(duration), after: this.#after(options.after) },
      { kind: "literal", value: null },
    );
  }

  /** Waits for a person or another system to send a value: `mfm run signal RUN KEY`. */
  signal<S extends z.ZodType>(key: string, schema: S, options: Pick<StepOptions, "after"> = {}): StepRef<z.output<S>> {
    const payload = lowerSchema(schema, `/${key}`);
    return this.#add({ key: this.#key(key), kind: "signal", payload, after: this.#after(options.after) }, payload);
  }

  /** Starts a run of `op` and waits for it; its config may hold handles, so this is how a runtime value decides how much work there is. */
  child<C extends z.ZodType, O extends Outputs, D extends z.ZodType>(
    key: string,
    op: Op<C, O, D>,
    config: Wired<z.output<C>>,
    options: Pick<StepOptions, "after"> = {},
  ): StepRef<z.output<D>> {
    const at = this.#key(key);
    const use = opUse(op);
    this.#builder.useOp(use);
    const binding = lowerWiring(config, op.configDescriptor, this.#builder, `step ${at}: config`);
    return this.#add({ key: at, kind: "child", op: op.id, config: binding, after: this.#after(options.after) }, use.output);
  }

  /** Plans another op's steps into this program, under `key/`. */
  include<C extends z.ZodType, O extends Outputs>(key: string, op: Op<C, O>, config: z.output<C>): O {
    const at = this.#key(key);
    const text = op.configCodec.encode(config, `${at}: config`);
    this.#builder.include(at, op.id, digestOf(text));
    // Read back, so that an included op is given the same value as one that is started: normalised, and not shared.
    return runPlan(op, new Program(this.#builder, `${at}/`), op.configCodec.decode(readStrictJson(text)));
  }

  #key(key: string): string {
    const at = `${this.#prefix}${key}`;
    if (!isStepKey(at)) throw new MfmError("PLAN_FAILED", `step key ${JSON.stringify(at)} is not ${stepKeyGrammar}`, { step: at });
    return at;
  }

  #after(steps: readonly StepRef[] = []): string[] {
    for (const { key, output } of steps) {
      if (output.program !== this.#builder)
        throw new MfmError("PLAN_FAILED", `after: the step ${key} belongs to another program`, { step: key });
    }
    return [...new Set(steps.map((step) => step.key))].sort();
  }

  #add<T>(step: Step, output: Descriptor): StepRef<T> {
    this.#builder.add(step);
    return { key: step.key, output: new Handle<T>(this.#builder, step.key, [], output) };
  }
}

/** Sorted, so that the same people are the same spec. How many there must be is certification's business. */
function quorumOf({ operators, quorum }: QuorumOptions): Quorum {
  const addresses = operators.map((operator) => {
    const decoded = codecs.address.decode(operator);
    if (typeof decoded !== "string") throw new MfmError("PLAN_FAILED", `the operator ${JSON.stringify(operator)} is no address`, {});
    return decoded;
  });
  return { operators: addresses.sort(), quorum };
}
