/** Backup and restore with PostgreSQL's own tools, as docs/operating.md says: runs go on from where they were when the backup was made. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { MfmError } from "../../src/kernel/errors.ts";
import type { Store } from "../../src/kernel/store.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { traceOf, withRuntime } from "../crash/harness.ts";
import { debianPrograms, withoutDebian } from "./debian.ts";
import { administer } from "./schemas.ts";
import type { LocalServer } from "./server.ts";
import { newServer } from "./servers.ts";

const op = "test.crash/whole@1";
const role = "mfm_backup_worker";
const programs = debianPrograms() ?? "";
const connection = (server: LocalServer): string => `host=${server.folder} user=postgres dbname=postgres`;

/** Events of the store, in its order. */
async function orderOf(store: Store): Promise<string[]> {
  const found: string[] = [];
  for (let page = await store.readCommits(null, 100); page.events.length > 0; page = await store.readCommits(page.next, 100))
    found.push(...page.events.map(({ digest }) => digest));
  return found;
}

/** Drives what is left, verifies all, and finds the events of the backup where they were, before those that came after it. */
async function goOn(server: LocalServer, before: readonly string[]): Promise<void> {
  await withRuntime(server.url, async (runtime, store) => {
    assert.deepEqual(await orderOf(store), before);
    for (const { run } of await store.listRuns({ entryPoint: op, limit: 100 })) {
      const signal = AbortSignal.timeout(60_000);
      if (run.status !== "succeeded") await runtime.drive(run.runId, { idle: "stay", signal });
      const { run: ended } = await runtime.getStored(run.runId);
      // The oracle may have failed as often as the step was tried.
      if (ended.status === "paused") await runtime.resume(run.runId, { actor: "test", reason: "go on" }, { signal });
      const trace = await traceOf(runtime, run.runId);
      assert.deepEqual([trace.status, trace.completed], ["succeeded", 5]);
    }
    const order = await orderOf(store);
    assert.ok(order.length > before.length);
    assert.deepEqual(order.slice(0, before.length), before);
    assert.deepEqual(await store.check(), []);
  });
}

describe("a store on PostgreSQL", { skip: withoutDebian }, () => {
  const original = newServer({ programs });
  let events: readonly string[] = [];

  before(async () => {
    if (withoutDebian !== false) return;
    await original.initialize();
    await original.start();
    await administer(original.url, `create role ${role} login`);
    await migratePostgresStore({ address: parsePostgresUrl(original.url), grantTo: role });
    // A server that has been at work for a while: its transactions have higher numbers than those of a new one.
    await administer(original.url, ...Array<string>(1000).fill("select pg_current_xact_id()"));
    await withRuntime(original.url, async (runtime, store) => {
      for (const [key, detach] of [
        ["done", false],
        ["waiting", true],
        ["also waiting", true],
      ] as const)
        await runtime.startUntyped(runtime.registry.op(op), { from: 3 }, { key, detach });
      events = await orderOf(store);
    });
  });
  after(() => original.end());

  test(
    "is dumped by pg_dump, restored by pg_restore on another server, and goes on there in a new epoch",
    { timeout: 120_000 },
    async () => {
      const dump = join(original.folder, "dump");
      await original.run(
        join(programs, "pg_dump"),
        "--format=custom",
        "--schema=mfm",
        `--file=${dump}`,
        `--dbname=${connection(original)}`,
      );
      const other = newServer({ programs });
      await other.initialize();
      await other.start();
      await administer(other.url, `create role ${role} login`);
      await other.run(join(programs, "pg_restore"), "--exit-on-error", `--dbname=${connection(other)}`, dump);
      await assert.rejects(
        withRuntime(other.url, async () => undefined),
        (error) => error instanceof MfmError && error.code === "STORE_NOT_MIGRATED",
      );
      const migration = await migratePostgresStore({ address: parsePostgresUrl(other.url) });
      assert.equal(migration.restored, true);
      await goOn(other, events);
      // The owner cannot change history there either.
      await assert.rejects(administer(other.url, "update mfm.events set body = ''"), /append-only/);
      const [granted] = await administer(
        other.url,
        `select has_table_privilege('${role}', 'mfm.events', 'insert') as may, has_table_privilege('${role}', 'mfm.events', 'update') as change`,
      );
      assert.deepEqual(granted?.rows, [{ may: true, change: false }]);
      await other.end();
    },
  );

  test("is copied by pg_basebackup while it is in use, and goes on where it was, in the same epoch", { timeout: 120_000 }, async () => {
    const other = newServer({ programs });
    await other.run(join(programs, "pg_basebackup"), `--pgdata=${other.data}`, "--checkpoint=fast", `--dbname=${connection(original)}`);
    await other.start();
    assert.equal((await migratePostgresStore({ address: parsePostgresUrl(other.url) })).restored, false);
    await goOn(other, events);
    await other.end();
  });
});
