/**
 * What next: a pure function of the fold, the steps in flight and the time. The shell around it (`drive.ts`) starts and commits
 * exactly what this says, in this order.
 *
 * Law: without failures, signals, timers and children, the order of events does not depend on when answers arrive: steps are started
 * in author order as soon as they are ready, at most `window` at once, and committed in the order they were started.
 */
import { formatInstant, parseInstant } from "./codecs.ts";
import type { EventDraft } from "./events.ts";
import type { Fold } from "./fold.ts";
import { childWindow } from "./run.ts";

export { childWindow } from "./run.ts";

/** Steps in flight at once in one run. */
export const window = 16;

export type Decision =
  /** Ended or paused: nothing to do. */
  | { readonly kind: "rest" }
  /** Append this, which ends or pauses the run; steps in flight are given up. */
  | { readonly kind: "stop"; readonly draft: EventDraft }
  /** Every step is done. */
  | { readonly kind: "succeed" }
  | {
      readonly kind: "continue";
      /** Timers that fire and timers to set. */
      readonly drafts: readonly EventDraft[];
      /** Indices of child steps to start. */
      readonly children: readonly number[];
      /** Indices of states to start, in this order. */
      readonly start: readonly number[];
      /** When to look again by itself, in Unix milliseconds, always later than now; null: not by itself. */
      readonly wakeAt: number | null;
    };

/** `nullOutput` names the artifact with the JSON text `null`: what a timer's step puts out. */
export function decide(
  fold: Fold,
  inFlight: ReadonlySet<number>,
  now: number,
  nullOutput: Extract<EventDraft, { type: "StepCompleted" }>["data"]["output"],
): Decision {
  if (fold.phase.is !== "driving") return { kind: "rest" };
  const stop = decideStop(fold, inFlight);
  if (stop !== undefined) return stop;
  if (fold.done === fold.spec.steps.length) return { kind: "succeed" };
  const drafts: EventDraft[] = [];
  const children: number[] = [];
  const start: number[] = [];
  let awaited = 0;
  let wakeAt: number | null = null;
  const attended = fold.attended();
  /** Attended steps that are not to be started now. */
  const held = new Set<number>();
  for (const index of attended) if (fold.progressAt(index).is === "child") awaited++;
  for (const index of attended) {
    const step = fold.stepAt(index);
    const progress = fold.progressAt(index);
    const due = progress.is === "waiting" ? parseInstant(progress.due) : progress.is === "failed" ? parseInstant(progress.retryAt) : now;
    if (due > now && !inFlight.has(index)) wakeAt = Math.min(wakeAt ?? due, due);
    if (step.kind !== "state" || due > now) held.add(index);
    if (progress.is === "waiting" && due <= now) {
      drafts.push({ type: "StepCompleted", data: { step: step.key, attempt: 1, output: nullOutput, facts: [] } });
    } else if (step.kind === "wait" && progress.is === "open") {
      drafts.push({ type: "TimerSet", data: { step: step.key, due: formatInstant(now + step.durationMs) } });
    } else if (step.kind === "child" && progress.is === "open" && awaited + children.length < childWindow) {
      children.push(index);
    }
  }
  for (const index of fold.ready) {
    // What does not fit into the window starts when a flight lands: no clock wakes it.
    if (inFlight.size + start.length >= window) break;
    if (!held.has(index) && !inFlight.has(index)) start.push(index);
  }
  return { kind: "continue", drafts, children, start, wakeAt };
}

/** A step that failed for good fails the run; one whose retries ran out pauses it once nothing is in flight any more. */
function decideStop(fold: Fold, inFlight: ReadonlySet<number>): Decision | undefined {
  let exhausted: string | undefined;
  for (const index of fold.attended()) {
    const progress = fold.progressAt(index);
    if (progress.is !== "stopped") continue;
    const step = fold.stepAt(index).key;
    if (progress.forGood) return { kind: "stop", draft: { type: "RunFailed", data: { step, code: progress.code } } };
    exhausted ??= step;
  }
  if (exhausted === undefined) return undefined;
  if (inFlight.size > 0) return { kind: "continue", drafts: [], children: [], start: [], wakeAt: null };
  return { kind: "stop", draft: { type: "RunPaused", data: { code: "RETRIES_EXHAUSTED", step: exhausted } } };
}
