import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { digestOf } from "../../kernel/canonical.ts";
import { admissionOf } from "../../testing/store/streams.ts";
import { FaultyDriver } from "./faults.test.support.ts";
import { openSqliteStore } from "./open.ts";
import { identify, migrate, migrations, readPragma } from "./schema.ts";
import type { Session } from "./session.ts";
import { openScratch, scratchFolder, withConnection } from "./scratch.test.support.ts";

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = scratchFolder();
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inFolderTest(name: string, body: (folder: string) => Promise<void>): void {
  test(name, () => inFolder(body));
}

describe("opening a new store", () => {
  inFolderTest("makes its folder and its files for this user only", async (folder) => {
    const path = join(folder, "deep", "er", "store.db");
    const store = await openSqliteStore({ path });
    await store.append(admissionOf("a"));
    assert.equal(modeOf(dirname(path)), "700");
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(modeOf(file), "600", file);
    await store.close();
  });

  inFolderTest("is not taken for something else while another process makes it", async (folder) => {
    const path = join(folder, "store.db");
    withConnection(path, (session) => {
      session.exec("pragma journal_mode = wal");
      let asked = 0;
      const get: Session["get"] = (sql, ...values) => {
        if (asked++ === 1) withConnection(path, (other) => migrate(other, path));
        return session.get(sql, ...values);
      };
      assert.deepEqual(identify({ get }, path), { kind: "store", version: migrations.length });
      withConnection(path, (other) => migrate(other, path));
      assert.deepEqual(identify({ get: (sql, ...values) => session.get(sql, ...values) }, path), {
        kind: "store",
        version: migrations.length,
      });
    });
  });

  inFolderTest("takes an empty file for a new store", async (folder) => {
    const path = join(folder, "empty.db");
    writeFileSync(path, "");
    const store = await openSqliteStore({ path });
    assert.equal((await store.info()).schema, migrations.length);
    await store.close();
  });

  inFolderTest("gives each store a scope of its own, which opening again finds", async (folder) => {
    const scopes: string[] = [];
    for (const name of ["a.db", "b.db", "a.db"]) {
      const store = await openSqliteStore({ path: join(folder, name) });
      scopes.push(store.scope);
      await store.close();
    }
    assert.equal(scopes[0], scopes[2]);
    assert.notEqual(scopes[0], scopes[1]);
    assert.match(scopes[0] ?? "", /^[0-9a-f]{32}$/);
  });

  inFolderTest("works when many open it at once", async (folder) => {
    const path = join(folder, "store.db");
    const stores = await Promise.all(Array.from({ length: 8 }, () => openSqliteStore({ path })));
    assert.equal(new Set(stores.map(({ scope }) => scope)).size, 1);
    for (const [index, store] of stores.entries()) await store.append(admissionOf(`${index}`));
    assert.equal((await stores[0]?.info())?.runs, 8);
    for (const store of stores) await store.close();
  });

  inFolderTest("uses a write-ahead log with a sync at every commit", async (folder) => {
    const path = join(folder, "store.db");
    const driver = new FaultyDriver();
    const store = await openSqliteStore({ path, driver });
    const settings = ["synchronous", "recursive_triggers", "foreign_keys", "busy_timeout"].map((pragma) => {
      const row = driver.connections.at(-1)?.prepare(`pragma ${pragma}`).get() ?? {};
      return Object.values(row)[0] as unknown;
    });
    assert.deepEqual(settings, [2, 1, 1, 0]);
    await store.close();
    withConnection(path, (session) => assert.deepEqual({ ...session.get<object>("pragma journal_mode") }, { journal_mode: "wal" }));
  });
});

describe("migration", () => {
  inFolderTest("brings an older file forward in one transaction, step by step", async (folder) => {
    const path = join(folder, "store.db");
    const store = await openSqliteStore({ path });
    await store.append(admissionOf("a"));
    await store.close();
    withConnection(path, (session) => {
      const broken = [...migrations, "create table second (a integer) strict", "create table second (a integer) strict"];
      assert.throws(() => migrate(session, path, broken), /already exists/);
      assert.equal(readPragma(session, "user_version"), migrations.length);
      assert.equal(session.get("select 1 from sqlite_schema where name = 'second'"), undefined);
      migrate(session, path, [...migrations, "create table second (a integer) strict", "create table third (a integer) strict"]);
      assert.equal(readPragma(session, "user_version"), migrations.length + 2);
      assert.equal(session.all("select name from sqlite_schema where name in ('second', 'third')").length, 2);
      assert.equal(session.all("select * from runs").length, 1);
    });
    await assert.rejects(openSqliteStore({ path }), { code: "STORE_NEWER" });
  });

  test("of a released version is never changed", () => {
    assert.equal(digestOf(migrations[0] ?? ""), "sha256:b753032f80bdac2a5c1604edda13c8a11247bcacfcfb8deba138527938ec163b");
  });

  inFolderTest("refuses a newer file and leaves it as it is", async (folder) => {
    const path = join(folder, "store.db");
    await (await openSqliteStore({ path })).close();
    withConnection(path, (session) => session.exec(`pragma user_version = ${migrations.length + 1}`));
    const held = readFileSync(path);
    await assert.rejects(openSqliteStore({ path }), { code: "STORE_NEWER" });
    assert.deepEqual(readFileSync(path), held);
  });
});

