/**
 * Effects and lanes as a store keeps them beside the streams that they follow from.
 *
 * A *lane* is something exclusive that effects of any run need in turn, such as an account's nonces. Who waits for it, who holds it and what is
 * not settled on it are rows of effects, written with the events that make them so; the one check is that nobody else was given a slot since
 * the lane was read. An append that may have made a lane free pokes the run whose turn it is.
 */
import type { Digest } from "./canonical.ts";
import type { Effect, Outcome } from "./effects/ledger.ts";
import type { DefinitionId, RunId } from "./names.ts";

/** Where an effect stands in its lane. */
export type LanePlace =
  /** It waits for its turn. */
  | "queued"
  /** It has a slot, and nothing of it has left: nobody else is given a slot meanwhile. */
  | "held"
  /** It was dispatched, and is not settled. */
  | "open";

/** An effect as the store keeps it beside the stream of its run: for lanes, lists and views, never authority. */
export interface EffectRow {
  readonly effect: Digest;
  readonly step: string;
  /** The effect kind. */
  readonly kind: DefinitionId;
  readonly is: Effect["is"];
  readonly outcome: Outcome["kind"] | null;
  readonly candidates: number;
  /** What the outside knows its newest candidate by; null where none was prepared. */
  readonly identity: string | null;
  /** Null where its kind needs none. */
  readonly lane: string | null;
  readonly slot: number | null;
  /** Null where it does not stand in a lane, or not any more. */
  readonly place: LanePlace | null;
}

/** What an append does to a lane, beyond the places of its effects. */
export interface LaneMove {
  readonly lane: string;
  /** Where slots are taken: the `seq` that the lane must still have, and how many are. */
  readonly take: { readonly seq: number; readonly slots: number } | null;
  /** Slots below this are known to be used up; null: nothing new is known. */
  readonly next: number | null;
}

/** An effect in its lane. */
export interface PlacedEffect {
  readonly runId: RunId;
  readonly step: string;
  readonly effect: Digest;
  readonly place: LanePlace;
  /** Null while it is queued. */
  readonly slot: number | null;
}

export interface Lane {
  readonly lane: string;
  /** How many slots were given so far. */
  readonly seq: number;
  /** One more than the highest slot that is known here to be used up; null: nothing is known. */
  readonly next: number | null;
  /** Those that have a slot, by slot. */
  readonly taken: readonly PlacedEffect[];
  /** The first in the queue, in turn, at most as many as were asked for. */
  readonly queue: readonly PlacedEffect[];
  /** How many are in the queue. */
  readonly queued: number;
}

export interface EffectFilter {
  readonly runId?: RunId;
  readonly lane?: string;
  readonly is?: Effect["is"];
  /** Effects whose identity begins like this. */
  readonly identity?: string;
  /** Newest first; continue after this number (exclusive). */
  readonly before?: number;
  readonly limit: number;
}

export interface ListedEffect extends EffectRow {
  readonly runId: RunId;
  /** Grows with every effect that is intended. */
  readonly number: number;
}

/** A lane as the streams say that it is. */
export interface LaneRepair {
  readonly lane: string;
  readonly seq: number;
  readonly next: number | null;
  /** Everything that is queued in it, in turn. */
  readonly queue: readonly Digest[];
}
