/** The live side of an effect kind: who prepares, seals, sends and looks up what its pure code then judges. */
import type * as z from "zod";
import type { Digest } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { RunId } from "../names.ts";
import type { EffectKind, Made, Purpose, Subject } from "./kind.ts";
import type { Approval, Role } from "./ledger.ts";

/** What a backend is told with each call. */
export interface EffectContext {
  /** Aborted when the step's time limit passes or its run is stopped. A call that was begun may have arrived all the same. */
  readonly signal: AbortSignal;
  /** Names where the answer was true: a reference from the configuration, never a URL. `local` where the backend says nothing. */
  readonly attribute: (sourceRef: string) => void;
}

/**
 * Who agreed to an intent, with all of an approval's document that the intent does not say: for whoever seals a candidate, and asks for these
 * signatures itself. Null where the spec asks nobody.
 */
export interface Agreement {
  readonly runId: RunId;
  readonly specRef: Digest;
  readonly step: string;
  readonly intentDigest: Digest;
  readonly approvals: readonly Approval[];
}

/** The candidate that is to be sent or looked up, and all that there are: any of those that were dispatched may be the one that takes effect. */
export interface Sent<I, V, T = unknown> extends Subject<I> {
  readonly envelope: V;
  /** Null where the kind has no seal. */
  readonly seal: T | null;
  readonly candidates: readonly Made<V, T>[];
}

/** Live answers of a kind. Each call has its own meaning when it throws. */
export interface EffectAnswers<I, V, E, T = unknown, L = unknown> {
  /**
   * Makes the candidate; sends nothing. Thrown: nothing happened, so it is tried again by the step's retry policy; with advice `never` the
   * effect is abandoned. Thrown for a candidate after the first: there is none now, and what was sent before is looked up. `LANE_RESERVED`:
   * what is under way in the lane has to come first, and the effect waits in the queue.
   */
  readonly prepare: (
    subject: Subject<I> & Purpose<V, T> & { readonly agreement: Agreement | null },
    context: EffectContext,
  ) => V | Promise<V>;
  /**
   * Sends exactly this, and says what the outside answered. It must be harmless to send it again, at any time, from anywhere. Thrown: it may
   * have arrived, so it is looked up.
   */
  readonly dispatch: (given: Sent<I, V, T>, context: EffectContext) => E | Promise<E>;
  /** Looks up what has become of it; changes nothing. Thrown: nothing was learned, so it is looked up again. */
  readonly observe: (given: Sent<I, V, T>, context: EffectContext) => E | Promise<E>;
  /** For a kind with a lane: what the outside says of it. `effects` are all that this store knows of the lane's slots. Thrown: as `prepare`. */
  readonly survey?: (subject: Subject<I> & { readonly known: KnownLane<V> }, context: EffectContext) => L | Promise<L>;
  /** For a kind with a seal: seals the recorded candidate, and never another one for this effect and role. Thrown: it is tried again by the step's retry policy; nothing leaves without a seal. */
  readonly seal?: (
    given: Subject<I> & { readonly role: Role; readonly envelope: V; readonly agreement: Agreement | null },
    context: EffectContext,
  ) => T | Promise<T>;
}

/** What this store knows of a lane. */
export interface KnownLane<V = unknown> {
  readonly lane: string;
  /** Slots below are used up; null: nothing is known. */
  readonly next: number | null;
  /** Effects that wait for a slot, in their turn: those that the call is for come first. At most 64. */
  readonly waiting: readonly Digest[];
  readonly open: readonly {
    readonly slot: number;
    readonly effect: Digest;
    /** What was prepared for it, by whichever run. Reads that run's history. */
    readonly envelopes: () => Promise<readonly V[]>;
  }[];
}

export type EffectCallName = keyof EffectAnswers<unknown, unknown, unknown>;

/** A live implementation of an effect kind. */
export interface EffectBackend {
  readonly type: "effect-backend";
  readonly effect: EffectKind;
  readonly call: (name: EffectCallName, given: unknown, context: EffectContext) => unknown;
}

/**
 * Implements an effect kind.
 * @throws DEFINITION_INVALID when a function is missing
 */
export function implementEffect<
  I extends z.ZodType,
  V extends z.ZodType,
  E extends z.ZodType,
  S extends z.ZodType,
  T extends z.ZodType,
  L extends z.ZodType,
  // A type of its own, so that an answer keeps its literals and fits a sum type.
  A extends EffectAnswers<z.output<I>, z.output<V>, z.output<E>, z.output<T>, z.output<L>>,
>(effect: EffectKind<I, V, E, S, T, L>, answers: A): EffectBackend {
  const { seal, standing } = effect.codecs;
  const names = ["prepare", "dispatch", "observe", ...(seal === null ? [] : ["seal"]), ...(standing === null ? [] : ["survey"])];
  const table = answers as unknown as { readonly [name: string]: ((given: never, context: EffectContext) => unknown) | undefined };
  for (const name of names)
    if (typeof table[name] !== "function")
      throw new MfmError("DEFINITION_INVALID", `the backend of ${effect.id} lacks ${name}`, { id: effect.id });
  return {
    type: "effect-backend",
    effect,
    call: (name, given, context) => {
      const answer = table[name];
      if (answer === undefined) throw new MfmError("INTERNAL", `${effect.id} is never asked to ${name}`);
      return answer(given as never, context);
    },
  };
}