describe("opening what is no store", () => {
  const cases: readonly (readonly [string, string, (path: string) => void])[] = [
    ["a text file", "STORE_CORRUPT", (path) => writeFileSync(path, "these are my notes\n".repeat(100))],
    ["a short file", "STORE_CORRUPT", (path) => writeFileSync(path, "my notes")],
    [
      "another application's database",
      "STORE_CORRUPT",
      (path) => withConnection(path, (session) => session.exec("create table notes (text)")),
    ],
    [
      "another application's marked database",
      "STORE_CORRUPT",
      (path) => withConnection(path, (session) => session.exec("pragma application_id = 7; create table notes (text)")),
    ],
    [
      "a damaged header",
      "STORE_CORRUPT",
      (path) => writeFileSync(path, Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(5000, 7)])),
    ],
  ];
  for (const [name, code, make] of cases) {
    inFolderTest(`refuses ${name} and leaves it as it is`, async (folder) => {
      const path = join(folder, "store.db");
      make(path);
      const held = readFileSync(path);
      await assert.rejects(openSqliteStore({ path }), { code });
      assert.deepEqual(readFileSync(path), held);
      assert.equal(existsSync(`${path}-wal`), false);
    });
  }

  inFolderTest("refuses a folder, and a path through a file", async (folder) => {
    await assert.rejects(openSqliteStore({ path: folder }), { code: "STORE_UNAVAILABLE" });
    writeFileSync(join(folder, "file"), "");
    await assert.rejects(openSqliteStore({ path: join(folder, "file", "store.db") }), { code: "STORE_UNAVAILABLE" });
  });
});

describe("permissions", () => {
  /** In a process of its own. As root everything may be written, so another user tries. */
  function openAs(user: "me" | "other", path: string): string {
    const child = fileURLToPath(new URL("open-once.test.child.js", import.meta.url));
    const other = user === "other" && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    return execFileSync(process.execPath, [child, path], { ...other, encoding: "utf8" }).trim();
  }

  inFolderTest("are named where a folder or file cannot be written", async (folder) => {
    chmodSync(folder, 0o755);
    const inner = join(folder, "inner");
    const path = join(inner, "store.db");
    mkdirSync(inner);
    chmodSync(inner, 0o555);
    assert.equal(openAs("other", path), "STORE_READ_ONLY");
    assert.equal(openAs("other", join(inner, "deep", "store.db")), "STORE_READ_ONLY");
    chmodSync(inner, 0o755);
    assert.equal(openAs("me", path), "opened");
    chmodSync(path, 0o666);
    chmodSync(inner, 0o555);
    assert.equal(openAs("other", path), "STORE_READ_ONLY");
    chmodSync(inner, 0o777);
    chmodSync(path, 0o444);
    assert.equal(openAs("other", path), "STORE_READ_ONLY");
    chmodSync(path, 0o666);
    assert.equal(openAs("other", path), "opened");
  });
});

describe("a file that is moved or removed while it is open", () => {
  test("is noticed before anything is written to where nobody would find it", async () => {
    const { store, path, close } = await openScratch();
    await store.append(admissionOf("a"));
    renameSync(path, `${path}.moved`);
    await assert.rejects(store.append(admissionOf("b")), { code: "STORE_UNAVAILABLE" });
    await assert.rejects(store.append(admissionOf("b")), { code: "STORE_UNAVAILABLE" });
    assert.equal(existsSync(path), false);
    renameSync(`${path}.moved`, path);
    assert.equal((await store.append(admissionOf("c"))).kind, "appended");
    assert.equal((await store.info()).runs, 2);
    await close();
  });

  test("is not taken for another store in its place", async () => {
    const { store, path, folder, close } = await openScratch();
    const held = join(folder, "held.db");
    renameSync(path, held);
    const other = await openSqliteStore({ path });
    await other.close();
    await assert.rejects(store.append(admissionOf("a")), { code: "STORE_UNAVAILABLE" });
    await assert.rejects(store.readRun(admissionOf("a").runId), { code: "STORE_UNAVAILABLE" });
    assert.equal((await other.info().catch(() => undefined))?.runs, undefined);
    await close();
  });
});
