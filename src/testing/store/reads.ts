/** Conformance: lists, snapshots, and what is still there when the store is opened again. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import type { RunFilter, Store } from "../../kernel/store.ts";
import { type OpenStore, startOfTime, storeTest } from "./subject.ts";
import { otherOp, runIdFor, someOp } from "./streams.ts";

export function testReads(open: OpenStore): void {
  describe("listRuns", () => testLists(open));
  describe("snapshots", () => testSnapshots(open));
  describe("the store", () => testStore(open));
}

function testLists(open: OpenStore): void {
  storeTest("lists runs newest first, page by page", open, async ({ store, admit }) => {
    for (let index = 0; index < 7; index++) await admit(`${index}`);
    const pages: string[][] = [];
    let before: number | undefined;
    for (;;) {
      const page = await store.listRuns({ limit: 3, ...(before === undefined ? {} : { before }) });
      if (page.length === 0) break;
      pages.push(page.map(({ run }) => run.runId));
      before = page.at(-1)?.admissionOrder;
    }
    const expected = [6, 5, 4, 3, 2, 1, 0].map((index) => runIdFor(`${index}`));
    assert.deepEqual(pages, [expected.slice(0, 3), expected.slice(3, 6), expected.slice(6)]);
    const [newest] = await store.listRuns({ limit: 1 });
    const { admissionOrder, ...stored } = newest ?? assert.fail();
    assert.equal(typeof admissionOrder, "number");
    assert.deepEqual(stored, await store.readRun(stored.run.runId));
  });

  storeTest("lists by status, entry point, parent, prefix, and all of them together", open, async ({ store, admit, go }) => {
    const parent = (await admit("parent")).run;
    await admit("child", { parent: parent.runId });
    await go((await admit("ended child", { parent: parent.runId })).run, { does: "succeed" });
    await go((await admit("ended other", { entryPoint: otherOp })).run, { does: "succeed" });
    await go((await admit("paused", { entryPoint: otherOp })).run, { does: "pause" });
    const names = ["parent", "child", "ended child", "ended other", "paused"];
    const listed = (filter: Omit<RunFilter, "limit">): Promise<(string | undefined)[]> => listNames(store, names, filter);
    assert.deepEqual(await listed({}), names.toReversed());
    assert.deepEqual(await listed({ status: "succeeded" }), ["ended other", "ended child"]);
    assert.deepEqual(await listed({ status: "failed" }), []);
    assert.deepEqual(await listed({ entryPoint: someOp }), ["ended child", "child", "parent"]);
    assert.deepEqual(await listed({ parent: parent.runId }), ["ended child", "child"]);
    assert.deepEqual(await listed({ parent: parent.runId, status: "running" }), ["child"]);
    assert.deepEqual(await listed({ status: "succeeded", entryPoint: otherOp }), ["ended other"]);
    const prefix = runIdFor("ended child").slice(0, 20);
    assert.deepEqual(await listed({ prefix }), ["ended child"]);
    assert.deepEqual(await listed({ prefix, status: "succeeded", entryPoint: someOp, parent: parent.runId }), ["ended child"]);
    assert.deepEqual(await listed({ prefix, status: "running" }), []);
  });

  storeTest("lists by prefixes of any length", open, async ({ store, admit }) => {
    const names = Array.from({ length: 40 }, (_, index) => `run ${index}`);
    for (const name of names) await admit(name);
    const { runId } = { runId: runIdFor("run 17") };
    for (let length = 0; length <= runId.length; length++) {
      const prefix = runId.slice(0, length);
      const expected = names.filter((name) => runIdFor(name).startsWith(prefix)).toReversed();
      assert.deepEqual(await listNames(store, names, { prefix }), expected, prefix);
    }
    for (const prefix of ["x", "run:x", "run:%", "run;", "RUN:", `${runId}0`])
      assert.deepEqual(await store.listRuns({ prefix, limit: 10 }), [], prefix);
  });
}

async function listNames(store: Store, names: readonly string[], filter: Omit<RunFilter, "limit">): Promise<(string | undefined)[]> {
  const byId = new Map<string, string>(names.map((name) => [runIdFor(name), name]));
  return (await store.listRuns({ ...filter, limit: 100 })).map(({ run }) => byId.get(run.runId));
}

function testSnapshots(open: OpenStore): void {
  const snapshotOf = (body: string): { digest: ReturnType<typeof digestOf>; body: string } => ({ digest: digestOf(body), body });

  storeTest("keeps the newest one of a run, and its bytes", open, async ({ store, admit, go }) => {
    const first = (await admit("a")).run;
    const second = await go(first);
    assert.equal(await store.readSnapshot(first.runId), undefined);
    await store.writeSnapshot(first.runId, second.head, snapshotOf("at 1"));
    await store.writeSnapshot(first.runId, first.head, snapshotOf("at 0"));
    assert.deepEqual(await store.readSnapshot(first.runId), { head: second.head, digest: digestOf("at 1") });
    const third = await go(second);
    await store.writeSnapshot(first.runId, third.head, snapshotOf("at 2"));
    assert.deepEqual(await store.readSnapshot(first.runId), { head: third.head, digest: digestOf("at 2") });
    assert.equal(Buffer.from((await store.readArtifact(digestOf("at 2"))) ?? []).toString(), "at 2");
  });

  storeTest("keeps none of a run that is not here, or at a head that its stream does not have", open, async ({ store, admit }) => {
    const { run } = await admit("a");
    await store.writeSnapshot(runIdFor("unknown"), run.head, snapshotOf("a"));
    await store.writeSnapshot(run.runId, { seq: 0, digest: digestOf("other") }, snapshotOf("b"));
    await store.writeSnapshot(run.runId, { seq: 9, digest: run.head.digest }, snapshotOf("c"));
    assert.equal(await store.readSnapshot(runIdFor("unknown")), undefined);
    assert.equal(await store.readSnapshot(run.runId), undefined);
    for (const text of ["a", "b", "c"]) assert.equal(await store.readArtifact(digestOf(text)), undefined);
  });

  storeTest("are not counted among the artifacts, and change nothing about the run", open, async ({ store, admit }) => {
    const { run } = await admit("a");
    const before = [(await store.info()).artifacts, await store.readRun(run.runId)];
    await store.writeSnapshot(run.runId, run.head, snapshotOf("a"));
    assert.deepEqual([(await store.info()).artifacts, await store.readRun(run.runId)], before);
  });
}

function testStore(open: OpenStore): void {
  storeTest("counts, tells its time, and finds nothing wrong with itself", open, async ({ store, admit, go, advance }) => {
    const { run } = await admit("a");
    await go(run, { before: 2 });
    const { runs, events, artifacts, scope } = await store.info();
    assert.deepEqual([runs, events, artifacts, scope], [1, 4, 6, store.scope]);
    const later = advance(5);
    assert.equal(await store.now(), later);
    assert.deepEqual(await store.check(), []);
  });

  storeTest("reads the events of all runs in the order of their commits, page by page", open, async ({ store, admit, go }) => {
    assert.deepEqual(await store.readCommits(null, 10), { events: [], next: null });
    const left = await go((await admit("left")).run, { before: 1 });
    const right = await go((await admit("right")).run);
    const seen: string[] = [];
    // A store may show what is committed a little later: others who use the same server can hold it back.
    const readOn = async (after: string | null, count: number): Promise<string | null> => {
      let at = after;
      while (seen.length < count) {
        const { events, next } = await store.readCommits(at, 2);
        for (const { runId, seq } of events) seen.push(`${runId === left.runId ? "left" : "right"} ${seq}`);
        at = next;
      }
      return at;
    };
    const end = await readOn(null, 5);
    assert.deepEqual(seen.splice(0), ["left 0", "left 1", "left 2", "right 0", "right 1"]);
    await go(left);
    await go(right);
    const last = await readOn(end, 2);
    assert.deepEqual(seen, ["left 3", "right 2"]);
    assert.deepEqual(await store.readCommits(last, 10), { events: [], next: last });
    const { events } = await store.readCommits(null, 1);
    const [first] = await store.readEvents(left.runId, 0, 1);
    assert.deepEqual(events, [{ ...first, runId: left.runId }]);
  });

  storeTest("is the same when it is opened again", open, async ({ store, reopen, admit, go }) => {
    if (reopen === undefined) return;
    const { run } = await admit("a", { lease: { owner: "me", milliseconds: 1000 }, wakeAt: startOfTime + 3 });
    const after = await go(run, { fence: 1, before: 3, wakeAt: startOfTime + 4 });
    await store.writeSnapshot(run.runId, after.head, { digest: digestOf("s"), body: "s" });
    const look = async (from: Store): Promise<unknown> => ({
      scope: from.scope,
      run: await from.readRun(run.runId),
      events: await from.readEvents(run.runId, 0, 100),
      snapshot: await from.readSnapshot(run.runId),
      counts: { ...(await from.info()), bytes: 0 },
    });
    const before = await look(store);
    const again = await reopen();
    assert.deepEqual(await look(again), before);
    const appended = await again.claim(run.runId, { owner: "another", milliseconds: 1, takeOver: false });
    assert.equal(appended.kind, "busy");
  });

  storeTest("refuses everything after it was closed", open, async ({ store, reopen }) => {
    if (reopen === undefined) return;
    await store.close();
    await store.close();
    await assert.rejects(store.readRun(runIdFor("a")), { code: "STORE_UNAVAILABLE" });
    await assert.rejects(store.claim(runIdFor("a"), { owner: "me", milliseconds: 1, takeOver: false }), { code: "STORE_UNAVAILABLE" });
  });
}
