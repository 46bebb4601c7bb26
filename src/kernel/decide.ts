/**
 * What next: a pure function of the fold, the steps in flight and the time. The shell around it (`drive.ts`) starts and commits
 * exactly what this says, in this order.
 *
 * Law: without failures, signals, timers, children and writes, the order of events does not depend on when answers arrive: steps are started
 * in author order as soon as they are ready, at most `window` at once, and committed in the order they were started.
 */
import { formatInstant, parseInstant } from "./codecs.ts";
import { type EffectMove, abandonAll, bringToRest } from "./effects/closing.ts";
import { nextMove } from "./effects/follow.ts";
import { type Effect, isBeforeBoundary } from "./effects/ledger.ts";
import { MfmError, invariant } from "./errors.ts";
import type { EventDraft } from "./events.ts";
import type { Fold } from "./fold.ts";
import { childWindow } from "./run.ts";
import { approvalOf, awaitsApproval, isApprovalOver } from "./saga/approval-rules.ts";
import { endingOf } from "./saga/rules.ts";

export { childWindow } from "./run.ts";

/** Steps in flight at once in one run. */
export const window = 16;
/** Effects of one run that are not at rest, beyond which none is begun: others need the same lanes. */
const effectWindow = 64;

export type Decision =
  /** Ended or paused: nothing to do. */
  | { readonly kind: "rest" }
  /** Append this, which ends or pauses the run; steps in flight are given up. */
  | { readonly kind: "stop"; readonly draft: EventDraft }
  /** Every step is done. */
  | { readonly kind: "succeed" }
  /** The run is to end once its effects are at rest: append these, do this, and give up all other steps in flight. */
  | { readonly kind: "close"; readonly drafts: readonly EventDraft[]; readonly moves: readonly EffectMove[] }
  | {
      readonly kind: "continue";
      /** Timers that fire and timers to set, and effects that are to be sent: nothing leaves before that is committed. */
      readonly drafts: readonly EventDraft[];
      /** Indices of child steps to start. */
      readonly children: readonly number[];
      /** Indices of states to start, in this order. */
      readonly start: readonly number[];
      /** What effects need next. How soon, after the last time, is the driver's business. */
      readonly moves: readonly EffectMove[];
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
  const stop = fold.saga.compensation === null ? decideStop(fold, inFlight) : decideUndo(fold, inFlight, now);
  if (stop !== undefined) return stop;
  if (fold.done === fold.total) return { kind: "succeed" };
  const drafts: EventDraft[] = [];
  const children: number[] = [];
  const start: number[] = [];
  const moves: EffectMove[] = [];
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
    const effect = fold.effects.get(index);
    if (step.kind !== "state" || due > now || effect !== undefined) held.add(index);
    if (effect !== undefined && due <= now && !inFlight.has(index)) {
      const next = effectStep(fold, index, effect, now);
      drafts.push(...next.drafts);
      moves.push(...next.moves);
    }
    if (progress.is === "waiting" && due <= now) {
      drafts.push({ type: "StepCompleted", data: { step: step.key, attempt: 1, output: nullOutput, facts: [] } });
    } else if (step.kind === "wait" && progress.is === "open") {
      drafts.push({ type: "TimerSet", data: { step: step.key, due: formatInstant(now + step.durationMs) } });
    } else if (step.kind === "child" && progress.is === "open" && awaited + children.length < childWindow) {
      children.push(index);
    }
  }
  // Calls for effects have a window of their own.
  const flying = [...inFlight].filter((index) => fold.effects.get(index) === undefined).length;
  let begun = fold.effects.openCount + flying;
  for (const index of fold.ready) {
    // What does not fit into the window starts when a flight lands: no clock wakes it.
    if (flying + start.length >= window) break;
    if (held.has(index) || inFlight.has(index)) continue;
    if (fold.writes(index) && begun++ >= effectWindow) continue;
    start.push(index);
  }
  return { kind: "continue", drafts, children, start, moves, wakeAt };
}

/**
 * A step that failed for good fails the run, and a cancel ends it, once its effects are at rest. A step whose retries ran out pauses it, once
 * nothing is in flight any more and nothing may be out there that is not known to be over.
 */
