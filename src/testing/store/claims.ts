/** Conformance: claiming one run, and finding the next one that is due. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Digest } from "../../kernel/canonical.ts";
import type { RunId } from "../../kernel/names.ts";
import type { Store } from "../../kernel/store.ts";
import { type OpenStore, startOfTime, storeTest } from "./subject.ts";
import { admissionOf, otherOp, runIdFor, someOp } from "./streams.ts";

const me = { owner: "me", milliseconds: 1000 } as const;
const another = { owner: "another", milliseconds: 1000 } as const;

async function next(
  store: Store,
  entryPoints: readonly string[] = [someOp],
  exceptSpecs: readonly Digest[] = [],
): Promise<RunId | undefined> {
  return (await store.claimNext({ ...me, entryPoints, exceptSpecs }))[0]?.lease.runId;
}

export function testClaims(open: OpenStore): void {
  describe("claim", () => testClaim(open));
  describe("claimNext", () => {
    testDue(open);
    testChoice(open);
    testSeveral(open);
  });
  describe("nextDue", () => testNextDue(open));
}

function testClaim(open: OpenStore): void {
  storeTest("gives a lease on a run, due or not, and what is stored about it", open, async ({ store, admit }) => {
    const { run } = await admit("a", { wakeAt: startOfTime + 99_999 });
    const claim = await store.claim(run.runId, { ...me, takeOver: false });
    const lease = { runId: run.runId, owner: "me", fence: 1, expiresAt: startOfTime + 1000 };
    assert.deepEqual(claim, { kind: "claimed", lease, stored: await store.readRun(run.runId) });
    const stored = await store.readRun(run.runId);
    assert.deepEqual([stored?.lease, stored?.claims, stored?.poked, stored?.wakeAt], [lease, 1, false, startOfTime]);
  });

  storeTest("finds the run busy while a lease is valid, also for its own owner", open, async ({ store, admit, advance }) => {
    const { run, lease } = await admit("a", { lease: me });
    for (const request of [me, another])
      assert.deepEqual(await store.claim(run.runId, { ...request, takeOver: false }), { kind: "busy", lease });
    advance(999);
    assert.equal((await store.claim(run.runId, { ...another, takeOver: false })).kind, "busy");
    advance(1);
    assert.equal((await store.claim(run.runId, { ...another, takeOver: false })).kind, "claimed");
  });

  storeTest("takes over at once when told to, with a higher fence each time", open, async ({ store, admit }) => {
    const { run } = await admit("a", { lease: me });
    const fences: number[] = [];
    for (let round = 0; round < 3; round++) {
      const claim = await store.claim(run.runId, { ...another, takeOver: true });
      if (claim.kind === "claimed") fences.push(claim.lease.fence, claim.stored.claims);
    }
    assert.deepEqual(fences, [2, 1, 3, 2, 4, 3]);
  });

  storeTest("counts claims until an append, by whomever", open, async ({ store, admit, go }) => {
    const { run } = await admit("a");
    for (let round = 0; round < 3; round++) await store.claim(run.runId, { ...me, takeOver: true });
    assert.equal((await store.readRun(run.runId))?.claims, 3);
    await go(run);
    assert.equal((await store.readRun(run.runId))?.claims, 0);
  });

  storeTest("says that a run ended, or that there is none", open, async ({ store, admit, go }) => {
    const { run } = await admit("a");
    await go(run, { does: "fail" });
    assert.deepEqual(await store.claim(run.runId, { ...me, takeOver: true }), { kind: "ended" });
    assert.deepEqual(await store.claim(runIdFor("unknown"), { ...me, takeOver: true }), { kind: "unknown" });
  });

  storeTest("goes to exactly one of many who ask at once", open, async ({ store, admit }) => {
    const { run } = await admit("a");
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, index) => store.claim(run.runId, { owner: `${index}`, milliseconds: 1000, takeOver: false })),
    );
    assert.equal(claims.filter(({ kind }) => kind === "claimed").length, 1);
  });
}

function testDue(open: OpenStore): void {
  storeTest("finds a run that was admitted without a lease, at once", open, async ({ store, admit }) => {
    const { run } = await admit("a");
    const [claim] = await store.claimNext({ ...me, entryPoints: [someOp], exceptSpecs: [] });
    assert.deepEqual(claim, {
      lease: { runId: run.runId, owner: "me", fence: 1, expiresAt: startOfTime + 1000 },
      stored: await store.readRun(run.runId),
    });
    assert.equal(await next(store), undefined);
  });

  storeTest("finds a run when its time has come, not before", open, async ({ store, admit, go, advance }) => {
    const { run } = await admit("a", { lease: me });
    await go(run, { fence: 1, does: "wait", wakeAt: startOfTime + 5000 });
    await store.release({ runId: run.runId, fence: 1, owner: "me", expiresAt: 0 }, startOfTime + 5000);
    assert.equal(await next(store), undefined);
    advance(4999);
    assert.equal(await next(store), undefined);
    advance(1);
    assert.equal(await next(store), run.runId);
  });

  storeTest("finds nothing where only something outside can wake, until it does", open, async ({ store, admit, go, advance }) => {
    const { run, lease } = await admit("a", { lease: me });
    const waiting = await go(run, { fence: 1, does: "wait" });
    await store.release(lease ?? assert.fail(), null);
    advance(1_000_000);
    assert.equal(await next(store), undefined);
    await go(waiting, { fence: null });
    assert.equal(await next(store), run.runId);
  });

  storeTest("finds the run of a driver that died without a word, when its lease is over", open, async ({ store, admit, advance }) => {
    const { run } = await admit("a", { lease: me });
    assert.equal((await store.claim(run.runId, { ...another, takeOver: true })).kind, "claimed");
    advance(999);
    assert.equal(await next(store), undefined);
    advance(1);
    assert.equal(await next(store), run.runId);
  });

  storeTest("finds a run that was poked while it was driven, when the driver lets go", open, async ({ store, admit, go }) => {
    const { run, lease } = await admit("a", { lease: me });
    await go(run, { fence: null });
    assert.equal(await next(store), undefined);
    await store.release(lease ?? assert.fail(), null);
    assert.equal(await next(store), run.runId);
  });

  storeTest("never finds an ended run", open, async ({ store, admit, go, advance }) => {
    for (const does of ["succeed", "fail", "cancel"] as const) await go((await admit(does)).run, { does, wakeAt: startOfTime });
    advance(10_000);
    assert.equal(await next(store), undefined);
  });
}

function testChoice(open: OpenStore): void {
  storeTest(
    "takes the run that could be claimed for the longest time, of equals the first admitted",
    open,
    async ({ store, admit, advance }) => {
      const names = ["late", "early", "poked", "poked too"];
      const lease = { owner: "me", milliseconds: 1 };
      const runs = new Map<RunId, string>(names.map((name) => [runIdFor(name), name]));
      await admit("late", { lease, wakeAt: startOfTime + 20 });
      await admit("early", { lease, wakeAt: startOfTime + 10 });
      advance(15);
      await admit("poked", { wakeAt: startOfTime + 500 });
      await admit("poked too");
      advance(100);
      const order = [];
      for (;;) {
        const runId = await next(store);
        if (runId === undefined) break;
        order.push(runs.get(runId));
      }
      assert.deepEqual(order, ["early", "poked", "poked too", "late"]);
    },
  );

  storeTest("takes only runs of the entry points asked for, and none of the specs excepted", open, async ({ store, admit }) => {
    const { run: other } = await admit("other", { entryPoint: otherOp });
    const { run: old } = await admit("old", { spec: "old" });
    const { run } = await admit("new", { spec: "new" });
    const oldSpec = admissionOf("old", { spec: "old" }).admission?.specRef ?? assert.fail();
    assert.equal(await next(store, []), undefined);
    assert.equal(await next(store, ["test.op/none@1"]), undefined);
    assert.equal(await next(store, [someOp, someOp], [oldSpec]), run.runId);
    assert.equal(await next(store, [someOp], [oldSpec]), undefined);
    assert.equal(await next(store, [someOp, otherOp]), other.runId);
    assert.equal(await next(store, [someOp, otherOp]), old.runId);
  });

  storeTest("gives no run to two of many who ask at once", open, async ({ store, admit }) => {
    for (let index = 0; index < 5; index++) await admit(`${index}`);
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        store.claimNext({ owner: `${index}`, milliseconds: 1000, entryPoints: [someOp], exceptSpecs: [] }),
      ),
    );
    const taken = claims.flatMap((each) => each.map(({ lease }) => lease.runId));
    assert.equal(taken.length, 5);
    assert.equal(new Set(taken).size, 5);
  });
}

function testSeveral(open: OpenStore): void {
  storeTest("gives several runs at once, by turns of their entry points", open, async ({ store, admit, advance }) => {
    const named = new Map<RunId, string>();
    for (const [name, entryPoint] of [
      ["a1", someOp],
      ["a2", someOp],
      ["a3", someOp],
      ["b1", otherOp],
      ["b2", otherOp],
    ] as const) {
      named.set((await admit(name, { entryPoint })).run.runId, name);
      advance(1);
    }
    const take = async (places: number, served: readonly string[]): Promise<unknown> => {
      const claimed = await store.claimNext({ ...me, entryPoints: [someOp, otherOp], exceptSpecs: [], places, served });
      for (const { lease, stored } of claimed) assert.deepEqual(stored, await store.readRun(lease.runId));
      return claimed.map(({ lease }) => named.get(lease.runId));
    };
    assert.deepEqual(await take(2, [someOp]), ["b1", "a1"]);
    assert.deepEqual(await take(9, []), ["a2", "b2", "a3"]);
    assert.deepEqual(await take(9, []), []);
  });

  storeTest(
    "gives no more runs of an entry point than its limit leaves, whoever holds the leases",
    open,
    async ({ store, admit, advance }) => {
      for (const name of ["a", "b", "c", "d"]) await admit(name);
      await admit("other", { entryPoint: otherOp });
      const ask = async (owner: string, limit: number): Promise<readonly string[]> => {
        const request = { owner, milliseconds: 1000, entryPoints: [someOp, otherOp], exceptSpecs: [], places: 9 };
        return (await store.claimNext({ ...request, limits: new Map([[someOp, limit]]) })).map(({ stored }) => stored.run.entryPoint);
      };
      assert.deepEqual(await ask("me", 2), [someOp, otherOp, someOp]);
      assert.deepEqual(await ask("another", 2), []);
      assert.equal(await store.nextDue([someOp], new Map([[someOp, 2]])), null);
      assert.equal(await store.nextDue([someOp], new Map([[someOp, 3]])), startOfTime);
      assert.deepEqual(await ask("another", 3), [someOp]);
      // Leases that are over do not count.
      advance(1000);
      assert.deepEqual((await ask("another", 3)).filter((entryPoint) => entryPoint === someOp).length, 3);
    },
  );
}

function testNextDue(open: OpenStore): void {
  storeTest("is the earliest time at which something can be claimed, of these entry points", open, async ({ store, admit, advance }) => {
    const lease = { owner: "me", milliseconds: 10 };
    assert.equal(await store.nextDue([someOp]), null);
    await admit("far", { lease, wakeAt: startOfTime + 5000 });
    await admit("near", { lease, wakeAt: startOfTime + 3000 });
    await admit("other", { lease, entryPoint: otherOp, wakeAt: startOfTime + 1000 });
    assert.equal(await store.nextDue([someOp]), startOfTime + 3000);
    assert.equal(await store.nextDue([someOp, otherOp]), startOfTime + 1000);
    assert.equal(await store.nextDue([]), null);
    const now = advance(10_000);
    assert.equal(await store.nextDue([someOp]), now);
  });

  storeTest("is now for a poked run, and the lease's end for a leased one", open, async ({ store, admit, go }) => {
    const { run, lease } = await admit("a", { lease: me });
    assert.equal(await store.nextDue([someOp]), null);
    const after = await go(run, { fence: 1, wakeAt: startOfTime });
    assert.equal(await store.nextDue([someOp]), startOfTime + 1000);
    await go(after, { fence: null });
    assert.equal(await store.nextDue([someOp]), startOfTime + 1000);
    await store.release(lease ?? assert.fail(), null);
    assert.equal(await store.nextDue([someOp]), startOfTime);
  });
}
