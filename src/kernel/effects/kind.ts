/**
 * Effect kinds: one kind of change to the outside. A kind says with schemas and pure code what an effect of it is made of, which candidates it
 * covers and what evidence means; verification recomputes all of that. A backend prepares, dispatches and observes, live.
 */
import type * as z from "zod";
import { lowerFor } from "../capability.ts";
import { type Digest, digestOf, toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { Json } from "../json.ts";
import { type DefinitionId, definitionGrammar, isDefinitionId } from "../names.ts";
import { ValueCodec } from "../value.ts";
import type { StatedMember } from "../saga/statement.ts";
import type { Reading } from "./follow.ts";
import type { Role } from "./ledger.ts";

export interface EffectKind<
  I extends z.ZodType = z.ZodType,
  V extends z.ZodType = z.ZodType,
  E extends z.ZodType = z.ZodType,
  S extends z.ZodType = z.ZodType,
  T extends z.ZodType = z.ZodType,
  L extends z.ZodType = z.ZodType,
> {
  readonly type: "effect";
  readonly id: DefinitionId;
  readonly kind: "write";
  readonly schemas: {
    readonly intent: I;
    readonly envelope: V;
    readonly evidence: E;
    readonly settlement: S;
    readonly seal?: T;
    readonly standing?: L;
  };
  readonly codecs: {
    readonly intent: ValueCodec;
    readonly envelope: ValueCodec;
    readonly evidence: ValueCodec;
    readonly settlement: ValueCodec;
    /** Null where candidates are sent as they are prepared. */
    readonly seal: ValueCodec | null;
    /** Null where it needs no lane. */
    readonly standing: ValueCodec | null;
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
  readonly unseal: ((given: never) => unknown) | null;
  readonly lane: {
    readonly of: (intent: never) => unknown;
    readonly window: (given: never) => unknown;
    readonly slot: (given: never) => unknown;
  } | null;
  readonly renews: ((given: never) => unknown) | null;
  readonly states: ((intent: never) => unknown) | null;
}

/** What an effect is known by: `id` is the same for every process and every attempt, so it can stand for "this one and no other". */
export interface Subject<Intent> {
  readonly id: Digest;
  readonly intent: Intent;
}

/** A candidate with all that is recorded of it. `seal`: null where it has none, or none yet. */
export interface Made<V, T = unknown> {
  readonly role: Role;
  readonly envelope: V;
  readonly seal: T | null;
  readonly dispatched: boolean;
}

/** What a candidate is prepared for. */
export interface Purpose<V, T = unknown> {
  readonly role: Role;
  /** The slot of the lane; null where the kind needs none. */
  readonly slot: number | null;
  /** The candidates that there are already. */
  readonly before: readonly Made<V, T>[];
  /** What whoever asked for it said of it; null where nobody did. */
  readonly terms: Json | null;
}

/** Everything about an effect that evidence is weighed with. `envelope` and `seal` are those of the newest candidate that was dispatched. */
export interface Weighed<I, V, E, T = unknown> extends Subject<I> {
  readonly envelope: V;
  readonly seal: T | null;
  readonly candidates: readonly Made<V, T>[];
  readonly evidence: E;
}

/** A type of its own, inferred from what is written: so that a reading keeps its literals and fits a sum type. */
type Weigh<I extends z.ZodType, V extends z.ZodType, E extends z.ZodType, S extends z.ZodType, T extends z.ZodType> = (
  given: Weighed<z.output<I>, z.output<V>, z.output<E>, z.output<T>>,
) => Reading<z.output<S>>;

/** Which slot an effect gets. */
export type SlotAnswer =
  | { readonly kind: "slot"; readonly slot: number }
  /** Not now: it is asked again, after a while. `why` is a code. */
  | { readonly kind: "later"; readonly why: string }
  /** What the outside says of the lane is not what is known here: nothing is sent before somebody explains it. `slots`: those in question. */
  | { readonly kind: "quarantined"; readonly why: string; readonly slots?: readonly number[] };

/** Something exclusive that every effect of the kind needs in turn, such as an account's nonces. Pure, as all of a kind. */
export interface LaneRules<I, L> {
  /** Which one, of an intent: 1 to 200 characters. */
  readonly of: (intent: I) => string;
  /** How many effects of the lane may hold a slot without being settled, at most: 1 to 64. */
  readonly window: (given: { readonly intent: I; readonly standing: L }) => number;
  /** `open`: the slots that are not settled, ascending; `next`: slots below are known to be used up, null where none is. */
  readonly slot: (given: {
    readonly id: Digest;
    readonly intent: I;
    readonly standing: L;
    readonly open: readonly number[];
    readonly next: number | null;
  }) => SlotAnswer;
}

/** What a kind is declared with. */
export interface EffectDefinition<
  I extends z.ZodType,
  V extends z.ZodType,
  E extends z.ZodType,
  S extends z.ZodType,
  W extends Weigh<I, V, E, S, T>,
  T extends z.ZodType,
  L extends z.ZodType,
> {
  readonly id: DefinitionId;
  /** What is decided: enough to say of anything whether it is this. */
  readonly intent: I;
  /** One exact thing that may be sent for it, again and again. Never a secret. */
  readonly envelope: V;
  /** What the outside says about an effect's candidates. */
  readonly evidence: E;
  /** What came of a success. */
  readonly settlement: S;
  /** Whether sending this does what is intended, under this effect's identity, and nothing else; of a cancel, that it keeps the intent from ever happening. */
  readonly covers: (given: Subject<z.output<I>> & Purpose<z.output<V>, z.output<T>> & { readonly envelope: z.output<V> }) => boolean;
  /** What the outside knows a candidate by: an idempotency key, a transaction hash; of one to be sealed, anything that no other candidate has. 1 to 200 characters. */
  readonly identify: (envelope: z.output<V>) => string;
  /** What evidence about a candidate means. */
  readonly weigh: W;
  /** What is added to a candidate before it is dispatched, and is public from then on: a signature. Absent: nothing. */
  readonly seal?: T;
  /** With `seal`: what the outside knows the sealed candidate by. Throws where the seal is not of this envelope. */
  readonly unseal?: (
    given: Subject<z.output<I>> & { readonly role: Role; readonly envelope: z.output<V>; readonly seal: z.output<T> },
  ) => string;
  /** What is read outside when a slot is given. Absent: the kind needs no lane. */
  readonly standing?: L;
  /** With `standing`. */
  readonly lane?: LaneRules<z.output<I>, z.output<L>>;
  /** Whether an effect that was superseded for good is intended anew, as the `renewal`th time, without asking anybody. Absent: never. */
  readonly renews?: (given: { readonly intent: z.output<I>; readonly renewal: number }) => boolean;
  /** What people agree to who approve an intent: members under camelCase names, in an order of its own. Absent: nobody can be asked to. */
  readonly states?: (intent: z.output<I>) => readonly StatedMember[];
}

/**
 * Declares a kind of effect. Its code is pure: no clock, no chance, nothing that is not given.
 * @throws DEFINITION_INVALID when the id, a schema or a function is none
 */
export function defineEffect<
  I extends z.ZodType,
  V extends z.ZodType,
  E extends z.ZodType,
  S extends z.ZodType,
  W extends Weigh<I, V, E, S, T>,
  T extends z.ZodType = z.ZodNever,
  L extends z.ZodType = z.ZodNever,
>(definition: EffectDefinition<I, V, E, S, W, T, L>): EffectKind<I, V, E, S, T, L> {
  const { id, intent, envelope, evidence, settlement, seal, standing, covers, identify, weigh, unseal, lane, renews, states } = definition;
  if (!isDefinitionId(id)) throw new MfmError("DEFINITION_INVALID", `effect id ${JSON.stringify(id)} is not ${definitionGrammar}`, { id });
  const rules = {
    covers,
    identify,
    weigh,
    ...(seal === undefined ? {} : { unseal }),
    ...(states === undefined ? {} : { states }),
    ...(standing === undefined ? {} : { "lane.of": lane?.of, "lane.window": lane?.window, "lane.slot": lane?.slot }),
  };
  for (const [name, rule] of Object.entries(rules))
    if (typeof rule !== "function") throw new MfmError("DEFINITION_INVALID", `${id}: ${name} must be a function`, { id });
  const descriptors = {
    intent: lowerFor(id, intent, "/intent"),
    envelope: lowerFor(id, envelope, "/envelope"),
    evidence: lowerFor(id, evidence, "/evidence"),
    settlement: lowerFor(id, settlement, "/settlement"),
    ...(seal === undefined ? {} : { seal: lowerFor(id, seal, "/seal") }),
    ...(standing === undefined ? {} : { standing: lowerFor(id, standing, "/standing") }),
  };
  return Object.freeze({
    type: "effect",
    id,
    kind: "write",
    schemas: {
      intent,
      envelope,
      evidence,
      settlement,
      ...(seal === undefined ? {} : { seal }),
      ...(standing === undefined ? {} : { standing }),
    },
    codecs: {
      intent: new ValueCodec(descriptors.intent),
      envelope: new ValueCodec(descriptors.envelope),
      evidence: new ValueCodec(descriptors.evidence),
      settlement: new ValueCodec(descriptors.settlement),
      seal: descriptors.seal === undefined ? null : new ValueCodec(descriptors.seal),
      standing: descriptors.standing === undefined ? null : new ValueCodec(descriptors.standing),
    },
    descriptor: digestOf(toCanonical({ id, kind: "write", ...descriptors })),
    rules: {
      covers,
      identify,
      weigh,
      unseal: unseal ?? null,
      lane: standing === undefined ? null : (lane ?? null),
      renews: renews ?? null,
      states: states ?? null,
    },
  });
}
