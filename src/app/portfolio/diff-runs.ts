/** Comparing the snapshots of two runs of the store. */
import { withRecords } from "../engine.ts";
import type { Place } from "../place.ts";
import { type SnapshotDiff, diffSnapshots } from "./diff.ts";
import { type StoredSnapshot, getSnapshot } from "./stored-snapshot.ts";

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
    return { before: comparedRun(left), after: comparedRun(right), ...diffSnapshots(left.snapshot, right.snapshot) };
  });
}

function comparedRun({ run, snapshot }: StoredSnapshot): ComparedRun {
  return { runId: run.runId, complete: snapshot.report.complete };
}
