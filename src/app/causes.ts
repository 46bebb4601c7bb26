/** Why a run ended or paused as it did: what a step failed with last, the chain of failed descendants where a child is to blame, and who cancelled it. */
import type { Run } from "../kernel/run.ts";
import { openStoredEvent } from "../kernel/runtime/history.ts";
import type { Store } from "../kernel/store.ts";

/** A step that failed, in the run itself or in a descendant, and what with. */
export interface Cause {
  readonly runId: string;
  readonly step: string;
  readonly code: string;
}

/** Empty unless the run failed because a child did, or paused because a step's retries ran out. @throws HISTORY_INVALID */
export async function causesOf(store: Store, run: Run): Promise<Cause[]> {
  const [wait] = run.waitingFor;
  if (wait?.kind === "resume" && wait.code === "RETRIES_EXHAUSTED" && wait.step !== undefined) return lastFailureOf(store, run, wait.step);
  if (run.failure?.code !== "CHILD_FAILED") return [];
  const [child] = await store.listRuns({ parent: run.runId, status: "failed", limit: 1 });
  const failure = child?.run.failure ?? null;
  if (child === undefined || failure === null) return [];
  return [{ runId: child.run.runId, ...failure }, ...(await causesOf(store, child.run))];
}

/** Events between the last attempt of a step and the end of its run's driving: what others of the run did meanwhile. */
const eventsBetween = 200;

async function lastFailureOf(store: Store, { runId, head }: Run, step: string): Promise<Cause[]> {
  const stored = await store.readEvents(runId, Math.max(1, head.seq - eventsBetween), eventsBetween + 1);
  for (const one of stored.toReversed()) {
    const { event } = openStoredEvent(runId, one);
    if (event.type === "StepFailed" && event.data.step === step) return [{ runId, step, code: event.data.code }];
  }
  return [];
}

/** Who ended a run, and why, as it was recorded. */
export interface Ending {
  readonly actor: string;
  readonly reason: string;
}

/** Of a run that was cancelled, also where something had to be undone or decided about after that; null otherwise. @throws HISTORY_INVALID */
export async function endingOf(store: Store, run: Run): Promise<Ending | null> {
  if (run.status !== "cancelled" && run.status !== "compensated" && run.status !== "resolved") return null;
  const [last] = await store.readEvents(run.runId, run.head.seq, 1);
  const event = last === undefined ? undefined : openStoredEvent(run.runId, last).event;
  if (event?.type === "RunCancelled") return { actor: event.data.actor, reason: event.data.reason };
  const why = event?.type === "RunCompensated" || event?.type === "RunResolved" ? event.data.why : undefined;
  return why?.kind === "cancelled" ? { actor: why.actor, reason: why.reason } : null;
}
