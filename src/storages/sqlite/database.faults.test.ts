import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import type { Append, Store } from "../../kernel/store.ts";
import { admissionOf, nextOf, runIdFor } from "../../testing/store/streams.ts";
import { assertEqualStores } from "../../testing/store-differential.ts";
import { openModelStore } from "../model/model-store.ts";
import { type Fault, FaultyDriver, diskFull, inputOutputError, syncError } from "./faults.test.support.ts";
import { openScratch } from "./scratch.test.support.ts";

const now = 1_700_000_000_000;

interface Bench {
  readonly driver: FaultyDriver;
  readonly store: Store;
  readonly model: Store;
  readonly close: () => Promise<void>;
}

async function openBench(): Promise<Bench> {
  const driver = new FaultyDriver();
  const { store, close } = await openScratch({ driver, clock: () => now, busyLimitMs: 50 });
  return { driver, store, close, model: openModelStore({ clock: () => now }) };
}

/** What callers ask for at once while the disk fails: two runs go on, one begins, one ends and wakes its parent. */
async function prepare({ store, model }: Bench, round: number): Promise<Append[]> {
  const admissions = [
    admissionOf(`${round} a`),
    admissionOf(`${round} b`),
    admissionOf(`${round} child`, { parent: runIdFor(`${round} a`) }),
  ];
  for (const admission of admissions) assert.deepEqual(await store.append(admission), await model.append(admission));
  const [first, second, child] = admissions;
  return [
    nextOf(first?.run ?? assert.fail(), { before: 2, wakeAt: now + 5 }),
    nextOf(second?.run ?? assert.fail(), { does: "wait", wakeAt: now + 9 }),
    admissionOf(`${round} c`, { lease: { owner: "me", milliseconds: 5 } }),
    nextOf(child?.run ?? assert.fail(), { does: "succeed" }),
  ];
}

/** Plays into the model what the store says it did, or, where it could not say, what is found there afterwards. */
async function follow(
  { store, model }: Bench,
  appends: readonly Append[],
  results: readonly PromiseSettledResult<unknown>[],
): Promise<void> {
  for (const [index, append] of appends.entries()) {
    const result = results[index] ?? assert.fail();
    const last = append.events.at(-1) ?? assert.fail();
    const written = (await store.readEvents(append.runId, last.event.seq, 1))[0]?.digest === last.digest;
    if (result.status === "fulfilled") {
      assert.equal(written, true, "what was acknowledged is there");
      assert.deepEqual(await model.append(append), result.value);
      continue;
    }
    const error: unknown = result.reason;
    assert.ok(error instanceof MfmError, String(error));
    assert.ok(error.code === "STORE_FULL" || error.code === "STORE_UNAVAILABLE", error.code);
    if (error.entry.retry === "safe" || error.details["written"] === "no")
      assert.equal(written, false, "what was refused for sure is not there");
    if (written) await model.append(append);
  }
}

async function artifactsOf(appends: readonly Append[]): Promise<Append["artifacts"][number]["digest"][]> {
  return appends.flatMap((append) => append.artifacts.map(({ digest }) => digest));
}

const faults: readonly (readonly [string, Fault])[] = [
  ["a full disk", { errcode: diskFull, how: "instead", lasting: false }],
  ["a full disk at which SQLite rolls back", { errcode: diskFull, how: "rolling back", lasting: false }],
  ["a disk that stays full", { errcode: diskFull, how: "rolling back", lasting: true }],
  ["an input/output error", { errcode: inputOutputError, how: "instead", lasting: false }],
  ["an input/output error at which SQLite rolls back", { errcode: inputOutputError, how: "rolling back", lasting: false }],
  ["a disk that goes on failing", { errcode: inputOutputError, how: "instead", lasting: true }],
  ["an error after the statement took effect", { errcode: syncError, how: "after", lasting: false }],
];

describe("at every statement of a group", () => {
  for (const [name, fault] of faults) {
    test(`${name} loses nothing acknowledged, and leaves a store that works when it is over`, async () => {
      const bench = await openBench();
      const everything: Append[] = [];
      let index = 0;
      for (; ; index++) {
        const appends = await prepare(bench, index);
        everything.push(...appends);
        bench.driver.failAt(index, fault);
        const results = await Promise.allSettled(appends.map((append) => bench.store.append(append)));
        const { hits } = bench.driver;
        bench.driver.heal();
        await follow(bench, appends, results);
        await assertEqualStores(bench.store, bench.model, await artifactsOf(appends), `${name}, statement ${index}`);
        if (hits === 0) break;
        assert.ok(results.some(({ status }) => status === "rejected"));
      }
      // begin, commit, and for each member a savepoint, its checks, its rows and the release.
      assert.ok(index > 30, `${index} statements`);
      await assertEqualStores(bench.store, bench.model, await artifactsOf(everything), name);
      await bench.close();
    });
  }
});

