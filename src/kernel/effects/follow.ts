/**
 * What follows from what: from a state of an effect, what a driver does next; from a reading of the outside, what happened to the effect.
 * Pure: a driver does what is said here, and verification finds the same again. The cases are numbered in docs/effects.md.
 */
import { unreachable } from "../errors.ts";
import type { Effect, Outcome, Sight, Status } from "./ledger.ts";

/**
 * What an effect needs next: a slot of its lane, with its first candidate; that candidate; another one; its seal; to be recorded as sent; to be
 * sent; to be looked up; its end. `dispatch` is recorded, not done: what is sent after it is the recorded candidate.
 */
export type Move = "acquire" | "prepare" | "another" | "seal" | "dispatch" | "send" | "look" | "conclude";

export function nextMove(effect: Effect): Move {
  switch (effect.is) {
    case "intended":
      return effect.lane !== null && effect.place === null ? "acquire" : "prepare";
    case "prepared":
      return effect.request === null ? dispatchOf(effect) : "another";
    case "dispatched":
      // One that is not sealed yet may be one that nobody ever signs: a cancel takes its place.
      if (effect.candidates.at(-1)?.dispatched !== true) return effect.request?.role === "cancel" ? "another" : dispatchOf(effect);
      return effect.request === null ? moveOn(effect.seen) : "another";
    case "included":
      return "look";
    case "settled":
    case "abandoned":
    case "ambiguous":
      return "conclude";
    default:
      return unreachable(effect);
  }
}

function dispatchOf({ candidates }: Effect): Move {
  return candidates.at(-1)?.sealed === true ? "seal" : "dispatch";
}

/** Nothing is known of it, or the outside does not know it: the identical candidate again. An answer that was lost is looked up. */
export function moveOn(seen: Sight | null): Move {
  if (seen === null || seen.kind === "notFound") return "send";
  if (seen.kind !== "stuck" || seen.next === undefined) return "look";
  return seen.next === "replace" ? "another" : "send";
}

/** What a kind makes of evidence about an effect. `candidate`: which one of its candidates it is that took effect; absent: the newest. */
export type Reading<S = unknown> =
  | Sight
  /** It took effect, and may still be undone by the outside itself (a block that is not final). */
  | { readonly kind: "included"; readonly status: Status; readonly candidate?: number }
  /** It took effect for good, with what came of it. */
  | { readonly kind: "final"; readonly status: "success"; readonly settlement: S; readonly candidate?: number }
  | { readonly kind: "final"; readonly status: "reverted" | "cancelled"; readonly candidate?: number }
  /** Proof that no candidate of this effect can ever take effect. */
  | { readonly kind: "superseded" }
  /** The evidence cannot be true as a whole. */
  | { readonly kind: "contradiction" };

/** What a reading makes happen to an effect, and to which of its candidates. */
export type Happening = { readonly candidate: number } & (
  | {
      readonly kind: "observed";
      readonly seen: Sight | { readonly kind: "included"; readonly status: Status } | { readonly kind: "removed" };
    }
  | { readonly kind: "settled"; readonly outcome: Outcome["kind"] }
  | { readonly kind: "ambiguous" }
);

/** The newest candidate that may be out there. */
export function newestDispatched({ candidates }: Effect): number {
  return candidates.findLastIndex((candidate) => candidate.dispatched);
}

/** The next thing that a reading makes happen to an effect; null: it is no news. Applied again and again until it is none. */
export function follow(effect: Effect, reading: Reading): Happening | null {
  if (effect.is === "dispatched") return followDispatched(effect, reading);
  return effect.is === "included" ? followIncluded(effect, reading) : null;
}

function followDispatched(effect: Effect & { readonly is: "dispatched" }, reading: Reading): Happening | null {
  const { seen } = effect;
  const candidate = newestDispatched(effect);
  switch (reading.kind) {
    case "notFound":
      // What is sent again because it was refused is not there as long as it is refused: that is no news.
      if (seen?.kind === "stuck" && seen.next === "send") return null;
      return seen?.kind === reading.kind ? null : { kind: "observed", candidate, seen: { kind: reading.kind } };
    case "unknown":
    case "accepted":
      return seen?.kind === reading.kind ? null : { kind: "observed", candidate, seen: { kind: reading.kind } };
    case "stuck":
      if (seen?.kind === "stuck" && seen.why === reading.why && seen.next === reading.next) return null;
      return { kind: "observed", candidate, seen: reading };
    case "included":
    case "final":
      return { kind: "observed", candidate: reading.candidate ?? candidate, seen: { kind: "included", status: reading.status } };
    case "superseded":
      return { kind: "settled", candidate, outcome: "superseded" };
    case "contradiction":
      return { kind: "ambiguous", candidate };
    default:
      return unreachable(reading);
  }
}

/**
 * Included and no more than accepted, unknown to the outside, with another result, or another candidate in its place: the outside took it back
 * (a reorg), and it starts over as dispatched.
 */
function followIncluded(effect: Effect & { readonly is: "included" }, reading: Reading): Happening | null {
  const { candidate, status } = effect;
  const removed: Happening = { kind: "observed", candidate, seen: { kind: "removed" } };
  switch (reading.kind) {
    case "unknown":
      return null;
    case "included":
    case "final": {
      if (reading.status !== status || (reading.candidate ?? newestDispatched(effect)) !== candidate) return removed;
      return reading.kind === "final" ? { kind: "settled", candidate, outcome: status } : null;
    }
    case "accepted":
    case "notFound":
    case "stuck":
    case "superseded":
      return removed;
    case "contradiction":
      return { kind: "ambiguous", candidate };
    default:
      return unreachable(reading);
  }
}
