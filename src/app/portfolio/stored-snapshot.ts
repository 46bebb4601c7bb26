/** Snapshots of runs that the store holds. */
import type { Json } from "../../kernel/json.ts";
import type { Run } from "../../kernel/run.ts";
import type { Runtime } from "../../kernel/runtime/runtime.ts";
import { snapshot as snapshotOp } from "../../ops/portfolio/snapshot.ts";
import type { Snapshot } from "../../states/portfolio/snapshot.ts";
import { withRecords } from "../engine.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { resolveRunId } from "../run-ids.ts";
import { readSnapshot } from "./snapshot-output.ts";

export interface StoredSnapshot {
  readonly run: Run;
  readonly output: Json;
  readonly snapshot: Snapshot;
}

/** @throws RUN_UNKNOWN, RUN_AMBIGUOUS; NOT_A_SNAPSHOT */
export async function getSnapshot(runtime: Runtime, given: string): Promise<StoredSnapshot> {
  const run = await runtime.status(await resolveRunId(runtime.store, given));
  const { runId, entryPoint, status } = run;
  if (entryPoint !== snapshotOp.id || run.outputs === null) {
    const reason = entryPoint === snapshotOp.id ? `it is ${status}` : `it is a run of ${entryPoint}`;
    throw failure("NOT_A_SNAPSHOT", `${runId} has no snapshot: ${reason}`, { runId, entryPoint, status });
  }
  const output = await runtime.output(run);
  return { run, output, snapshot: readSnapshot(output) };
}

export interface ShownSnapshot extends StoredSnapshot {
  /** What the configuration calls networks, by their ids. */
  readonly names: ReadonlyMap<string, string>;
}

/** @throws RUN_UNKNOWN, RUN_AMBIGUOUS; NOT_A_SNAPSHOT */
export async function showSnapshot(place: Place, given: string): Promise<ShownSnapshot> {
  return withRecords(place, async ({ configuration, runtime }) => {
    const names = new Map(configuration.networks.map(({ id, name }) => [id as string, name]));
    return { ...(await getSnapshot(runtime, given)), names };
  });
}
