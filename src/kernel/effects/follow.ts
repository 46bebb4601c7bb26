/**
 * What follows from what: from a state of an effect, what a driver does next; from a reading of the outside, what happened to the effect.
 * Pure: a driver does what is said here, and verification finds the same again. The cases are numbered in docs/effects.md.
 */
import { unreachable } from "../errors.ts";
import type { Effect, Outcome, Sight, Status } from "./ledger.ts";

/** What an effect needs next. `dispatch` is recorded, not done: what is sent after it is the recorded candidate. */
export type Move = "prepare" | "dispatch" | "send" | "look" | "conclude";

export function nextMove(effect: Effect): Move {
  switch (effect.is) {
    case "intended":
      return "prepare";
    case "prepared":
      return "dispatch";
    case "dispatched":
      if (effect.candidates.some((candidate) => !candidate.dispatched)) return "dispatch";
      // Nothing is known of it, or the outside does not know it: the identical candidate again. An answer that was lost is looked up.
      return effect.seen === null || effect.seen.kind === "notFound" ? "send" : "look";
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

/** What a kind makes of evidence about one of its candidates. */
export type Reading<S = unknown> =
  | Sight
  /** It took effect, and may still be undone by the outside itself (a block that is not final). */
  | { readonly kind: "included"; readonly status: Status }
  /** It took effect for good, with what came of it. */
  | { readonly kind: "final"; readonly status: "success"; readonly settlement: S }
  | { readonly kind: "final"; readonly status: "reverted" | "cancelled" }
  /** Proof that no candidate of this effect can ever take effect. */
  | { readonly kind: "superseded" }
  /** The evidence cannot be true as a whole. */
  | { readonly kind: "contradiction" };

/** What a reading makes happen to an effect. */
export type Happening =
  | {
      readonly kind: "observed";
      readonly seen: Sight | { readonly kind: "included"; readonly status: Status } | { readonly kind: "removed" };
    }
  | { readonly kind: "settled"; readonly outcome: Outcome["kind"] }
  | { readonly kind: "ambiguous" };

/** The next thing that a reading makes happen to an effect; null: it is no news. Applied again and again until it is none. */
export function follow(effect: Effect, reading: Reading): Happening | null {
  if (effect.is === "dispatched") return followDispatched(effect.seen, reading);
  return effect.is === "included" ? followIncluded(effect.status, reading) : null;
}

function followDispatched(seen: Sight | null, reading: Reading): Happening | null {
  switch (reading.kind) {
    case "unknown":
    case "accepted":
    case "notFound":
      return seen?.kind === reading.kind ? null : { kind: "observed", seen: { kind: reading.kind } };
    case "stuck":
      return seen?.kind === "stuck" && seen.why === reading.why ? null : { kind: "observed", seen: { kind: "stuck", why: reading.why } };
    case "included":
    case "final":
      return { kind: "observed", seen: { kind: "included", status: reading.status } };
    case "superseded":
      return { kind: "settled", outcome: "superseded" };
    case "contradiction":
      return { kind: "ambiguous" };
    default:
      return unreachable(reading);
  }
}

/** Included and no more than accepted, unknown to the outside, or with another result: the outside took it back (a reorg), and it starts over as dispatched. */
function followIncluded(status: Status, reading: Reading): Happening | null {
  switch (reading.kind) {
    case "unknown":
      return null;
    case "included":
      return reading.status === status ? null : { kind: "observed", seen: { kind: "removed" } };
    case "final":
      return reading.status === status ? { kind: "settled", outcome: status } : { kind: "observed", seen: { kind: "removed" } };
    case "accepted":
    case "notFound":
    case "stuck":
    case "superseded":
      return { kind: "observed", seen: { kind: "removed" } };
    case "contradiction":
      return { kind: "ambiguous" };
    default:
      return unreachable(reading);
  }
}
