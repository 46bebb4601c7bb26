import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, test } from "node:test";
import { administer } from "../../test/postgres/schemas.ts";
import { openScratch as openPostgres } from "../../test/postgres/scratch.ts";
import { sharedServer } from "../../test/postgres/servers.ts";
import type { Store } from "../kernel/store.ts";
import { act, working } from "../testing/store/effect-streams.ts";
import { admissionOf, runIdFor } from "../testing/store/streams.ts";
import { openScratch as openSqlite, problemsOf, withConnection } from "./sqlite/scratch.test.support.ts";

const a = runIdFor("a");
const lane = "lane one";

/** Two runs in a lane: one effect of `a` is open, one waits; one of `b` waits behind it. */
async function fill(store: Store): Promise<void> {
  for (const name of ["a", "b"]) {
    const admission = admissionOf(name);
    await store.append(admission);
    const intended = act(working(admission.run), [
      { does: "intend", step: "1", lane },
      { does: "intend", step: "2", lane },
    ]);
    await store.append(intended.append);
    if (name === "b") continue;
    const taken = act(intended.after, [
      { does: "acquire", step: "1", seq: 0, slot: 5 },
      { does: "prepare", step: "1" },
      { does: "dispatch", step: "1" },
      { does: "explain", step: "2", next: 3 },
    ]);
    await store.append(taken.append);
  }
}

const first = "effect_no = 1";
/** What somebody does to the rows, the same in both databases, and the places where the check must say so. */
const damages: readonly (readonly [string, string, readonly string[]])[] = [
  ["an effect's row is of another state", `update effects set state = 'settled' where ${first}`, [`${a} effect 1`]],
  ["an effect's row has an outcome", `update effects set outcome = 'success' where ${first}`, [`${a} effect 1`]],
  ["an effect's row counts other candidates", `update effects set candidates = 2 where ${first}`, [`${a} effect 1`]],
  ["an effect's row has another identity", `update effects set identity = 'x' where ${first}`, [`${a} effect 1`]],
  ["an effect's row names another lane", `update effects set lane = 'x' where ${first}`, [`${a} effect 1`]],
  ["an effect's row has another slot", `update effects set slot = 6 where ${first}`, [`${a} effect 1`]],
  ["an effect's row says that it holds its slot", `update effects set place = 'held' where ${first}`, [`${a} effect 1`]],
  ["a row of what waits has lost its ticket", "update effects set ticket = null where effect_no = 2", [`${a} effect 2`]],
  ["an effect's row is gone", `delete from effects where ${first}`, [`${a} effect 1`]],
  ["all rows of a run's effects are gone", "delete from effects where run_no = 1", [`${a} effect 1`, `${a} effect 2`]],
  ["an effect's row is of another run", `update effects set run_no = 2 where ${first}`, [`${a} effect 1`, `${runIdFor("b")} effect 1`]],
  ["the queue stands in another order", "update effects set ticket = 100 where effect_no = 2", [`lane ${lane}`]],
  ["two have the same turn", "update effects set ticket = (select max(ticket) from effects) where place = 'queued'", [`lane ${lane}`]],
  ["a lane gave more slots", "update lanes set seq = 2", [`lane ${lane}`]],
  ["a lane knows of other slots", "update lanes set next = null", [`lane ${lane}`]],
  ["a lane's row is gone", "delete from lanes", [`lane ${lane}`]],
  ["there is a lane in which nothing stood", "insert into lanes (lane, seq) values ('x', 0)", ["lane x"]],
];

describe("the check of a store finds that", () => {
  for (const [name, sql, places] of damages) {
    test(`${name}, in SQLite`, async () => {
      const { store, path, folder } = await openSqlite();
      await fill(store);
      await store.close();
      assert.deepEqual(problemsOf(path), []);
      withConnection(path, (session) => session.exec(sql));
      assert.deepEqual(new Set(problemsOf(path).map(({ where }) => where)), new Set(places));
      rmSync(folder, { recursive: true });
    });
  }

  test("slots were not given one after the other, whatever the rows say", async () => {
    const { store, path, folder } = await openSqlite();
    const { run } = admissionOf("a");
    await store.append(admissionOf("a"));
    const intended = act(working(run), [{ does: "intend", step: "1", lane }]);
    await store.append(intended.append);
    const { append } = act(intended.after, [{ does: "acquire", step: "1", seq: 4, slot: 5 }]);
    await store.append({ ...append, lanes: [{ lane, take: { seq: 0, slots: 1 }, next: null }] });
    await store.close();
    assert.deepEqual(
      problemsOf(path).map(({ where }) => where),
      [`lane ${lane}`],
    );
    rmSync(folder, { recursive: true });
  });

  test("events of an effect could not have happened", async () => {
    const { store, path, folder } = await openSqlite();
    const { run } = admissionOf("a");
    await store.append(admissionOf("a"));
    const intended = act(working(run), [{ does: "intend", step: "1" }]);
    await store.append(intended.append);
    // The step is intended twice.
    await store.append(act(working(intended.after.run), [{ does: "intend", step: "1" }]).append);
    await store.close();
    assert.deepEqual(
      problemsOf(path).map(({ where }) => where),
      [`${a} effects`],
    );
    rmSync(folder, { recursive: true });
  });

  test("the same in PostgreSQL, each taken back before the next", async () => {
    const { store, address, close } = await openPostgres();
    const { url } = await sharedServer();
    await fill(store);
    const path = `set search_path = ${address.schema}`;
    await administer(url, path, "create table effects_kept as table effects", "create table lanes_kept as table lanes");
    for (const [name, sql, places] of damages) {
      await administer(url, path, sql);
      assert.deepEqual(new Set((await store.check()).map(({ where }) => where)), new Set(places), name);
      const restore = ["effects", "lanes"].flatMap((table) => [
        `delete from ${table}`,
        `insert into ${table} ${table === "effects" ? "overriding system value" : ""} select * from ${table}_kept`,
      ]);
      await administer(url, path, ...restore);
    }
    await close();
  });
});
