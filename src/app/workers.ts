/** A worker of this process, which drives whatever is due in the configured store; and who else drives there. */
import { formatInstant } from "../kernel/codecs.ts";
import type { Moment, Watch } from "../kernel/ports.ts";
import type { RunStatus } from "../kernel/run.ts";
import { runWorker } from "../kernel/runtime/worker.ts";
import { readConfiguration } from "./configuration.ts";
import { withEngine } from "./engine.ts";
import type { Place } from "./place.ts";
import { nameStore } from "./store-location.ts";
import { closing } from "./closing.ts";
import { openExistingStore } from "./stores.ts";
import { assertEntryPoints, decideConcurrency } from "./worker-table.ts";

export interface WorkerRequest {
  /** As on the command line; undefined: what the environment or the file says. */
  readonly concurrency: number | undefined;
  /** Aborted to stop: leases are given back. */
  readonly signal: AbortSignal;
  readonly watch: Watch;
  readonly onReady: (ready: { readonly owner: string; readonly store: string; readonly ops: number }) => void;
  /** Told of a run that could not be driven; the worker goes on. */
  readonly onError: (error: unknown, runId: string | null) => void;
}

export interface DriverRow {
  readonly owner: string;
  readonly runs: number;
  /** A canonical instant of the store's clock. */
  readonly until: string;
}

/** Who drives runs now; nobody where there is no store yet. @throws STORE_* */
export async function listDrivers(place: Place): Promise<readonly DriverRow[]> {
  const store = await openExistingStore((await readConfiguration(place)).store);
  if (store === undefined) return [];
  const drivers = await closing(store, () => store.listDrivers());
  return drivers.map(({ owner, runs, until }) => ({ owner, runs, until: formatInstant(until) }));
}

export interface WorkerReport {
  readonly worker: string;
  /** How often a run was left in each status. */
  readonly left: { readonly [status: string]: number };
}

/** @throws CONFIG_INVALID where limits of unknown entry points are named; all that `withEngine` throws */
export async function work(place: Place, request: WorkerRequest): Promise<WorkerReport> {
  const left = new Map<RunStatus, number>();
  const count = (moment: Moment): void => {
    if (moment.kind === "drive.after") left.set(moment.run.status, (left.get(moment.run.status) ?? 0) + 1);
    request.watch(moment);
  };
  return withEngine({ place, watch: count }, async ({ configuration, assembly, runtime, owner }) => {
    const concurrency = decideConcurrency(place, request.concurrency, configuration.worker);
    const entryPoints =
      configuration.worker === undefined
        ? undefined
        : assertEntryPoints(configuration.worker, new Set(assembly.registry.ops.keys()), configuration.file);
    request.onReady({ owner, store: nameStore(configuration.store), ops: assembly.registry.ops.size });
    await runWorker(runtime, { concurrency, entryPoints, signal: request.signal, onError: request.onError });
    return { worker: owner, left: Object.fromEntries(left) };
  });
}
