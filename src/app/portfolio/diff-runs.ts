/** Comparing the snapshots of two runs of the store. */
import type { Runtime } from "../../kernel/runtime/runtime.ts";
import { snapshot as snapshotOp } from "../../ops/portfolio/snapshot.ts";
import { withRecords } from "../engine.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { resolveRunId } from "../run-ids.ts";
import { type SnapshotDiff, diffSnapshots } from "./diff.ts";
import { type Snapshot, readSnapshot } from "./snapshot-output.ts";

export interface RunsDiff extends SnapshotDiff {
  readonly before: ComparedRun;
  readonly after: ComparedRun;
}

interface ComparedRun {
  readonly runId: string;
  /** Whether every balance was read. */
  readonly complete: boolean;
}

/** @throws RUN_UNKNOWN, RUN_AMBIGUOUS; NOT_A_SNAPSHOT */
export async function diffRuns(place: Place, before: string, after: string): Promise<RunsDiff> {
  return withRecords(place, async ({ runtime }) => {
    const left = await getSnapshot(runtime, before);
    const right = await getSnapshot(runtime, after);
    return { before: left.run, after: right.run, ...diffSnapshots(left.snapshot, right.snapshot) };
  });
}

async function getSnapshot(runtime: Runtime, given: string): Promise<{ readonly run: ComparedRun; readonly snapshot: Snapshot }> {
  const run = await runtime.status(await resolveRunId(runtime.store, given));
  const { runId, entryPoint, status } = run;
  if (entryPoint !== snapshotOp.id || run.outputs === null) {
    const reason = entryPoint === snapshotOp.id ? `it is ${status}` : `it is a run of ${entryPoint}`;
    throw failure("NOT_A_SNAPSHOT", `${runId} has no snapshot to compare: ${reason}`, { runId, entryPoint, status });
  }
  const snapshot = readSnapshot(await runtime.output(run));
  return { run: { runId, complete: snapshot.report.complete }, snapshot };
}
