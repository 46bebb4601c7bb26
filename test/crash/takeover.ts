/** Workers that are killed while they drive runs, and others that take over: what both the short and the long test do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hasEnded } from "../../src/kernel/run.ts";
import type { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import type { ListedRun } from "../../src/kernel/store.ts";
import { endOf, inFolder, startProcess, traceOf, withRuntime } from "./harness.ts";

const lease = { leaseMs: 400, heartbeatMs: 100 };
const op = "test.crash/whole@1";

export interface TakeoverSize {
  readonly runs: number;
  readonly kills: number;
  readonly seed: number;
}

/** Numbers below `bound`, the same for the same seed (mulberry32). */
function numbers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Two workers at a time, each killed after a random number of points, until there were enough kills; a last one finishes. */
export async function killWorkers({ runs, kills, seed }: TakeoverSize): Promise<void> {
  const below = numbers(seed);
  await inFolder(async (folder) => {
    const path = join(folder, "runs.db");
    await withRuntime(path, async (runtime) => {
      for (let index = 0; index < runs; index++) await runtime.startUntyped(runtime.registry.op(op), { from: index }, { key: `run ${index}`, detach: true });
    });
    let left = kills;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left--;
        const killed = await endOf(startProcess({ path, work: { kind: "worker", concurrency: 2 }, killAt: 10 + below(40), lease }));
        assert.equal(killed.signal, "SIGKILL", `seed ${seed}: ${killed.stderr}`);
      }
    };
    const finished = finishAll(path, () => left <= 0);
    await Promise.all([worker(), worker()]);
    await finished;
    await withRuntime(path, async (runtime) => {
      for (let index = 0; index < runs; index++) {
        const attached = await runtime.startUntyped(runtime.registry.op(op), { from: index }, { key: `run ${index}`, detach: true });
        const trace = await traceOf(runtime, attached.run.runId);
        assert.equal(trace.status, "succeeded", `seed ${seed}, run ${index}`);
        assert.equal(trace.completed, 5, `seed ${seed}, run ${index}`);
      }
      assert.deepEqual(await runtime.store.check(), []);
    });
  });
}

async function openRuns(runtime: Runtime): Promise<ListedRun[]> {
  return (await runtime.store.listRuns({ limit: 1000 })).filter(({ run }) => !hasEnded(run.status));
}

/** A worker that is not killed, started when the kills are over: runs that ended before are none of its business. */
async function finishAll(path: string, killsAreOver: () => boolean): Promise<void> {
  await withRuntime(
    path,
    async (runtime) => {
      const poll = async (): Promise<void> => new Promise((resolve) => void runtime.clock.timer(50, resolve));
      while (!killsAreOver()) await poll();
      const stop = new AbortController();
      const working = runWorker(runtime, { concurrency: 4, signal: stop.signal, onError: () => undefined });
      for (let open = await openRuns(runtime); open.length > 0; open = await openRuns(runtime)) {
        // Killed five times before it got anywhere: paused, and a person says go on.
        for (const { run } of open) if (run.status === "paused") await runtime.resume(run.runId, { actor: "test", reason: "the kills are over" }, { detach: true });
        await poll();
      }
      stop.abort(new Error("done"));
      await working;
    },
    lease,
  );
}
