/** The worker that `waiting-runs.ts` measures: admits the runs, drives each to its wait, and reports its memory. Argument: the store's folder. */
import { runWorker } from "../src/kernel/runtime/worker.ts";
import { withEngine } from "./engine.ts";
import { repeat } from "./measure.ts";
import { type MemoryReport, waitingRuns } from "./waiting-runs.ts";
import { unfinished } from "./workload.ts";

const stepsBefore = 2;
const [folder = ""] = process.argv.slice(2);

const report = await withEngine(folder, async ({ runtime, store }): Promise<MemoryReport> => {
  globalThis.gc?.();
  const { rss: before, heapUsed } = process.memoryUsage();
  await repeat(waitingRuns, (run) => runtime.start(unfinished, { run, steps: stepsBefore }, { key: `run-${run}`, detach: true }));
  const stop = new AbortController();
  const worker = runWorker(runtime, { concurrency: 32, signal: stop.signal, onError: (error) => stop.abort(error) });
  while (!stop.signal.aborted && (await store.listRuns({ status: "waiting", limit: waitingRuns })).length < waitingRuns) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  // Measured while the worker is there, as it would be between two signals.
  const { rss: after } = process.memoryUsage();
  globalThis.gc?.();
  const heapGrowth = process.memoryUsage().heapUsed - heapUsed;
  stop.signal.throwIfAborted();
  stop.abort();
  await worker;
  return { before, after, heapGrowth };
});
process.send?.(report, () => process.exit(0));
