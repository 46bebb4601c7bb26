/** Why a run failed, where a child run is to blame: the chain of failed descendants. */
import type { Run } from "../kernel/run.ts";
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
  if (child?.run.failure == null) return [];
  return [{ runId: child.run.runId, ...child.run.failure }, ...(await causesOf(store, child.run))];
}
