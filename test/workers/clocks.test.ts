/** Workers on machines whose clocks are ten minutes ahead and behind: leases, timers and retries go by the clock of the database. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInstant } from "../../src/kernel/codecs.ts";
import type { RunStatus } from "../../src/kernel/run.ts";
import type { ListedRun } from "../../src/kernel/store.ts";
import { endOf, inPlaces, startProcess, traceOf, withRuntime } from "../crash/harness.ts";
import { sharedServer } from "../postgres/servers.ts";

const op = "test.crash/whole@1";
const tenMinutes = 600_000;
const runs = 12;

test(
  "workers whose clocks are ten minutes ahead and behind drive timers, retries and children of each other's runs",
  { timeout: 120_000 },
  async () => {
    await inPlaces("PostgreSQL", await sharedServer(), async (newPlace) => {
      const path = await newPlace("runs");
      await withRuntime(path, async (runtime, store) => {
        const started = await store.now();
        for (let index = 0; index < runs; index++)
          await runtime.startUntyped(runtime.registry.op(op), { from: index }, { key: `${index}`, detach: true });
        const workers = [tenMinutes, -tenMinutes].map((clockAheadMs) =>
          startProcess({ path, work: { kind: "worker", concurrency: 2 }, killAt: -1, clockAheadMs }),
        );
        const endings = Promise.all(workers.map(endOf));
        const list = (status: RunStatus): Promise<ListedRun[]> => store.listRuns({ status, limit: 100 });
        while ((await list("succeeded")).length < 2 * runs) {
          // The oracle may fail as often as a step is tried.
          for (const { run } of await list("paused")) await runtime.resume(run.runId, { actor: "test", reason: "go on" }, { detach: true });
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        for (const worker of workers) worker.kill("SIGTERM");
        for (const { code, stderr } of await endings) assert.equal(code, 0, stderr);
        const now = await store.now();
        for (const { run } of await store.listRuns({ entryPoint: op, limit: runs })) {
          assert.equal((await traceOf(runtime, run.runId)).completed, 5);
          // What stands in events is the database's time too, whoever recorded it.
          for (const at of [run.startedAt, run.updatedAt])
            assert.ok(Math.abs(parseInstant(at) - started) < 60_000 && parseInstant(at) <= now + 1000);
        }
      });
    });
  },
);
