/** Workers behind a line that is cut before a request and after a commit, says nothing, and refuses connections, again and again: every run ends, nothing happens twice. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { machineRandom, machineTime } from "../../src/app/machine.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { openPostgresStore } from "../../src/storages/postgres/open.ts";
import { traceOf, withRuntime } from "../crash/harness.ts";
import { crashRegistry } from "../crash/ops.ts";
import { Proxy, type Line } from "../postgres/proxy.ts";
import { scratchUrl } from "../postgres/schemas.ts";
import { sharedServer } from "../postgres/servers.ts";

const op = "test.crash/whole@1";
const lease = { leaseMs: 400, heartbeatMs: 100 };
const limits = { connect: 300, lock: 300, statement: 300, answer: 400 };
const runs = 10;
/** What becomes of the line after each so many appends. */
const fates: readonly Line[] = ["cut answer", "cut request", "silence", "refuse", "cut answer"];
const appendsPerFault = 6;

describe(
  "two workers behind a line that fails",
  { skip: (process.env["MFM_TEST_POSTGRES_URL"] ?? "") !== "" && "needs a socket of its own" },
  () => {
    let [url, remove] = ["", async (): Promise<void> => undefined];
    let proxy: Proxy;
    before(async () => {
      const { url: server } = await sharedServer();
      ({ url, remove } = await scratchUrl());
      proxy = new Proxy(server);
      await proxy.open();
      await migratePostgresStore({ address: parsePostgresUrl(url) });
    });
    after(async () => {
      proxy.close();
      await remove();
    });

    test("end every run, and do nothing twice", { timeout: 120_000 }, async () => {
      const through = url.replace(/host=[^&]*/, new URL(proxy.url.replace("@/", "@absent/")).search.slice(1));
      const seen = new Map<Line, number>();
      let appends = 0;
      const disturb = (): void => {
        if (++appends % appendsPerFault !== 0) return;
        const fate = fates[(appends / appendsPerFault) % fates.length] ?? "whole";
        seen.set(fate, (seen.get(fate) ?? 0) + 1);
        proxy.line = fate;
        // What lasts is over after a while; what happens once is over by itself.
        if (fate === "silence" || fate === "refuse") setTimeout(() => (proxy.line = "whole"), 150);
      };
      await withRuntime(url, async (runtime, direct) => {
        for (let index = 0; index < runs; index++)
          await runtime.startUntyped(runtime.registry.op(op), { from: index }, { key: `${index}`, detach: true });
        const stop = new AbortController();
        const work = async (owner: string): Promise<void> => {
          const store = await openPostgresStore({ address: parsePostgresUrl(through), limits });
          const watch = ({ kind }: { readonly kind: string }): void => {
            if (kind === "append.before") disturb();
          };
          const parts = { store, registry: crashRegistry(), clock: machineTime, random: machineRandom, owner, lease, watch };
          // A store that fails is told of; the worker goes on.
          await runWorker(new Runtime(parts), { concurrency: 4, signal: stop.signal, onError: () => undefined });
          proxy.line = "whole";
          await store.close();
        };
        const working = Promise.all([work("one"), work("two")]);
        while ((await direct.listRuns({ status: "succeeded", limit: 100 })).length < 2 * runs) {
          for (const { run } of await direct.listRuns({ status: "paused", limit: 100 }))
            await runtime.resume(run.runId, { actor: "test", reason: "go on" }, { detach: true });
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        stop.abort(new Error("done"));
        await working;
        for (const { run } of await direct.listRuns({ entryPoint: op, limit: 100 }))
          assert.equal((await traceOf(runtime, run.runId)).completed, 5);
        assert.deepEqual(await direct.check(), []);
      });
      for (const fate of fates) assert.ok((seen.get(fate) ?? 0) > 0, `the line was never "${fate}"`);
    });
  },
);
