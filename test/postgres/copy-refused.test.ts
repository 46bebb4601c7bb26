/** Copies that are refused, from SQLite to PostgreSQL and back: before anything is written, in words that say why. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { linkSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Place } from "../../src/app/place.ts";
import { copyStore } from "../../src/app/store-copy.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { Run } from "../../src/kernel/run.ts";
import type { Store } from "../../src/kernel/store.ts";
import { parsePostgresUrl } from "../../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../../src/storages/postgres/migrate.ts";
import { nextOf } from "../../src/testing/store/streams.ts";
import { openPlace } from "../crash/places.ts";
import { HandRun } from "../kernel/hand-run.ts";
import { administer, loginAs, scratchUrl } from "./schemas.ts";
import { sharedServer } from "./servers.ts";

const folder = mkdtempSync(join(tmpdir(), "mfm-copy-refused-"));
const place: Place = { folder, env: {}, configFile: undefined, storeUrl: undefined };
const removals: (() => Promise<void>)[] = [];
after(async () => {
  for (const remove of removals) await remove();
  rmSync(folder, { recursive: true });
});

/** Where stores may be made, by kind; each has no store yet. */
const newPlaces = {
  SQLite: async () => `sqlite:${join(folder, `${randomBytes(6).toString("hex")}.db`)}`,
  PostgreSQL: async () => {
    const { url, remove } = await scratchUrl();
    removals.push(remove);
    return url;
  },
} as const;

const directions = [
  ["SQLite", "PostgreSQL"],
  ["PostgreSQL", "SQLite"],
  ["SQLite", "SQLite"],
] as const;

async function inStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openPlace(url.replace(/^sqlite:/, ""));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Admits runs by these names. */
async function fill(url: string, ...names: readonly string[]): Promise<void> {
  await inStore(url, async (store) => {
    for (const name of names) await HandRun.admit(store, name);
  });
}

async function goOn(url: string, run: Run, does: "pause" | "cancel"): Promise<void> {
  await inStore(url, async (store) => assert.equal((await store.append(nextOf(run, { does }))).kind, "appended"));
}

/** How much is there. */
const amountOf = (url: string): Promise<unknown> =>
  inStore(url, async (store) => {
    const { runs, events, artifacts } = await store.info();
    return { runs, events, artifacts };
  });

/** Refused with these details, and what was at the destination is as it was. */
async function assertRefused(from: string, to: string, details: { readonly [name: string]: Json }): Promise<void> {
  const held = await amountOf(to);
  await assert.rejects(copyStore(place, { from, to }), (error) => {
    assert.ok(error instanceof MfmError);
    assert.equal(error.code, "COPY_REFUSED");
    for (const [name, value] of Object.entries(details)) assert.deepEqual(error.details[name], value, name);
    return true;
  });
  assert.deepEqual(await amountOf(to), held);
}

for (const [source, destination] of directions) {
  describe(`a copy from ${source} to ${destination} is refused, and writes nothing,`, () => {
    let [from, to, runs] = ["", "", [] as Run[]];
    before(async () => {
      const first = await newPlaces.SQLite();
      await fill(first, "one", "two");
      from = first;
      if (source === "PostgreSQL") {
        from = await newPlaces.PostgreSQL();
        await copyStore(place, { from: first, to: from });
      }
      runs = (await inStore(from, (store) => store.listRuns({ limit: 10 }))).map(({ run }) => run).toReversed();
      to = await newPlaces[destination]();
    });

    test("while somebody drives runs: no store is made", async () => {
      const [run] = runs;
      assert.ok(run !== undefined);
      const unused = destination === "SQLite" ? `sqlite:${join(folder, "unused", "x.db")}` : to;
      await inStore(from, async (store) => {
        const claim = await store.claim(run.runId, { owner: "somebody", milliseconds: 600_000, takeOver: false });
        await assert.rejects(copyStore(place, { from, to: unused }), { code: "COPY_REFUSED" });
        if (claim.kind === "claimed") await store.release(claim.lease, null);
      });
      if (destination === "SQLite") return assert.ok(!readdirSync(folder).includes("unused"));
      const { url } = await sharedServer();
      const made = `select 1 from pg_namespace where nspname = '${parsePostgresUrl(to).schema}'`;
      assert.deepEqual((await administer(url, made))[0]?.rows, []);
    });

    test("where the destination is further on", async () => {
      await copyStore(place, { from, to });
      const [run] = runs;
      assert.ok(run !== undefined);
      await goOn(to, run, "pause");
      await assertRefused(from, to, { own: 0, ahead: 1, forked: 0 });
      await fill(to, "started there");
      await assertRefused(from, to, { own: 1, ahead: 1, forked: 0 });
      // The other way it is an earlier copy.
      assert.equal((await copyStore(place, { from: to, to: from })).runs, 3);
    });

    test("where the destination was worked on although the copy is not whole", async () => {
      await fill(from, "not there yet");
      await fill(to, "started meanwhile");
      await assertRefused(from, to, { own: 1, ahead: 0, forked: 0 });
    });

    test("where a run went on in both", async () => {
      const run = runs[1];
      assert.ok(run !== undefined);
      await goOn(from, run, "pause");
      await goOn(to, run, "cancel");
      await assertRefused(from, to, { own: 1, forked: 1 });
    });
  });
}

describe("a store is not copied to itself", () => {
  test("on SQLite, by its path, a symbolic link or a hard link", async () => {
    const url = await newPlaces.SQLite();
    await fill(url, "one");
    const path = url.replace("sqlite:", "");
    symlinkSync(path, join(folder, "symbolic.db"));
    linkSync(path, join(folder, "hard.db"));
    for (const to of [url, "sqlite:symbolic.db", "sqlite:hard.db"])
      await assert.rejects(copyStore(place, { from: url, to }), { code: "COPY_REFUSED" }, to);
  });

  test("on PostgreSQL, as another role too; to another schema it is", async () => {
    const original = await newPlaces.SQLite();
    await fill(original, "one");
    const to = await newPlaces.PostgreSQL();
    await copyStore(place, { from: original, to });
    const { url } = await sharedServer();
    const role = `mfm_test_${randomBytes(6).toString("hex")}`;
    await administer(url, `create role ${role} login password 'secret'`);
    await migratePostgresStore({ address: parsePostgresUrl(to), grantTo: role });
    try {
      for (const same of [to, loginAs(to, role, "secret")]) {
        await assert.rejects(copyStore(place, { from: to, to: same }), { code: "COPY_REFUSED" }, same);
        await assert.rejects(copyStore(place, { from: same, to }), { code: "COPY_REFUSED" }, same);
      }
    } finally {
      await administer(url, `drop owned by ${role}`, `drop role ${role}`);
    }
    const other = await newPlaces.PostgreSQL();
    assert.equal((await copyStore(place, { from: to, to: other })).runs, 1);
  });
});
