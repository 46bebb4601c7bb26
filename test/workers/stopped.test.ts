/** A worker that was stopped (a paused machine, a debugger) for longer than its lease: it wakes in the middle of an append that is not its own any more. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { RunId } from "../../src/kernel/names.ts";
import type { ClaimResult } from "../../src/kernel/leases.ts";
import type { Store } from "../../src/kernel/store.ts";
import { endOf, inPlaces, startProcess, traceOf, withRuntime } from "../crash/harness.ts";
import { backends } from "../crash/places.ts";
import { sharedServer } from "../postgres/servers.ts";

const lease = { leaseMs: 400, heartbeatMs: 100 };
const op = "test.crash/part@1";

const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Whether the system has stopped it: state T (proc_pid_stat(5)). */
function isStopped(pid: number | undefined): boolean {
  return /^\d+ \(.*\) T/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Claims the run as soon as nobody's lease holds any more. */
async function claimWhenFree(store: Store, runId: RunId): Promise<ClaimResult & { readonly kind: "claimed" }> {
  for (;;) {
    const claim = await store.claim(runId, { owner: "another", milliseconds: 60_000, takeOver: false });
    if (claim.kind === "claimed") return claim;
    assert.equal(claim.kind, "busy");
    await aWhile();
  }
}

describe("a worker that was stopped for longer than its lease", { skip: process.platform !== "linux" && "reads /proc" }, () => {
  for (const backend of backends) {
    test(`is refused by ${backend} when it wakes, and leaves the run to whoever has it`, { timeout: 120_000 }, async () => {
      const server = backend === "PostgreSQL" ? await sharedServer() : undefined;
      await inPlaces(backend, server, async (newPlace) => {
        const path = await newPlace("runs");
        await withRuntime(path, async (runtime, store) => {
          const { run } = await runtime.startUntyped(runtime.registry.op(op), { from: 1, steps: 3 }, { key: "one", detach: true });
          const work = { kind: "worker", concurrency: 1 } as const;
          const worker = startProcess({ path, work, killAt: -1, lease, stopsBeforeAppend: true });
          const ended = endOf(worker);
          let said = "";
          worker.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
          while (!isStopped(worker.pid)) await aWhile();
          const before = await store.readEvents(run.runId, 0, 100);
          const claim = await claimWhenFree(store, run.runId);
          assert.equal(claim.lease.fence, 2);

          worker.kill("SIGCONT");
          while (!said.includes("another driver claimed")) await aWhile();
          assert.deepEqual(await store.readEvents(run.runId, 0, 100), before);
          assert.equal((await store.readRun(run.runId))?.lease?.owner, "another");
          worker.kill("SIGTERM");
          assert.equal((await ended).code, 0);

          const driven = await runtime.driveClaimed(claim, { idle: "stay", signal: new AbortController().signal });
          assert.equal(driven.status, "succeeded");
          assert.equal((await traceOf(runtime, run.runId)).completed, 4);
        });
      });
    });
  }
});
