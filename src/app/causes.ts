/** Why a run ended as it did: the chain of failed descendants where a child is to blame, and who cancelled it. */
import type { Run } from "../kernel/run.ts";
import { openStoredEvent } from "../kernel/runtime/history.ts";
import type { Store } from "../kernel/store.ts";

/** A failed descendant, and what it failed with. */
export interface Cause {
  readonly runId: string;
  readonly step: string;
  readonly code: string;
}

/** Empty unless the run failed because a child did. */
export async function causesOf(store: Store, run: Run): Promise<Cause[]> {
  if (run.failure?.code !== "CHILD_FAILED") return [];
  const [child] = await store.listRuns({ parent: run.runId, status: "failed", limit: 1 });
  const failure = child?.run.failure ?? null;
  if (child === undefined || failure === null) return [];
  return [{ runId: child.run.runId, ...failure }, ...(await causesOf(store, child.run))];
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
