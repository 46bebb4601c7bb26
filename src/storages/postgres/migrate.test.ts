import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Client } from "pg";
import { nextVersion } from "../../../test/postgres/next-version.ts";
import { administer, scratchUrl } from "../../../test/postgres/schemas.ts";
import { openScratch } from "../../../test/postgres/scratch.ts";
import { sharedServer } from "../../../test/postgres/servers.ts";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import { admissionOf, nextOf } from "../../testing/store/streams.ts";
import { type PostgresAddress, parsePostgresUrl } from "./address.ts";
import { withClient } from "./connection.ts";
import { migratePostgresStore } from "./migrate.ts";
import { openPostgresStore } from "./open.ts";
import { migrations } from "./schema.ts";

async function withAddress(
  work: (address: PostgresAddress, admin: (...statements: string[]) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { url, remove } = await scratchUrl();
  const server = await sharedServer();
  const address = parsePostgresUrl(url);
  await work(address, (...statements) => administer(server.url, `set search_path = ${address.schema}`, ...statements));
  await remove();
}

describe("migration of a PostgreSQL store", () => {
  test("makes a store where there is none, and finds nothing to do the second time", () =>
    withAddress(async (address) => {
      await assert.rejects(openPostgresStore({ address }), { code: "STORE_NOT_MIGRATED" });
      const made = await migratePostgresStore({ address });
      assert.deepEqual([made.from, made.to, made.restored], [null, migrations.length, false]);
      const store = await openPostgresStore({ address });
      const again = await migratePostgresStore({ address });
      assert.equal(again.from, migrations.length);
      assert.equal((await openPostgresStore({ address }).then((other) => other.close().then(() => other))).scope, store.scope);
      await store.close();
    }));

  test("is done once when many do it at once", () =>
    withAddress(async (address) => {
      const done = await Promise.all(Array.from({ length: 6 }, () => migratePostgresStore({ address })));
      assert.deepEqual(done.filter(({ from }) => from === null).length, 1);
    }));

  test("refuses a newer schema, and so does a worker", () =>
    withAddress(async (address) => {
      await migratePostgresStore({ address, steps: nextVersion });
      await assert.rejects(migratePostgresStore({ address }), { code: "STORE_NEWER" });
      await assert.rejects(openPostgresStore({ address }), { code: "STORE_NEWER" });
    }));

  test("leaves an older schema to its operator: a worker refuses it and alters nothing", () =>
    withAddress(async (address, admin) => {
      await migratePostgresStore({ address });
      await admin("update meta set version = 0");
      await assert.rejects(openPostgresStore({ address }), { code: "STORE_NOT_MIGRATED" });
      await admin(`update meta set version = ${migrations.length}`);
      await (await openPostgresStore({ address })).close();
    }));

  test("stops the writes of a worker that opened the store before", () =>
    withAddress(async (address) => {
      await migratePostgresStore({ address });
      const store = await openPostgresStore({ address });
      const admission = admissionOf("a");
      await store.append(admission);
      assert.equal((await migratePostgresStore({ address, steps: nextVersion })).from, migrations.length);
      await assert.rejects(store.append(nextOf(admission.run)), { code: "STORE_NEWER" });
      const request = { owner: "me", milliseconds: 1000 };
      await assert.rejects(store.claim(admission.runId, { ...request, takeOver: true }), { code: "STORE_NEWER" });
      await assert.rejects(store.claimNext({ ...request, entryPoints: ["a.b/c@1"], exceptSpecs: [] }), { code: "STORE_NEWER" });
      const lease = { runId: admission.runId, owner: "me", fence: 1, expiresAt: 0 };
      await assert.rejects(store.heartbeat([lease], 1000), { code: "STORE_NEWER" });
      await assert.rejects(store.release(lease, null), { code: "STORE_NEWER" });
      const snapshot = { digest: digestOf("s"), body: "s" };
      await assert.rejects(store.writeSnapshot(admission.runId, admission.run.head, snapshot), { code: "STORE_NEWER" });
      assert.deepEqual((await store.readRun(admission.runId))?.run, admission.run);
      await store.close();
    }));

  test("waits for an append that is under way, lets no other begin, and leaves no worker's append in the new schema", () =>
    withAddress(async (address) => {
      await migratePostgresStore({ address });
      const [store, another] = [await openPostgresStore({ address }), await openPostgresStore({ address })];
      const admission = admissionOf("a");
      await store.append(admission);
      const holder = new Client({ connectionString: (await sharedServer()).url });
      await holder.connect();
      await holder.query(`set search_path = ${address.schema}`);
      await holder.query("begin");
      await holder.query("select from runs for update");
      const order: string[] = [];
      const next = nextOf(admission.run);
      const appended = store.append(next).finally(() => order.push("appended"));
      while ((await holder.query("select from pg_locks where not granted")).rowCount === 0);
      const migrated = migratePostgresStore({ address, steps: nextVersion }).finally(() => order.push("migrated"));
      for (;;) {
        const refusal: unknown = await another.append(admissionOf(`${Math.random()}`)).catch((error: unknown) => error);
        if (refusal instanceof MfmError && refusal.code === "STORE_NEWER") break;
      }
      await holder.query("commit");
      // It is a transaction that was under way too.
      await holder.end();
      assert.equal((await appended).kind, "appended");
      assert.equal((await migrated).to, migrations.length + 1);
      assert.deepEqual(order, ["appended", "migrated"]);
      await assert.rejects(store.append(nextOf(next.run)), { code: "STORE_NEWER" });
      for (const each of [store, another]) await each.close();
    }));

  test("that fails leaves the store to its workers as it was", () =>
    withAddress(async (address) => {
      await migratePostgresStore({ address });
      const store = await openPostgresStore({ address });
      const failing = [
        { step: `${nextVersion.at(-1)}; select 1 / 0`, code: "INTERNAL" },
        // One that lets nobody of its own version in.
        { step: "select 1", code: "STORE_NEWER" },
      ];
      for (const { step, code } of failing) await assert.rejects(migratePostgresStore({ address, steps: [...migrations, step] }), { code });
      assert.equal((await store.append(admissionOf("a"))).kind, "appended");
      await store.close();
      await (await openPostgresStore({ address })).close();
    }));

  test("of a released version is never changed", () => {
    assert.equal(digestOf(migrations[0] ?? ""), "sha256:552c57c19441fdd7a4220ce8b102c18ac15789cd55d576408ca9d4c3147f2009");
  });

  test("brings a store of schema 1 forward, and stops the workers that work on it", () =>
    withAddress(async (address) => {
      await migratePostgresStore({ address, steps: migrations.slice(0, 1) });
      await assert.rejects(openPostgresStore({ address }), { code: "STORE_NOT_MIGRATED" });
      const { from, to } = await migratePostgresStore({ address });
      assert.deepEqual([from, to], [1, migrations.length]);
      // As that version's workers call it.
      const call = `select append(1, null, ${Array.from({ length: 23 }, () => "'{}'").join(", ")})`;
      await assert.rejects(
        withClient(address, "work", (client) => client.query(call)),
        { code: "MF002" },
      );
      const store = await openPostgresStore({ address });
      assert.equal((await store.append(admissionOf("a"))).kind, "appended");
      await store.close();
    }));

  test("brings a store of schema 2 forward, and refuses its workers' claims", () =>
    withAddress(async (address) => {
      await migratePostgresStore({ address, steps: migrations.slice(0, 2) });
      const { from, to } = await migratePostgresStore({ address });
      assert.deepEqual([from, to], [2, migrations.length]);
      await assert.rejects(
        withClient(address, "work", (client) => client.query("select claim_next(2, null, 'me', 1000, '{a.b/c@1}', '{}')")),
        { code: "MF002" },
      );
    }));

  test("is whole or not at all", () =>
    withAddress(async (address, admin) => {
      await assert.rejects(migratePostgresStore({ address, steps: [...migrations, "select 1 / 0"] }), { code: "INTERNAL" });
      await assert.rejects(admin("select * from meta"), { code: "42P01" });
    }));

  test("does not take another application's schema for its own", () =>
    withAddress(async (address, admin) => {
      await admin(`create schema ${address.schema}`, "create table runs (a int)");
      await assert.rejects(migratePostgresStore({ address }), { code: "STORE_CORRUPT" });
    }));

  test("lets nobody in whom it does not know, and says what is missing", () =>
    withAddress(async (address) => {
      await assert.rejects(migratePostgresStore({ address, grantTo: "no such role" }), { code: "STORE_DENIED" });
    }));
});

test("a store restored from another server's dump goes on in a new epoch of its order", async () => {
  const { store, url, address, close } = await openScratch();
  const server = await sharedServer();
  let { run } = admissionOf("a");
  await store.append(admissionOf("a"));
  // As after pg_restore on a server that has had fewer transactions. Only the owner can, and only by switching a trigger off.
  await administer(
    server.url,
    `set search_path = ${address.schema}`,
    "alter table events disable trigger events_change",
    "update events set tx = '9000000000000'::xid8",
    "alter table events enable always trigger events_change",
  );
  await assert.rejects(openPostgresStore({ address: parsePostgresUrl(url) }), { code: "STORE_NOT_MIGRATED" });
  assert.equal((await migratePostgresStore({ address })).restored, true);
  assert.equal((await migratePostgresStore({ address })).restored, false);
  for (const label of ["one", "two"]) {
    const next = nextOf(run, { label });
    assert.equal((await store.append(next)).kind, "appended");
    ({ run } = next);
  }
  const seqs: number[] = [];
  for (let at: string | null = null; seqs.length < 3;) {
    const { events, next } = await store.readCommits(at, 2);
    seqs.push(...events.map(({ seq }) => seq));
    at = next;
  }
  assert.deepEqual(seqs, [0, 1, 2]);
  await close();
});
