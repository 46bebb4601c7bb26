/**
 * Effect kinds: one kind of change to the outside. A kind says with schemas and pure code what an effect of it is made of, which candidates it
 * covers and what evidence means; verification recomputes all of that. A backend prepares, dispatches and observes, live.
 */
import * as z from "zod";
import { lowerFor } from "../capability.ts";
import { type Digest, digestOf, toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { Json } from "../json.ts";
import { type DefinitionId, definitionGrammar, isDefinitionId } from "../names.ts";
import { ValueCodec } from "../value.ts";
import type { Reading } from "./follow.ts";
import type { Candidate } from "./ledger.ts";

export interface EffectKind<
  I extends z.ZodType = z.ZodType,
  V extends z.ZodType = z.ZodType,
  E extends z.ZodType = z.ZodType,
  S extends z.ZodType = z.ZodType,
> {
  readonly type: "effect";
  readonly id: DefinitionId;
  readonly kind: "write";
  readonly schemas: { readonly intent: I; readonly envelope: V; readonly evidence: E; readonly settlement: S };
  readonly codecs: {
    readonly intent: ValueCodec;
    readonly envelope: ValueCodec;
    readonly evidence: ValueCodec;
    readonly settlement: ValueCodec;
  };
  /** Digest of the descriptor: id, kind and every schema. */
  readonly descriptor: Digest;
  readonly rules: Rules;
}

/** The pure code of a kind, behind its schemas. */
interface Rules {
  readonly covers: (given: never) => unknown;
  readonly identify: (envelope: never) => unknown;
  readonly weigh: (given: never) => unknown;
}

/** What an effect is known by: `id` is the same for every process and every attempt, so it can stand for "this one and no other". */
export interface Subject<Intent> {
  readonly id: Digest;
  readonly intent: Intent;
}

/** A type of its own, inferred from what is written: so that a reading keeps its literals and fits a sum type. */
type Weigh<I extends z.ZodType, V extends z.ZodType, E extends z.ZodType, S extends z.ZodType> = (
  given: Subject<z.output<I>> & { readonly envelope: z.output<V>; readonly evidence: z.output<E> },
) => Reading<z.output<S>>;

/**
 * Declares a kind of effect. Its code is pure: no clock, no chance, nothing that is not given.
 * @throws DEFINITION_INVALID when the id, a schema or a function is none
 */
export function defineEffect<
  I extends z.ZodType,
  V extends z.ZodType,
  E extends z.ZodType,
  S extends z.ZodType,
  W extends Weigh<I, V, E, S>,
>(definition: {
  readonly id: DefinitionId;
  /** What is decided: enough to say of anything whether it is this. */
  readonly intent: I;
  /** One exact thing that may be sent for it, again and again. Never a secret. */
  readonly envelope: V;
  /** What the outside says about a candidate. */
  readonly evidence: E;
  /** What came of a success. */
  readonly settlement: S;
  /** Whether sending this does what is intended, under this effect's identity, and nothing else. */
  readonly covers: (given: Subject<z.output<I>> & { readonly envelope: z.output<V> }) => boolean;
  /** What the outside knows a candidate by: an idempotency key, a transaction hash. 1 to 200 characters. */
  readonly identify: (envelope: z.output<V>) => string;
  /** What evidence about a candidate means. */
  readonly weigh: W;
}): EffectKind<I, V, E, S> {
  const { id, intent, envelope, evidence, settlement, covers, identify, weigh } = definition;
  if (!isDefinitionId(id)) throw new MfmError("DEFINITION_INVALID", `effect id ${JSON.stringify(id)} is not ${definitionGrammar}`, { id });
  for (const [name, rule] of Object.entries({ covers, identify, weigh }))
    if (typeof rule !== "function") throw new MfmError("DEFINITION_INVALID", `${id}: ${name} must be a function`, { id });
  const descriptors = {
    intent: lowerFor(id, intent, "/intent"),
    envelope: lowerFor(id, envelope, "/envelope"),
    evidence: lowerFor(id, evidence, "/evidence"),
    settlement: lowerFor(id, settlement, "/settlement"),
  };
  return Object.freeze({
    type: "effect",
    id,
    kind: "write",
    schemas: { intent, envelope, evidence, settlement },
    codecs: {
      intent: new ValueCodec(descriptors.intent),
      envelope: new ValueCodec(descriptors.envelope),
      evidence: new ValueCodec(descriptors.evidence),
      settlement: new ValueCodec(descriptors.settlement),
    },
    descriptor: digestOf(toCanonical({ id, kind: "write", ...descriptors } as never)),
    rules: { covers, identify, weigh },
  });
}

/** An effect's identity and its intent, as data. */
export type SubjectData = Subject<Json>;

/** Whether a candidate is what was intended. @throws whatever the kind's code throws */
export function isCovered(kind: EffectKind, { id, intent }: SubjectData, envelope: Json): boolean {
  const covers = kind.rules.covers as (given: object) => unknown;
  return covers({ id, intent: kind.codecs.intent.decode(intent), envelope: kind.codecs.envelope.decode(envelope) }) === true;
}

/** @throws EFFECT_RULE_INVALID when the kind's answer is no identity; whatever its code throws */
export function identityOf(kind: EffectKind, envelope: Json): Candidate["identity"] {
  const identity = (kind.rules.identify as (envelope: unknown) => unknown)(kind.codecs.envelope.decode(envelope));
  if (typeof identity === "string" && identity.length > 0 && identity.length <= 200 && identity.isWellFormed()) return identity;
  throw ruleInvalid(kind, "identify must answer with a text of 1 to 200 characters");
}

/** What evidence means, the settlement as canonical text. */
export type WeighedReading = Exclude<Reading, { readonly status: "success"; readonly kind: "final" }> | FinalSuccess;
type FinalSuccess = { readonly kind: "final"; readonly status: "success"; readonly settlement: string };

/** @throws EFFECT_RULE_INVALID when the kind's answer is no reading; whatever its code throws */
export function readingOf(kind: EffectKind, { id, intent }: SubjectData, envelope: Json, evidence: Json): WeighedReading {
  const weigh = kind.rules.weigh as (given: object) => unknown;
  const { codecs } = kind;
  const answer = weigh({
    id,
    intent: codecs.intent.decode(intent),
    envelope: codecs.envelope.decode(envelope),
    evidence: codecs.evidence.decode(evidence),
  });
  const reading = { ...(typeof answer === "object" ? answer : {}) } as { readonly [name: string]: unknown };
  const { settlement, ...rest } = reading;
  const success = reading["kind"] === "final" && reading["status"] === "success";
  try {
    readings.decode(success ? rest : reading);
    // As all codes: free text of the outside never enters an event.
    if (reading["kind"] === "stuck" && !isCode(reading["why"])) throw ruleInvalid(kind, "why must be a code, like AWAITS_REVIEW");
    if (success) return { kind: "final", status: "success", settlement: codecs.settlement.encode(settlement, "settlement") };
  } catch (error) {
    if (error instanceof MfmError && error.code !== "EFFECT_RULE_INVALID")
      throw ruleInvalid(kind, `weigh must answer with a reading: ${error.message}`);
    throw error;
  }
  return rest as WeighedReading;
}

function isCode(text: unknown): boolean {
  return typeof text === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(text);
}

const statuses = z.enum(["cancelled", "reverted", "success"]);
const readings = new ValueCodec(
  lowerFor(
    "mfm.kernel/reading@1",
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("unknown") }),
      z.strictObject({ kind: z.literal("accepted") }),
      z.strictObject({ kind: z.literal("notFound") }),
      z.strictObject({ kind: z.literal("stuck"), why: z.string().min(1).max(64) }),
      z.strictObject({ kind: z.literal("included"), status: statuses }),
      z.strictObject({ kind: z.literal("final"), status: statuses }),
      z.strictObject({ kind: z.literal("superseded") }),
      z.strictObject({ kind: z.literal("contradiction") }),
    ]),
    "",
  ),
);

