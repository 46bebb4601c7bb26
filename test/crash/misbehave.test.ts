/** Steps that throw, answer garbage, loop for ever or exhaust the memory: each ends in a named state, never in an endless takeover. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Run } from "../../src/kernel/run.ts";
import { claimsWithoutProgress } from "../../src/kernel/runtime/drives.ts";
import { endOf, inFolder, startProcess, withRuntime } from "./harness.ts";

const op = "test.crash/misbehaving@1";
const lease = { leaseMs: 400, heartbeatMs: 100 };

async function admit(path: string, how: string): Promise<Run> {
  return withRuntime(
    path,
    async (runtime) => (await runtime.startUntyped(runtime.registry.op(op), { how }, { key: how, detach: true })).run,
  );
}

async function statusOf(path: string, run: Run): Promise<Run> {
  return withRuntime(path, (runtime) => runtime.status(run.runId));
}

for (const [how, code] of [
  ["throws", "STEP_THREW"],
  ["answers-garbage", "STEP_RESULT_INVALID"],
] as const) {
  test(`a step that ${how}: the run fails with ${code}`, { timeout: 30_000 }, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "runs.db");
      const outcome = await withRuntime(path, (runtime) => runtime.startUntyped(runtime.registry.op(op), { how }, { key: how }));
      assert.deepEqual([outcome.run.status, outcome.run.failure], ["failed", { step: "misbehave", code }]);
    });
  });
}

for (const how of ["loops", "allocates"]) {
  test(`a step that ${how} ends every worker that claims it, until the run is paused`, { timeout: 180_000 }, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "runs.db");
      const admitted = await admit(path, how);
      let ended = 0;
      const order = { path, work: { kind: "worker", concurrency: 1 }, killAt: -1, lease } as const;
      // As a supervisor would: a worker that died is started again. The last one finds the run without progress, pauses it, and has nothing to do.
      const workers = async (): Promise<void> => {
        for (; ended < claimsWithoutProgress; ended++) {
          const { signal, code } = await endOf(startProcess(order, 64));
          assert.ok(signal === "SIGKILL" || signal === "SIGABRT" || (code !== null && code > 128), `worker ${ended}: ${signal} ${code}`);
        }
      };
      await workers();
      const last = startProcess(order);
      const ending = endOf(last);
      await withRuntime(path, async (runtime) => {
        while ((await runtime.status(admitted.runId)).status === "running")
          await new Promise<void>((resolve) => void runtime.clock.timer(50, resolve));
      });
      last.kill("SIGTERM");
      assert.equal((await ending).code, 0);
      const run = await statusOf(path, admitted);
      assert.deepEqual([run.status, run.waitingFor], ["paused", [{ kind: "resume", code: "NO_PROGRESS" }]]);
    });
  });
}
