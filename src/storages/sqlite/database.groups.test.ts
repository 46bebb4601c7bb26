import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MfmError } from "../../kernel/errors.ts";
import { admissionOf, nextOf, runIdFor } from "../../testing/store/streams.ts";
import { FaultyDriver } from "./faults.test.support.ts";
import { holdLock, openScratch } from "./scratch.test.support.ts";

describe("group commit", () => {
  test("commits what many callers ask for at once together", async () => {
    const driver = new FaultyDriver();
    const { store, close } = await openScratch({ driver });
    driver.statements.length = 0;
    const results = await Promise.all(
      Array.from({ length: 32 }, (_, index) => store.append(admissionOf(`${index}`, { lease: { owner: "me", milliseconds: 1000 } }))),
    );
    assert.equal(driver.statements.filter((sql) => sql === "commit").length, 1);
    assert.deepEqual(new Set(results.map(({ kind }) => kind)), new Set(["appended"]));
    await close();
  });

  test("commits a single caller's appends one by one", async () => {
    const driver = new FaultyDriver();
    const { store, close } = await openScratch({ driver });
    driver.statements.length = 0;
    for (let index = 0; index < 5; index++) await store.append(admissionOf(`${index}`));
    assert.equal(driver.statements.filter((sql) => sql === "commit").length, 5);
    await close();
  });

  test("bounds a group, and loses nothing of what is over the bound", async () => {
    const driver = new FaultyDriver();
    const { store, close } = await openScratch({ driver });
    driver.statements.length = 0;
    await Promise.all(Array.from({ length: 600 }, (_, index) => store.append(admissionOf(`${index}`))));
    assert.equal(driver.statements.filter((sql) => sql === "commit").length, 3);
    assert.equal((await store.info()).runs, 600);
    await close();
  });

  test("undoes only the member that is refused", async () => {
    const { store, close } = await openScratch();
    const { run } = admissionOf("a");
    await store.append(admissionOf("a"));
    const lost = { ...nextOf(run, { label: "lost" }), wakeAt: 0.5 };
    const results = await Promise.allSettled([
      store.append(admissionOf("b")),
      store.append(lost),
      store.append(nextOf(run, { label: "kept" })),
      store.claim(runIdFor("b"), { owner: "me", milliseconds: 1, takeOver: false }),
    ]);
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value.kind : (result.reason as MfmError).code)),
      ["appended", "INTERNAL", "appended", "claimed"],
    );
    assert.deepEqual((await store.readRun(run.runId))?.run, nextOf(run, { label: "kept" }).run);
    await close();
  });

  test("finishes what was asked for before it closes", async () => {
    const { store, reopen, close } = await openScratch();
    const pending = store.append(admissionOf("a"));
    const again = await reopen();
    assert.equal((await pending).kind, "appended");
    assert.equal((await again.info()).runs, 1);
    await close();
  });
});

describe("while another connection holds the lock", () => {
  test("an append waits without blocking the event loop, and reads go on", async () => {
    const driver = new FaultyDriver();
    const { store, path, close } = await openScratch({ driver });
    await store.append(admissionOf("a"));
    driver.statements.length = 0;
    const unlock = holdLock(path);
    const pending = store.append(admissionOf("b"));
    while (driver.statements.filter((sql) => sql === "begin immediate").length < 4) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await store.readRun(runIdFor("a")))?.run.runId, runIdFor("a"));
    assert.equal(await store.readRun(runIdFor("b")), undefined);
    assert.deepEqual(await store.claimNext({ owner: "me", milliseconds: 1, entryPoints: ["test.op/none@1"], exceptSpecs: [] }), []);
    unlock();
    assert.equal((await pending).kind, "appended");
    await close();
  });

  test("an append gives up in the end, having written nothing", async () => {
    const { store, path, close } = await openScratch({ busyLimitMs: 5 });
    const unlock = holdLock(path);
    const failures = await Promise.allSettled([
      store.append(admissionOf("a")),
      store.claim(runIdFor("a"), { owner: "me", milliseconds: 1, takeOver: false }),
    ]);
    for (const failure of failures) assert.equal(failure.status === "rejected" && (failure.reason as MfmError).code, "STORE_UNAVAILABLE");
    unlock();
    assert.equal((await store.info()).runs, 0);
    assert.equal((await store.append(admissionOf("a"))).kind, "appended");
    await close();
  });
});