describe("a commit whose outcome is unknown", () => {
  for (const how of ["instead", "after"] as const) {
    test(`is reported as such, and settled before anything is read (the commit took effect: ${how === "after"})`, async () => {
      const bench = await openBench();
      const appends = await prepare(bench, 0);
      bench.driver.failOn("commit", { errcode: syncError, how, lasting: false });
      const results = await Promise.allSettled(appends.map((append) => bench.store.append(append)));
      for (const result of results) {
        const error: unknown = result.status === "rejected" ? result.reason : undefined;
        assert.ok(error instanceof MfmError);
        assert.deepEqual([error.code, error.entry.retry, error.details["written"]], ["STORE_UNAVAILABLE", "reconcile", "unknown"]);
      }
      bench.driver.statements.length = 0;
      await follow(bench, appends, results);
      const settled = bench.driver.statements.indexOf("update meta set settled = settled + 1");
      const read = bench.driver.statements.findIndex((sql) => sql.includes("from events"));
      assert.ok(settled >= 0 && bench.driver.statements.indexOf("commit") > settled && read > settled);
      await assertEqualStores(bench.store, bench.model, await artifactsOf(appends), how);
      await bench.close();
    });
  }

  test("is not read past while it cannot be settled", async () => {
    const bench = await openBench();
    const [append = assert.fail()] = await prepare(bench, 0);
    bench.driver.failOn("commit", { errcode: inputOutputError, how: "instead", lasting: true });
    await assert.rejects(bench.store.append(append), { code: "STORE_UNAVAILABLE" });
    for (let round = 0; round < 3; round++) await assert.rejects(bench.store.readRun(append.runId), { code: "STORE_UNAVAILABLE" });
    bench.driver.heal();
    assert.deepEqual((await bench.store.readRun(append.runId))?.run.head, append.expected);
    assert.equal((await bench.store.append(append)).kind, "appended");
    await bench.close();
  });
});

describe("a full disk", () => {
  test("refuses what does not fit, keeps what was acknowledged, reads on, and goes on when there is space", async () => {
    const bench = await openBench();
    const { driver, store, model } = bench;
    const limit = (pages: number): void => driver.connections.at(-1)?.exec(`pragma max_page_count = ${pages}`);
    const admission = admissionOf("a");
    assert.deepEqual(await store.append(admission), await model.append(admission));
    limit(40);
    let { run } = admission;
    const done: Append[] = [];
    for (;;) {
      const append = nextOf(run, { label: "x".repeat(3000 + done.length) });
      const result = await store.append(append).catch((error: unknown) => error);
      if (result instanceof MfmError) {
        assert.deepEqual([result.code, result.entry.retry], ["STORE_FULL", "safe"]);
        break;
      }
      assert.deepEqual(result, await model.append(append));
      done.push(append);
      run = append.run;
    }
    assert.ok(done.length > 3);
    await assertEqualStores(store, model, await artifactsOf(done), "full");
    limit(1_000_000);
    const append = nextOf(run);
    assert.deepEqual(await store.append(append), await model.append(append));
    await assertEqualStores(store, model, await artifactsOf(done), "space again");
    await bench.close();
  });
});

describe("an error while opening", () => {
  const codes: readonly (readonly [number, string])[] = [
    [diskFull, "STORE_FULL"],
    [inputOutputError, "STORE_UNAVAILABLE"],
    [8, "STORE_READ_ONLY"],
    [11, "STORE_CORRUPT"],
    [14, "STORE_UNAVAILABLE"],
    [26, "STORE_CORRUPT"],
  ];
  for (const [errcode, code] of codes) {
    test(`with SQLite's code ${errcode} is reported as ${code} at whatever statement, and the next attempt succeeds`, async () => {
      for (let index = 0; ; index++) {
        const driver = new FaultyDriver();
        driver.failAt(index, { errcode, how: "instead", lasting: false });
        const opened = await openScratch({ driver }).catch((error: unknown) => error);
        if (!(opened instanceof Error)) {
          await (opened as Awaited<ReturnType<typeof openScratch>>).close();
          assert.ok(index > 8);
          return;
        }
        assert.equal((opened as MfmError).code, code);
      }
    });
  }
});
