/**
 * A failover: workers drive runs over a primary whose standby is synchronous; the primary is killed, the standby promoted, and the name leads
 * to it. Nothing that was acknowledged is lost, and the workers go on by themselves.
 */
import assert from "node:assert/strict";
import { machineRandom, machineTime } from "../../src/app/machine.ts";
import type { Head } from "../../src/kernel/events.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import type { Store } from "../../src/kernel/store.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { openPostgresStore } from "../../src/storages/postgres/open.ts";
import { traceOf } from "../crash/harness.ts";
import { crashRegistry } from "../crash/ops.ts";
import { Proxy } from "./proxy.ts";
import { administer } from "./schemas.ts";
import type { LocalServer } from "./server.ts";
import { newServer } from "./servers.ts";

const op = "test.crash/whole@1";
const lease = { leaseMs: 1000, heartbeatMs: 300 };
const standbyName = "mfm_standby";

export interface FailoverSize {
  readonly runs: number;
  /** How many of them have ended when the primary is killed. */
  readonly endedBefore: number;
}

/** Makes a standby of a server: `newServer` with its files, which follows it. */
export type MakeStandby = (primary: LocalServer, name: string) => Promise<LocalServer>;

export const copyStandby: MakeStandby = async (primary, name) => {
  const standby = newServer();
  await standby.follow(primary, name);
  return standby;
};

/** A primary that works, and a standby without which it acknowledges nothing. */
export async function startPair(primary: LocalServer, makeStandby: MakeStandby): Promise<LocalServer> {
  await primary.initialize();
  await primary.start();
  await migratePostgresStore({ address: parsePostgresUrl(primary.url) });
  const standby = await makeStandby(primary, standbyName);
  await standby.start();
  await administer(primary.url, `alter system set synchronous_standby_names = '${standbyName}'`, "select pg_reload_conf()");
  await untilSynchronous(primary);
  return standby;
}

export async function failOver({ runs, endedBefore }: FailoverSize, primary: LocalServer, standby: LocalServer): Promise<void> {
  const proxy = new Proxy(primary.url);
  await proxy.open();
  const address = parsePostgresUrl(proxy.url);
  const acknowledged = new Map<RunId, Head>();
  const stop = new AbortController();
  const stores: Store[] = [];
  const runtimeOf = async (owner: string): Promise<Runtime> => {
    const store = await openPostgresStore({ address });
    stores.push(store);
    return new Runtime({
      store,
      registry: crashRegistry(),
      clock: machineTime,
      random: machineRandom,
      owner,
      lease,
      watch(moment) {
        if (moment.kind === "append.after") acknowledged.set(moment.runId, moment.run.head);
      },
    });
  };
  const runtime = await runtimeOf("starter");
  for (let index = 0; index < runs; index++)
    await runtime.startUntyped(runtime.registry.op(op), { from: index }, { key: `${index}`, detach: true });
  const workers = await Promise.all([runtimeOf("one"), runtimeOf("two")]);
  const working = workers.map((worker) => runWorker(worker, { concurrency: 4, signal: stop.signal, onError: () => undefined }));
  const ended = async (): Promise<number> => (await runtime.store.listRuns({ status: "succeeded", entryPoint: op, limit: 1000 })).length;
  await goOnUntil(runtime, async () => (await ended()) >= endedBefore);

  await primary.end();
  const promised = new Map(acknowledged);
  await administer(standby.url, "select pg_promote()");
  proxy.lead(standby.url);

  await goOnUntil(runtime, async () => (await ended()) === runs);
  stop.abort(new Error("done"));
  await Promise.all(working);
  assert.ok(promised.size > endedBefore);
  for (const [runId, head] of promised) {
    const [event] = await runtime.store.readEvents(runId, head.seq, 1);
    assert.equal(event?.digest, head.digest, `${runId} lost what was acknowledged`);
  }
  for (const { run } of await runtime.store.listRuns({ entryPoint: op, limit: 1000 }))
    assert.equal((await traceOf(runtime, run.runId)).completed, 5);
  assert.deepEqual(await runtime.store.check(), []);
  await Promise.all(stores.map((store) => store.close()));
  proxy.close();
}

async function untilSynchronous(primary: LocalServer): Promise<void> {
  for (;;) {
    const [found] = await administer(primary.url, "select from pg_stat_replication where sync_state = 'sync' and state = 'streaming'");
    if (found?.rowCount === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resumes, as a person does, what the oracle let down once too often. */
async function goOnUntil(runtime: Runtime, isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) {
    for (const { run } of await runtime.store.listRuns({ status: "paused", limit: 100 }))
      await runtime.resume(run.runId, { actor: "test", reason: "go on" }, { detach: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
