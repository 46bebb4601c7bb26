/** Bringing a run's effects to rest before it ends: what was not sent is given up, what may be out there is driven on. */
import type { EventDraft } from "../events.ts";
import type { Fold } from "../fold.ts";
import type { Act } from "../progress.ts";
import { failureCodeOf } from "../step-rules.ts";
import { type Move, nextMove } from "./follow.ts";
import { type Effect, holdsSlot, isBeforeBoundary, isPastBoundary } from "./ledger.ts";

/** Something that a driver has to do for an effect: its step's index, and what. `dispatch` is an event, so it is not among them. */
export interface EffectMove {
  readonly index: number;
  readonly move: Exclude<Move, "dispatch">;
}

/** Gives up every effect of which nothing can have left. */
export function abandonAll(fold: Fold, kind: "failed" | "cancelled"): EventDraft[] {
  return fold.effects.open.flatMap((index) => {
    const effect = fold.effects.get(index);
    if (effect === undefined || !isBeforeBoundary(effect)) return [];
    return [{ type: "EffectAbandoned", data: { step: fold.stepAt(index).key, why: { kind } } }];
  });
}

/** What ends a run because somebody wants it to: at once, or once what may be out there is at rest. Nothing where that is recorded already. */
export function cancelDrafts(fold: Fold, act: Act): EventDraft[] {
  // What is being undone is ended already, and what a person has to decide about is ended by that.
  if (fold.cancel !== null || fold.saga.compensation !== null || fold.isBlocked) return [];
  const end: EventDraft = { type: "RunCancelled", data: act };
  if (fold.effects.isAtRest && !fold.isOwing) return [end];
  const request: EventDraft = { type: "CancelRequested", data: act };
  return [request, ...abandonAll(fold, "cancelled"), ...(fold.effects.mustRest || fold.isOwing ? [] : [end])];
}

/** What brings the effects to rest that may be out there or hold a slot, and the steps to their end whose effects are. `drafts` come before the moves. */
export interface Resting {
  readonly drafts: readonly EventDraft[];
  readonly moves: readonly EffectMove[];
}

export function bringToRest(fold: Fold, inFlight: ReadonlySet<number>): Resting {
  const drafts: EventDraft[] = [];
  const moves: EffectMove[] = [];
  for (const index of fold.attended()) {
    const effect = fold.effects.get(index);
    if (effect === undefined || inFlight.has(index)) continue;
    const move = restingMove(fold, index, effect);
    // What was made beside what may be out there is sent as any: it is what gets that on.
    if (move === "dispatch")
      drafts.push({ type: "EffectDispatched", data: { step: fold.stepAt(index).key, candidate: effect.candidates.length - 1 } });
    else if (move !== undefined) moves.push({ index, move });
  }
  return { drafts, moves };
}

function restingMove(fold: Fold, index: number, effect: Effect): Move | undefined {
  if (holdsSlot(effect) && fold.closingOf(index) !== "exhausted")
    return effect.candidates.at(-1)?.role === "cancel" ? nextMove(effect) : "another";
  if (isPastBoundary(effect)) return nextMove(effect);
  const isOver = fold.progressAt(index).is === "open" && failureCodeOf(effect) !== undefined;
  return isOver ? nextMove(effect) : undefined;
}
