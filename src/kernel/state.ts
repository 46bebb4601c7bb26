/** States: the definition of one kind of step (DESIGN 5). One function, typed by its schemas; what it may ask of the outside is declared. */
import type * as z from "zod";
import { type Capability, type Client, type EmptySchema, type Methods, emptyObject, lowerFor } from "./capability.ts";
import { type Digest, digestOf, toCanonical } from "./canonical.ts";
import type { Descriptor } from "./descriptor.ts";
import type { EffectKind } from "./effects/kind.ts";
import { MfmError, invariant } from "./errors.ts";
import { type DefinitionId, definitionGrammar, isDefinitionId, isMemberName } from "./names.ts";
import { ValueCodec } from "./value.ts";

/** `pure` asks nothing; `read` asks read capabilities, every answer recorded; `write` goes through the effect ledger. */
export type Effect = "pure" | "read" | "write";
/** Read capabilities, and of a write state its one effect kind. */
export type Needs = { readonly [name: string]: Capability | EffectKind };
type Clients<N extends Needs> = {
  readonly [K in keyof N as N[K] extends EffectKind ? never : K]: N[K] extends Capability<infer M extends Methods> ? Client<M> : never;
};
/** The effect kind among what a write state needs. */
type EffectOf<N extends Needs> = Extract<N[keyof N], EffectKind>;
export type IntentOf<N extends Needs> = EffectOf<N> extends EffectKind<infer I> ? z.output<I> : never;
export type SettlementOf<N extends Needs> = EffectOf<N> extends EffectKind<z.ZodType, z.ZodType, z.ZodType, infer S> ? z.output<S> : never;

/** What a state's code is given: its config, its input, its declared capabilities, and a signal that is aborted at the time limit. */
export type RunArguments<C extends z.ZodType, I extends z.ZodType, N extends Needs> = Clients<N> & {
  readonly config: z.output<C>;
  readonly input: z.output<I>;
  readonly signal: AbortSignal;
};

export interface StateUse {
  readonly id: DefinitionId;
  readonly effect: Effect;
  /** Digest over id, effect, capabilities and schemas. */
  readonly descriptor: Digest;
  readonly capabilities: {
    readonly [name: string]: { readonly id: DefinitionId; readonly kind: "read" | "write"; readonly descriptor: Digest };
  };
}

export interface State<
  C extends z.ZodType = z.ZodType,
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
  N extends Needs = Needs,
> {
  readonly type: "state";
  readonly use: StateUse;
  readonly needs: N;
  readonly schemas: { readonly config: C; readonly input: I; readonly output: O };
  readonly descriptors: { readonly config: Descriptor; readonly input: Descriptor; readonly output: Descriptor };
  readonly codecs: { readonly config: ValueCodec; readonly input: ValueCodec; readonly output: ValueCodec };
  readonly code: Code;
}

/** A pure or read state computes its output; a write state says what is to be done, and makes its output from what came of it. */
export type Code =
  | { readonly kind: "runs"; readonly run: (given: never) => unknown }
  | {
      readonly kind: "writes";
      readonly effect: EffectKind;
      readonly intend: (given: never) => unknown;
      readonly conclude: (given: never) => unknown;
    };

/** A type of its own, inferred from what is written: so that `return { kind: "zero" }` keeps its literals and fits a sum type. */
export type StateCode<N extends Needs, C extends z.ZodType, I extends z.ZodType, O extends z.ZodType> = (
  given: RunArguments<C, I, N>,
) => z.output<O> | Promise<z.output<O>>;

interface Declaration<N extends Needs, C extends z.ZodType, I extends z.ZodType, O extends z.ZodType> {
  readonly id: DefinitionId;
  readonly needs?: N;
  /** Fixed when the op is planned. Omitted: nothing. */
  readonly config?: C;
  /** Wired from other steps' outputs. Omitted: nothing. */
  readonly input?: I;
  readonly output: O;
}

export interface StateDefinition<
  E extends Effect,
  N extends Needs,
  C extends z.ZodType,
  I extends z.ZodType,
  O extends z.ZodType,
  R,
> extends Declaration<N, C, I, O> {
  readonly effect: Exclude<E, "write">;
  readonly run: R;
}

/** That nothing is to be done, because it is done already: with the step's output. */
export interface Nothing<O = unknown> {
  readonly type: "nothing";
  readonly output: O;
}

/** For `intend` of a write state: nothing is to be done, and this is the step's output. No effect begins. */
export function nothing<const O>(output: O): Nothing<O> {
  return { type: "nothing", output };
}

export function isNothing(answer: unknown): answer is Nothing {
  return typeof answer === "object" && answer !== null && "type" in answer && answer.type === "nothing" && Object.keys(answer).length === 2;
}

/** What is to be done. Types of their own, as for `StateCode`. */
export type IntendCode<N extends Needs, C extends z.ZodType, I extends z.ZodType, O extends z.ZodType> = (
  given: RunArguments<C, I, N>,
) => IntentOf<N> | Nothing<z.output<O>> | Promise<IntentOf<N> | Nothing<z.output<O>>>;
export type ConcludeCode<N extends Needs, C extends z.ZodType, I extends z.ZodType, O extends z.ZodType> = (given: {
  readonly config: z.output<C>;
  readonly input: z.output<I>;
  readonly intent: IntentOf<N>;
  readonly settlement: SettlementOf<N>;
}) => z.output<O>;