function decideStop(fold: Fold, inFlight: ReadonlySet<number>): Decision | undefined {
  const { closing } = fold;
  if (closing === null) return undefined;
  const rest = bringToRest(fold, inFlight);
  if (closing === "exhausted") {
    const isOver = rest.moves.length === 0 && inFlight.size === 0 && !fold.effects.hasPastBoundary;
    if (!isOver) return { kind: "continue", ...nothingElse, ...rest };
    return { kind: "stop", draft: { type: "RunPaused", data: { code: "RETRIES_EXHAUSTED", step: blamed(fold, false).step } } };
  }
  const drafts = [...abandonAll(fold, closing), ...rest.drafts];
  if (drafts.length > 0 || !fold.effects.isAtRest || fold.awaitsChildren) return { kind: "close", drafts, moves: rest.moves };
  if (fold.isOwing) return decideOwing(fold);
  if (fold.cancel !== null) return { kind: "stop", draft: { type: "RunCancelled", data: fold.cancel } };
  return { kind: "stop", draft: { type: "RunFailed", data: blamed(fold, true) } };
}

/** What an effect needs next: an event, or something that a driver does. Nothing while it waits for people to agree to it. */
function effectStep(
  fold: Fold,
  index: number,
  effect: Effect,
  now: number,
): Pick<Decision & { readonly kind: "close" }, "drafts" | "moves"> {
  const step = fold.stepAt(index);
  const approval = approvalOf(step);
  if (awaitsApproval(approval, effect)) return { drafts: [], moves: [] };
  if (isApprovalOver(approval, effect, now)) return { drafts: [overDraft(fold, index, effect)], moves: [] };
  const move = nextMove(effect);
  if (move !== "dispatch") return { drafts: [], moves: [{ index, move }] };
  return { drafts: [{ type: "EffectDispatched", data: { step: step.key, candidate: effect.candidates.length - 1 } }], moves: [] };
}

/** A slot is not given up with the effect: the step fails, and the run's end brings the candidate that cancels. */
function overDraft(fold: Fold, index: number, effect: Effect): EventDraft {
  const step = fold.stepAt(index).key;
  const code = "APPROVAL_EXPIRED";
  if (isBeforeBoundary(effect)) return { type: "EffectAbandoned", data: { step, why: { kind: "refused", code } } };
  return { type: "StepFailed", data: { step, attempt: fold.attempts(index) + 1, code, advice: "never", retry: { kind: "no" } } };
}

/** A run that ends without success after something took effect: it begins to undo that, or waits for a person. What is in flight lands nowhere any more. */
function decideOwing(fold: Fold): Decision {
  const next = fold.sagaNext;
  const why = endingOf(fold);
  if (next?.kind !== "undo") return { kind: "close", drafts: [], moves: [] };
  invariant(why !== undefined, "a run closes for a reason");
  return { kind: "close", drafts: [{ type: "CompensationStarted", data: { why } }], moves: [] };
}

/**
 * A run that undoes what took effect, one step after the other: an undo that failed for good leaves the rest to a person, and one whose
 * retries ran out pauses the run.
 */
function decideUndo(fold: Fold, inFlight: ReadonlySet<number>, now: number): Decision {
  const { current, compensation } = fold.saga;
  const next = fold.sagaNext;
  if (next?.kind === "closed" && compensation !== null)
    return { kind: "stop", draft: { type: "RunCompensated", data: { why: compensation } } };
  if (current === undefined || next?.kind === "blocked" || inFlight.has(current)) return { kind: "continue", ...nothingElse };
  const progress = fold.progressAt(current);
  if (progress.is === "stopped") {
    const rest = bringToRest(fold, inFlight);
    if (progress.forGood || rest.drafts.length > 0 || rest.moves.length > 0) return { kind: "continue", ...nothingElse, ...rest };
    return { kind: "stop", draft: { type: "RunPaused", data: { code: "RETRIES_EXHAUSTED", step: fold.stepAt(current).key } } };
  }
  const due = progress.is === "failed" ? parseInstant(progress.retryAt) : now;
  if (due > now) return { kind: "continue", ...nothingElse, wakeAt: due };
  const effect = fold.effects.get(current);
  if (effect === undefined) return { kind: "continue", ...nothingElse, start: [current] };
  return { kind: "continue", ...nothingElse, ...effectStep(fold, current, effect, now) };
}

const nothingElse = { drafts: [], children: [], start: [], moves: [], wakeAt: null } as const;

/** The first step that stopped, for good or not. */
function blamed(fold: Fold, forGood: boolean): { readonly step: string; readonly code: string } {
  for (const index of fold.attended()) {
    const progress = fold.progressAt(index);
    if (progress.is === "stopped" && progress.forGood === forGood) return { step: fold.stepAt(index).key, code: progress.code };
  }
  throw new MfmError("INTERNAL", "a run closes without a step to blame");
}
