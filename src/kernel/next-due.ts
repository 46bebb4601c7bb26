/** When a run has something to do by itself. */
import { parseInstant } from "./codecs.ts";
import type { Effect } from "./effects/ledger.ts";
import type { Fold } from "./fold.ts";

/**
 * The earliest time at which a fold has something to do by itself, in Unix milliseconds; null: only something outside wakes it, or an effect,
 * which is looked at when its driver chooses, also where an attempt to get its slot failed. Timers and retries of a run that begins nothing new wake nobody.
 */
export function nextDue(fold: Fold): number | null {
  if (fold.closing !== null && fold.saga.compensation === null) return null;
  let next: number | null = null;
  for (const index of fold.attended()) {
    const progress = fold.progressAt(index);
    if (waitsForSlot(fold.effects.get(index))) continue;
    const due = progress.is === "waiting" ? parseInstant(progress.due) : progress.is === "failed" ? parseInstant(progress.retryAt) : null;
    next = earliest(next, due);
  }
  return next;
}

/** Whether an effect is in the queue of its lane. */
export function waitsForSlot(effect: Effect | undefined): boolean {
  return effect?.is === "intended" && effect.lane !== null && effect.place === null;
}

/** The earlier of two times, where there are any. */
export function earliest(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.min(left, right);
}
