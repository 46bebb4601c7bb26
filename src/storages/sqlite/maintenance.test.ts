import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import type { MfmError } from "../../kernel/errors.ts";
import { admissionOf, nextOf, runIdFor } from "../../testing/store/streams.ts";
import { openSqliteStore } from "./open.ts";
import { type Scratch, openScratch, problemsOf, withConnection } from "./scratch.test.support.ts";

async function openWithRuns(): Promise<Scratch> {
  const scratch = await openScratch();
  for (const name of ["a", "b"]) {
    const admission = admissionOf(name);
    await scratch.store.append(admission);
    const next = nextOf(admission.run, { before: 3 });
    await scratch.store.append(next);
    await scratch.store.writeSnapshot(next.runId, next.run.head, { digest: digestOf(name), body: name });
  }
  await scratch.store.append(nextOf(nextOf(admissionOf("b").run, { before: 3 }).run, { does: "succeed" }));
  return scratch;
}

const loosen =
  "drop trigger events_update; drop trigger events_delete; drop trigger artifacts_update; drop trigger artifacts_delete; drop trigger runs_rename; drop trigger runs_delete; pragma foreign_keys = 0;";
const a = runIdFor("a");
const b = runIdFor("b");

/** What somebody does to the file behind the store's back, and the places where the check must say so. */
const damages: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "an event's text is altered",
    "update events set body = replace(body, 'StepCompleted', 'StepCompIeted') where run_no = 1 and seq = 2",
    [`${a} event 2`],
  ],
  [
    "an event is rewritten with its digest",
    `update events set body = '{}', digest = x'${digestOf("{}").slice(7)}' where run_no = 1 and seq = 2`,
    [`${a} event 2`, `${a} event 3`],
  ],
  [
    "an event's text is no JSON",
    `update events set body = '{', digest = x'${digestOf("{").slice(7)}' where run_no = 1 and seq = 4`,
    [`${a} event 4`, a, "snapshot of run 1"],
  ],
  ["an event is removed", "delete from events where run_no = 1 and seq = 2", [`${a} event 3`]],
  ["the last event is removed", "delete from events where run_no = 1 and seq = 4", [a, "snapshot of run 1"]],
  ["all events of a run are removed", "delete from events where run_no = 1", [a, "snapshot of run 1"]],
  ["a run's row is removed", "delete from runs where run_no = 1", ["events row", "snapshots row"]],
  [
    "an event is moved to another run",
    "update events set run_no = 2, seq = 6 where run_no = 1 and seq = 4",
    [a, `${b} event 6`, b, "snapshot of run 1"],
  ],
  ["two events change places in the commit order", "update events set commit_order = 1000 where run_no = 1 and seq = 1", [`${a} event 2`]],
  ["a row names another head", "update runs set head_seq = 3 where run_no = 1", [a]],
  [
    "a row says that a run ended",
    "update runs set status = 'succeeded', run = json_set(run, '$.status', 'succeeded') where run_no = 1",
    [a],
  ],
  [
    "a row says that an ended run goes on",
    "update runs set status = 'running', run = json_set(run, '$.status', 'running') where run_no = 2",
    [b],
  ],
  ["a row's status contradicts its document", "update runs set status = 'failed' where run_no = 1", [a]],
  ["a row names another spec", "update runs set spec_ref = config_digest where run_no = 1", [a]],
  ["a row names another configuration", "update runs set config_digest = spec_ref where run_no = 1", [a]],
  ["an ended run is made due", "update runs set wake_at = 1, claimable_at = 1 where run_no = 2", [b]],
  ["a due run is hidden", "update runs set claimable_at = null where run_no = 1", [a]],
  ["an artifact is altered", "update artifacts set body = x'00' where artifact_no = 2", [digestOf('{"config":"a"}')]],
  ["an artifact is removed", "delete from artifacts where artifact_no = 2", [`${a} event 0`]],
  [
    "an artifact that nothing refers to is added",
    `insert into artifacts (digest, body) values (x'${digestOf("x").slice(7)}', cast('x' as blob))`,
    [digestOf("x")],
  ],
  ["a snapshot is altered", "update snapshots set body = x'00' where run_no = 1", ["snapshot of run 1"]],
  ["a snapshot is of another stream", "update snapshots set head_digest = x'00' where run_no = 1", ["snapshot of run 1"]],
];