function ruleInvalid(kind: EffectKind, reason: string): MfmError {
  return new MfmError("EFFECT_RULE_INVALID", `${kind.id}: ${reason}`, { kind: kind.id });
}

/** What a backend is told with each call. */
export interface EffectContext {
  /** Aborted when the step's time limit passes or its run is stopped. A call that was begun may have arrived all the same. */
  readonly signal: AbortSignal;
  /** Names where the answer was true: a reference from the configuration, never a URL. `local` where the backend says nothing. */
  readonly attribute: (sourceRef: string) => void;
}

/** Live answers of a kind. Each call has its own meaning when it throws. */
export interface EffectAnswers<I, V, E> {
  /**
   * Makes the candidate; sends nothing. Thrown: nothing happened, so it is tried again by the step's retry policy; with advice `never` the
   * effect is abandoned.
   */
  readonly prepare: (subject: Subject<I>, context: EffectContext) => V | Promise<V>;
  /**
   * Sends exactly this, and says what the outside answered. It must be harmless to send it again, at any time, from anywhere. Thrown: it may
   * have arrived, so it is looked up.
   */
  readonly dispatch: (given: Subject<I> & { readonly envelope: V }, context: EffectContext) => E | Promise<E>;
  /** Looks up what has become of it; changes nothing. Thrown: nothing was learned, so it is looked up again. */
  readonly observe: (given: Subject<I> & { readonly envelope: V }, context: EffectContext) => E | Promise<E>;
}

export type EffectCallName = keyof EffectAnswers<unknown, unknown, unknown>;

/** A live implementation of an effect kind. */
export interface EffectBackend {
  readonly type: "effect-backend";
  readonly effect: EffectKind;
  readonly call: (name: EffectCallName, given: unknown, context: EffectContext) => unknown;
}

const callNames = ["prepare", "dispatch", "observe"] as const satisfies readonly EffectCallName[];

/**
 * Implements an effect kind.
 * @throws DEFINITION_INVALID when a function is missing
 */
export function implementEffect<
  I extends z.ZodType,
  V extends z.ZodType,
  E extends z.ZodType,
  S extends z.ZodType,
  // A type of its own, so that an answer keeps its literals and fits a sum type.
  A extends EffectAnswers<z.output<I>, z.output<V>, z.output<E>>,
>(effect: EffectKind<I, V, E, S>, answers: A): EffectBackend {
  for (const name of callNames)
    if (typeof answers[name] !== "function")
      throw new MfmError("DEFINITION_INVALID", `the backend of ${effect.id} lacks ${name}`, { id: effect.id });
  const table: { readonly [K in EffectCallName]: (given: never, context: EffectContext) => unknown } = answers;
  return { type: "effect-backend", effect, call: (name, given, context) => table[name](given as never, context) };
}
