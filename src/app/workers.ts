/** A worker of this process: drives whatever is due in the configured store. */
import type { Moment, Watch } from "../kernel/ports.ts";
import type { RunStatus } from "../kernel/run.ts";
import { runWorker } from "../kernel/runtime/worker.ts";
import { withEngine } from "./engine.ts";
import type { Place } from "./place.ts";
import { nameStore } from "./store-location.ts";

export interface WorkerRequest {
  readonly concurrency: number;
  /** Aborted to stop: leases are given back. */
  readonly signal: AbortSignal;
  readonly watch: Watch;
  readonly onReady: (ready: { readonly owner: string; readonly store: string; readonly ops: number }) => void;
  /** Told of a run that could not be driven; the worker goes on. */
  readonly onError: (error: unknown, runId: string | null) => void;
}

export interface WorkerReport {
  readonly worker: string;
  /** How often a run was left in each status. */
  readonly left: { readonly [status: string]: number };
}

export async function work(place: Place, request: WorkerRequest): Promise<WorkerReport> {
  const left = new Map<RunStatus, number>();
  const count = (moment: Moment): void => {
    if (moment.kind === "drive.after") left.set(moment.run.status, (left.get(moment.run.status) ?? 0) + 1);
    request.watch(moment);
  };
  return withEngine(place, count, async ({ configuration, assembly, runtime, owner }) => {
    request.onReady({ owner, store: nameStore(configuration.store), ops: assembly.registry.ops.size });
    await runWorker(runtime, { concurrency: request.concurrency, signal: request.signal, onError: request.onError });
    return { worker: owner, left: Object.fromEntries(left) };
  });
}