export interface WriteStateDefinition<
  N extends Needs,
  C extends z.ZodType,
  I extends z.ZodType,
  O extends z.ZodType,
  P,
  Q,
> extends Declaration<N, C, I, O> {
  readonly effect: "write";
  readonly needs: N;
  /** Says what is to be done, or `nothing(output)`. It may ask its read capabilities; nothing has happened yet, so it is tried again as any step. */
  readonly intend: P;
  /** Makes the output from what the effect settled with. Pure. */
  readonly conclude: Q;
}

const reserved = ["config", "input", "signal"];
const effects: readonly string[] = ["pure", "read", "write"];

/** Declares a write state: exactly one effect kind among its needs. @throws DEFINITION_INVALID as for any state */
export function defineState<
  O extends z.ZodType,
  const N extends Needs,
  C extends z.ZodType = EmptySchema,
  I extends z.ZodType = EmptySchema,
  P extends IntendCode<N, C, I, O> = IntendCode<N, C, I, O>,
  Q extends ConcludeCode<N, C, I, O> = ConcludeCode<N, C, I, O>,
>(definition: WriteStateDefinition<N, C, I, O, P, Q>): State<C, I, O, N>;
/**
 * Declares a state. `@N` in the id is its only version: code that answers differently is `@N+1`.
 * @throws DEFINITION_INVALID when the id, a name, a schema or the effect class breaks a rule; the message says which and where
 */
export function defineState<
  const E extends Effect,
  O extends z.ZodType,
  const N extends Needs = Record<never, never>,
  C extends z.ZodType = EmptySchema,
  I extends z.ZodType = EmptySchema,
  R extends StateCode<N, C, I, O> = StateCode<N, C, I, O>,
>(definition: StateDefinition<E, N, C, I, O, R>): State<C, I, O, N>;
export function defineState(definition: AnyDefinition): State {
  const { id, effect, needs = {} } = definition;
  if (!isDefinitionId(id)) throw new MfmError("DEFINITION_INVALID", `state id ${JSON.stringify(id)} is not ${definitionGrammar}`, { id });
  checkNeeds(id, effect, needs);
  const code = codeOf(definition, needs);
  const schemas = { config: definition.config ?? emptyObject, input: definition.input ?? emptyObject, output: definition.output };
  const descriptors = {
    config: lowerFor(id, schemas.config, "/config"),
    input: lowerFor(id, schemas.input, "/input"),
    output: lowerFor(id, schemas.output, "/output"),
  };
  const capabilities = Object.fromEntries(
    Object.entries(needs).map(([name, need]) => [name, { id: need.id, kind: need.kind, descriptor: need.descriptor }]),
  );
  const descriptor = digestOf(toCanonical({ capabilities, effect, id, ...descriptors }));
  return Object.freeze({
    type: "state",
    use: { id, effect, descriptor, capabilities },
    needs,
    schemas,
    descriptors,
    codecs: {
      config: new ValueCodec(descriptors.config),
      input: new ValueCodec(descriptors.input),
      output: new ValueCodec(descriptors.output),
    },
    code,
  });
}

type AnyDefinition = Declaration<Needs, z.ZodType, z.ZodType, z.ZodType> & {
  readonly effect: Effect;
  readonly run?: unknown;
  readonly intend?: unknown;
  readonly conclude?: unknown;
};

function codeOf({ id, effect, ...given }: AnyDefinition, needs: Needs): Code {
  const get = (name: "run" | "intend" | "conclude"): ((given: never) => unknown) => {
    const code = given[name];
    if (typeof code !== "function") throw new MfmError("DEFINITION_INVALID", `${id}: ${name} must be a function`, { id });
    return code as (given: never) => unknown;
  };
  if (effect !== "write") return { kind: "runs", run: get("run") };
  const kind = Object.values(needs).find((need) => need.type === "effect");
  invariant(kind !== undefined, "a write state's needs were checked");
  return { kind: "writes", effect: kind, intend: get("intend"), conclude: get("conclude") };
}

function checkNeeds(id: DefinitionId, effect: Effect, needs: Needs): void {
  const refuse = (reason: string): never => {
    throw new MfmError("DEFINITION_INVALID", `${id}: ${reason}`, { id });
  };
  // Modules of authors are loaded without their types being checked.
  if (!effects.includes(effect)) refuse(`the effect class ${JSON.stringify(effect)} is none of ${effects.join(", ")}`);
  for (const [name, need] of Object.entries(needs) as [string, Partial<Capability | EffectKind> | undefined][]) {
    if (!isMemberName(name) || reserved.includes(name)) refuse(`${JSON.stringify(name)} cannot name a capability`);
    if (need?.type !== "capability" && need?.type !== "effect")
      refuse(`what it needs as ${name} is not what defineCapability or defineEffect returned`);
  }
  const kinds = Object.values(needs).map((need) => need.kind);
  const writes = kinds.filter((kind) => kind === "write").length;
  if (effect === "pure" && kinds.length > 0) refuse("a pure state has no capabilities; declare effect read");
  if (effect === "read" && writes > 0) refuse("a read state cannot hold an effect kind; declare effect write");
  if (effect === "write" && writes !== 1) refuse("a write state holds exactly one effect kind");
}
