/** Conformance: keeping a lease and giving it back. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { type OpenStore, startOfTime, storeTest } from "./subject.ts";
import { runIdFor, someOp } from "./streams.ts";

const me = { owner: "me", milliseconds: 1000 } as const;

export function testLeases(open: OpenStore): void {
  describe("heartbeat", () => testHeartbeat(open));
  describe("release", () => testRelease(open));
  describe("listDrivers", () => testDrivers(open));
}

function testHeartbeat(open: OpenStore): void {
  storeTest("extends the leases that are still held, and names them", open, async ({ store, admit, go, advance }) => {
    const kept = (await admit("kept", { lease: me })).lease ?? assert.fail();
    const lost = (await admit("lost", { lease: me })).lease ?? assert.fail();
    const given = (await admit("given", { lease: me })).lease ?? assert.fail();
    const { run, lease: ended } = await admit("ended", { lease: me });
    await store.claim(lost.runId, { owner: "another", milliseconds: 1000, takeOver: true });
    await store.release(given, null);
    await go(run, { fence: 1, does: "fail" });
    const now = advance(500);
    const unknown = { ...kept, runId: runIdFor("unknown") };
    const strange = { ...kept, owner: "another" };
    assert.deepEqual(await store.heartbeat([kept, lost, given, ended ?? assert.fail(), unknown, strange], 1000), [kept.runId]);
    assert.equal((await store.readRun(kept.runId))?.lease?.expiresAt, now + 1000);
    assert.equal((await store.readRun(lost.runId))?.lease?.expiresAt, startOfTime + 1000);
    assert.deepEqual(await store.heartbeat([], 1000), []);
  });

  storeTest("extends a lease that expired and that nobody took", open, async ({ store, admit, advance }) => {
    const { run, lease } = await admit("a", { lease: me });
    const now = advance(60_000);
    assert.deepEqual(await store.heartbeat([lease ?? assert.fail()], 1000), [run.runId]);
    assert.deepEqual(await store.claim(run.runId, { ...me, takeOver: false }), {
      kind: "busy",
      lease: { ...lease, expiresAt: now + 1000 },
    });
  });

  storeTest("keeps a driven run from being found", open, async ({ store, admit, advance }) => {
    const { lease } = await admit("a", { lease: me, wakeAt: startOfTime });
    for (let round = 0; round < 5; round++) {
      advance(900);
      assert.deepEqual(await store.claimNext({ ...me, entryPoints: [someOp], exceptSpecs: [] }), []);
      await store.heartbeat([lease ?? assert.fail()], 1000);
    }
  });
}

function testDrivers(open: OpenStore): void {
  storeTest("names those whose leases are valid, with how many they hold and until when", open, async ({ store, admit, go, advance }) => {
    assert.deepEqual(await store.listDrivers(), []);
    await admit("short", { lease: { owner: "b", milliseconds: 10 } });
    await admit("long", { lease: { owner: "a", milliseconds: 500 } });
    await admit("longer", { lease: { owner: "a", milliseconds: 900 } });
    await admit("nobody's");
    const { run } = await admit("ended", { lease: { owner: "c", milliseconds: 900 } });
    await go(run, { fence: 1, does: "succeed" });
    const a = { owner: "a", runs: 2, until: startOfTime + 900 };
    assert.deepEqual(await store.listDrivers(), [a, { owner: "b", runs: 1, until: startOfTime + 10 }]);
    advance(10);
    assert.deepEqual(await store.listDrivers(), [a]);
    advance(490);
    assert.deepEqual(await store.listDrivers(), [{ ...a, runs: 1 }]);
  });
}

function testRelease(open: OpenStore): void {
  storeTest("ends the lease, says when the run is due, and does not count as a claim without progress", open, async ({ store, admit }) => {
    const { run } = await admit("a");
    await store.claim(run.runId, { ...me, takeOver: true });
    const claim = await store.claim(run.runId, { ...me, takeOver: true });
    await store.release(claim.kind === "claimed" ? claim.lease : assert.fail(claim.kind), startOfTime + 77);
    const stored = await store.readRun(run.runId);
    assert.deepEqual([stored?.lease, stored?.wakeAt, stored?.claims, stored?.poked], [null, startOfTime + 77, 0, false]);
    const again = await store.claim(run.runId, { ...me, takeOver: false });
    assert.equal(again.kind === "claimed" && again.lease.fence, 3);
  });

  storeTest("does nothing when another has claimed since", open, async ({ store, admit }) => {
    const { run, lease } = await admit("a", { lease: me });
    await store.claim(run.runId, { owner: "another", milliseconds: 1000, takeOver: true });
    const before = await store.readRun(run.runId);
    await store.release(lease ?? assert.fail(), null);
    await store.release({ ...(lease ?? assert.fail()), runId: runIdFor("unknown") }, null);
    assert.deepEqual(await store.readRun(run.runId), before);
  });

  storeTest("does nothing to an ended run", open, async ({ store, admit, go, advance }) => {
    const { run, lease } = await admit("a", { lease: me });
    await go(run, { fence: 1, does: "succeed" });
    const before = await store.readRun(run.runId);
    await store.release(lease ?? assert.fail(), startOfTime);
    assert.deepEqual(await store.readRun(run.runId), before);
    advance(10_000);
    assert.equal(await store.nextDue([someOp]), null);
  });

  storeTest(
    "leaves the fence: an append of the one who let go is still taken until somebody claims",
    open,
    async ({ store, admit, go }) => {
      const { run, lease } = await admit("a", { lease: me });
      await store.release(lease ?? assert.fail(), null);
      await go(run, { fence: 1 });
    },
  );
}