describe("check", () => {
  test("finds nothing in a store that was only used, from a thread of its own", async () => {
    const { store, close } = await openWithRuns();
    assert.deepEqual(await store.check(), []);
    await close();
  });

  for (const [name, sql, places] of damages) {
    test(`finds that ${name}, and where`, async () => {
      const { store, path, folder } = await openWithRuns();
      await store.close();
      withConnection(path, (session) => session.exec(`${loosen} ${sql}`));
      // With an event goes what its artifacts were there for.
      const problems = problemsOf(path).filter(
        ({ where, what }) => what !== "an artifact that no event refers to" || places.includes(where),
      );
      const found = new Set(problems.map(({ where }) => where.replace(/ row \d+$/, " row")));
      assert.deepEqual(found, new Set(places));
      rmSync(folder, { recursive: true });
    });
  }

  test("finds a damaged page, whichever it is, and opening says nothing worse than that", async () => {
    const { store, path, folder } = await openWithRuns();
    await store.close();
    const bytes = readFileSync(path);
    const page = 4096;
    assert.ok(bytes.length > 10 * page);
    for (let start = 0; start < bytes.length; start += page) {
      const damaged = join(folder, `damaged at ${start}.db`);
      writeFileSync(damaged, Buffer.from(bytes).fill(0xaa, start === 0 ? 100 : start, start + page));
      assert.notEqual(problemsOf(damaged).length, 0, damaged);
      const opened = await openSqliteStore({ path: damaged }).catch((error: unknown) => error as MfmError);
      if (opened instanceof Error) assert.equal(opened.code, "STORE_CORRUPT");
      else await opened.close();
    }
    rmSync(folder, { recursive: true });
  });
});

describe("backup", () => {
  test("copies the store as it is at one moment, while others write", async () => {
    const { store, path, folder, close } = await openWithRuns();
    const copy = join(folder, "copy.db");
    const progress = { done: false };
    const backup = store.backup(copy).finally(() => (progress.done = true));
    let { run } = admissionOf("c");
    let appends = 0;
    await store.append(admissionOf("c"));
    while (!progress.done) {
      const append = nextOf(run, { before: 2 });
      await store.append(append);
      run = append.run;
      appends++;
    }
    await backup;
    assert.ok(appends > 0);
    assert.equal((statSync(copy).mode & 0o777).toString(8), "600");
    assert.deepEqual(problemsOf(copy), []);
    const restored = await openSqliteStore({ path: copy });
    assert.equal(restored.scope, store.scope);
    assert.deepEqual(await restored.readEvents(a, 0, 100), await store.readEvents(a, 0, 100));
    assert.equal((await restored.readEvents(run.runId, 0, 100_000)).length % 3, Math.min(1, (await restored.info()).runs - 2));
    await restored.close();
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes("partial")),
      [],
    );
    assert.ok(existsSync(path));
    await close();
  });

  test("refuses a destination that exists, and leaves it as it is", async () => {
    const { store, path, folder, close } = await openWithRuns();
    const other = join(folder, "other");
    writeFileSync(other, "");
    for (const destination of [other, path, folder]) await assert.rejects(store.backup(destination), { code: "BACKUP_REFUSED" });
    assert.equal(statSync(other).size, 0);
    await assert.rejects(store.backup(join(folder, "missing", "copy.db")), { code: "STORE_UNAVAILABLE" });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes("partial")),
      [],
    );
    await close();
  });
});
