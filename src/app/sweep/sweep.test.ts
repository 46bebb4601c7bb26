import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { HandRun, fillLanes } from "../../../test/kernel/hand-run.ts";
import { administer, scratchUrl } from "../../../test/postgres/schemas.ts";
import { openScratch as openPostgres } from "../../../test/postgres/scratch.ts";
import { sharedServer } from "../../../test/postgres/servers.ts";
import type { Store } from "../../kernel/store.ts";
import { parsePostgresUrl } from "../../storages/postgres/address.ts";
import { migratePostgresStore } from "../../storages/postgres/migrate.ts";
import { openPostgresStore } from "../../storages/postgres/open.ts";
import { migrations } from "../../storages/postgres/schema.ts";
import { openSqliteStore } from "../../storages/sqlite/open.ts";
import { openScratch as openSqlite, scratchFolder, withConnection } from "../../storages/sqlite/scratch.test.support.ts";
import type { Place } from "../place.ts";
import { migrateStore } from "../store-care.ts";
import { sweep } from "./sweep.ts";

const lanes = ["one account", "another"] as const;

/** What somebody does to the rows, the same in both databases, and how many runs and lanes are to be put right. */
const damages: readonly (readonly [string, string, number])[] = [
  ["an effect's row is of another state", "update effects set state = 'settled' where effect_no = 1", 1],
  ["an effect's row is of another kind", "update effects set kind = 'x' where effect_no = 1", 1],
  [
    "an effect lost its place in the queue",
    "update effects set place = null, ticket = null where lane = 'another' and place = 'queued'",
    3,
  ],
  ["rows of effects are gone", "delete from effects", 4],
  ["a queue stands in another order", "update effects set ticket = 100 - ticket where place = 'queued'", 2],
  ["a lane's row is gone", "delete from lanes where lane = 'another'", 1],
  ["a lane gave more slots", "update lanes set seq = seq + 1, next = null", 2],
];
const asleep = "update runs set wake_at = null, poked_at = null";

function placeOf(folder: string, storeUrl: string): Place {
  return { folder, env: {}, configFile: undefined, storeUrl };
}

async function lookAt(store: Store): Promise<unknown> {
  const effects = await store.listEffects({ limit: 100 });
  const kept = effects.map(({ number: _number, ...row }) => row).toSorted((left, right) => (left.effect < right.effect ? -1 : 1));
  return [kept, await store.readLane(lanes[0], 9), await store.readLane(lanes[1], 9)];
}

describe("a sweep", () => {
  test("finds nothing in a store that was only used", async () => {
    const { store, close } = await openSqlite();
    await fillLanes(store, lanes);
    assert.deepEqual(await sweep(store, "repair"), { runs: 3, lanes: 2, found: [], repaired: 0 });
    await close();
  });

  for (const [name, sql, repaired] of damages) {
    test(`puts right that ${name}, in SQLite`, async () => {
      const { store, path, folder } = await openSqlite();
      await fillLanes(store, lanes);
      const before = await lookAt(store);
      await store.close();
      withConnection(path, (session) => session.exec(sql));
      const again = await openSqliteStore({ path });
      const looked = await sweep(again, "look");
      assert.ok(looked.found.length > 0);
      assert.equal(looked.repaired, 0);
      const swept = await sweep(again, "repair");
      assert.equal(swept.repaired, repaired);
      assert.deepEqual(await lookAt(again), before);
      assert.deepEqual((await sweep(again, "look")).found, []);
      assert.deepEqual(await again.check(), []);
      await again.close();
      rmSync(folder, { recursive: true });
    });
  }

  test("wakes runs that have something to do and those whose turn it is, and lets those sleep that wait for others", async () => {
    const { store, path, folder } = await openSqlite();
    await fillLanes(store, lanes);
    const turn = await HandRun.admit(store, "d");
    await turn.append(turn.intend("pay/0", "a third"), turn.intend("pay/1", lanes[0]));
    await store.close();
    withConnection(path, (session) => session.exec(`${asleep}, claimable_at = null`));
    const again = await openSqliteStore({ path });
    const { found, repaired } = await sweep(again, "repair");
    assert.deepEqual([found.length, repaired], [3, 3]);
    const poked = (await again.listRuns({ limit: 9 })).map((run) => run.poked);
    // The third waits for what is open before it.
    assert.deepEqual(poked, [true, false, true, true]);
    assert.deepEqual((await sweep(again, "look")).found, []);
    await again.close();
    rmSync(folder, { recursive: true });
  });

  test("is part of bringing forward a file of schema 1, which had no rows of effects and lanes", async () => {
    const folder = scratchFolder();
    const path = join(folder, "store.db");
    const store = await openSqliteStore({ path });
    await fillLanes(store, lanes);
    const before = await lookAt(store);
    await store.close();
    withConnection(path, (session) => {
      const later = "type = 'view' or name in ('effects', 'lanes', 'runs_leased')";
      for (const { name, type } of session.all<{ name: string; type: string }>(`select name, type from sqlite_schema where ${later}`))
        session.exec(`drop ${type} ${name}`);
      session.exec("pragma user_version = 1");
    });
    const { from, repaired } = await migrateStore(placeOf(folder, `sqlite:${path}`), undefined);
    assert.deepEqual([from, repaired], [1, 5]);
    const later = await openSqliteStore({ path });
    assert.deepEqual(await lookAt(later), before);
    assert.deepEqual(await later.check(), []);
    await later.close();
    const again = await migrateStore(placeOf(folder, `sqlite:${path}`), undefined);
    assert.deepEqual([again.from, again.repaired], [null, 0]);
    rmSync(folder, { recursive: true });
  });

  test("is part of the migration of a PostgreSQL store of schema 1", async () => {
    const whole = await openPostgres();
    await fillLanes(whole.store, lanes);
    const before = await lookAt(whole.store);
    const { url, remove } = await scratchUrl();
    const address = parsePostgresUrl(url);
    await migratePostgresStore({ address, steps: migrations.slice(0, 1), scope: whole.store.scope });
    const runs = `run_id, entry_point, spec_ref, config_digest, parent, status, ended, head_seq, head_digest, run, wake_at, poked_at, fence,
      lease_owner, lease_expires, claims`;
    const tables = [
      ["runs", runs, "run_no"],
      ["events", "run_no, seq, digest, body", "event_no"],
      ["artifacts", "digest, body", "digest"],
    ] as const;
    const copies = tables.map(
      ([table, columns, order]) =>
        `insert into ${address.schema}.${table} (${columns}) select ${columns} from ${whole.address.schema}.${table} order by ${order}`,
    );
    await administer((await sharedServer()).url, ...copies);
    const { from, repaired } = await migrateStore(placeOf("/", url), undefined);
    assert.deepEqual([from, repaired], [1, 5]);
    const store = await openPostgresStore({ address });
    assert.deepEqual(await lookAt(store), before);
    assert.deepEqual(await store.check(), []);
    await store.close();
    await remove();
    await whole.close();
  });

  test("does the same in PostgreSQL", async () => {
    const { store, address, close } = await openPostgres();
    const { url } = await sharedServer();
    await fillLanes(store, lanes);
    const before = await lookAt(store);
    for (const [name, sql, repaired] of damages) {
      await administer(url, `set search_path = ${address.schema}`, sql);
      assert.equal((await sweep(store, "repair")).repaired, repaired, name);
      assert.deepEqual(await lookAt(store), before, name);
    }
    await administer(url, `set search_path = ${address.schema}`, asleep);
    assert.equal((await sweep(store, "repair")).repaired, 2);
    assert.deepEqual((await sweep(store, "look")).found, []);
    await close();
  });
});
