/** When an event may come at all, and when a run may pause or end: the rules of the run as a whole that the fold holds events to. */
import type { EffectBook } from "./effects/book.ts";
import type { EventData, EventType, Head, RunEvent } from "./events.ts";
import type { RunId } from "./names.ts";
import type { Act, Phase, Progress } from "./progress.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** How a run stands when an event comes. */
export interface Situation {
  readonly runId: RunId;
  readonly head: Head | null;
  readonly phase: Phase;
  readonly ended: boolean;
  readonly cancel: Act | null;
  readonly effects: EffectBook;
  /** Whether it cannot simply fail or be cancelled. */
  readonly isOwing: boolean;
}

/** What may happen while a run is paused; everything else is a driver's, who rests then. */
const whilePaused: readonly EventType[] = [
  "ApprovalRecorded",
  "SignalReceived",
  "LaneExplained",
  "RunResumed",
  "CancelRequested",
  "RunCancelled",
];
/** What may not happen any more once somebody ends the run. */
const notWhileCancelled: readonly EventType[] = ["TimerSet", "ChildStarted", "CancelRequested", "RunSucceeded", "RunFailed"];

/** Why an event does not continue this stream, whatever it says. */
export function refusePlace(run: Situation, event: RunEvent): Refusal | undefined {
  const { runId, head, phase, ended, cancel } = run;
  const seq = head === null ? 0 : head.seq + 1;
  if (event.runId !== runId) return refuse("runId", "the event is of another run");
  if (event.seq !== seq) return refuse("seq", `expected ${seq}, found ${event.seq}`);
  if (event.prev !== (head?.digest ?? null)) return refuse("prev", "it is not the digest of the event before");
  if ((event.type === "RunAdmitted") !== (head === null)) return refuse("type", "a stream begins with RunAdmitted, once");
  if (ended) return refuse("type", "the run had ended");
  if (phase.is === "paused" && !whilePaused.includes(event.type)) return refuse("type", "the run is paused");
  if (cancel !== null && notWhileCancelled.includes(event.type)) return refuse("type", "the run is being cancelled");
  return undefined;
}

/** `progress` of the step that is to blame, if one is. */
export function refusePause({ effects }: Situation, { code }: EventData<"RunPaused">, progress: Progress | undefined): Refusal | undefined {
  if (code !== "RETRIES_EXHAUSTED") return undefined;
  const isExhausted = progress?.is === "stopped" && !progress.forGood;
  if (!isExhausted) return refuse("data.step", "no step's retries ran out here");
  return effects.hasPastBoundary ? refuse("type", "an effect that was dispatched is not at rest") : undefined;
}

/** `progress` of the step that failed. */
export function refuseRunFailure(run: Situation, { code }: EventData<"RunFailed">, progress: Progress): Refusal | undefined {
  if (progress.is !== "stopped" || !progress.forGood) return refuse("data.step", "this step did not fail for good");
  if (progress.code !== code) return refuse("data.code", `the step failed with ${progress.code}`);
  return refuseUnrest(run);
}

/** Who ends a run, and why, is who asked for it where somebody had to ask first. */
export function refuseCancel(run: Situation, { actor, reason }: EventData<"RunCancelled">): Refusal | undefined {
  const { cancel } = run;
  if (cancel !== null && cancel.actor !== actor) return refuse("data.actor", "somebody else ends this run");
  if (cancel !== null && cancel.reason !== reason) return refuse("data.reason", "it is ended for another reason");
  return refuseUnrest(run);
}

function refuseUnrest({ effects, isOwing }: Situation): Refusal | undefined {
  if (!effects.isAtRest) return refuse("type", "an effect is not at rest");
  return isOwing ? refuse("type", "what took effect is not undone") : undefined;
}
