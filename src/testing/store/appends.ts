/** Conformance: what an append writes, and what it refuses without writing anything. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import { limits } from "../../kernel/json.ts";
import type { Append, NewArtifact } from "../../kernel/store.ts";
import { type OpenStore, startOfTime, storeTest } from "./subject.ts";
import { admissionOf, nextOf, runIdFor, someOp } from "./streams.ts";

export function testAppends(open: OpenStore): void {
  describe("append", () => {
    testWrites(open);
    testTogether(open);
    testRefusals(open);
    testEnds(open);
    testShape(open);
  });
}

function testWrites(open: OpenStore): void {
  storeTest("admits a run, which is read as it was admitted", open, async ({ store }) => {
    const admission = admissionOf("a", { wakeAt: 5 });
    const result = await store.append(admission);
    const { specRef, configDigest } = admission.admission ?? assert.fail();
    assert.deepEqual(await store.readRun(admission.runId), {
      run: admission.run,
      specRef,
      configDigest,
      parent: null,
      wakeAt: 5,
      poked: true,
      lease: null,
      claims: 0,
    });
    const [event] = admission.events;
    const order = result.kind === "appended" ? result.order : assert.fail(result.kind);
    assert.deepEqual(await store.readEvents(admission.runId, 0, 10), [{ order, seq: 0, digest: event?.digest, text: event?.text }]);
  });

  storeTest("admits with a lease in the same transaction, and does not poke", open, async ({ store, admit }) => {
    const { run, lease } = await admit("a", { lease: { owner: "me", milliseconds: 1000 } });
    assert.deepEqual(lease, { runId: run.runId, owner: "me", fence: 1, expiresAt: startOfTime + 1000 });
    const stored = await store.readRun(run.runId);
    assert.deepEqual(stored?.lease, lease);
    assert.equal(stored.poked, false);
    assert.equal(stored.claims, 0);
  });

  storeTest("continues a stream with several events, which are read in parts", open, async ({ store, admit, go }) => {
    const { run } = await admit("a");
    const after = await go(run, { before: 4 });
    assert.equal(after.head.seq, 5);
    assert.deepEqual((await store.readRun(run.runId))?.run, after);
    const seqs = async (from: number, limit: number): Promise<number[]> =>
      (await store.readEvents(run.runId, from, limit)).map(({ seq }) => seq);
    assert.deepEqual(await seqs(0, 100), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(await seqs(2, 2), [2, 3]);
    assert.deepEqual(await seqs(6, 10), []);
    assert.deepEqual(await store.readEvents(runIdFor("unknown"), 0, 10), []);
  });
}

function testTogether(open: OpenStore): void {
  storeTest("keeps artifacts as the bytes they are, once", open, async ({ store, admit, go }) => {
    const { run } = await admit("a");
    const bytes = new Uint8Array([0, 255, 10, 13, 0]);
    const text = "käse 🧀";
    const artifacts: NewArtifact[] = [bytes, text].map((body) => ({ digest: digestOf(body), body }));
    await go(run, { outputs: artifacts });
    assert.deepEqual(bare(await store.readArtifact(digestOf(bytes))), bytes);
    assert.deepEqual(bare(await store.readArtifact(digestOf(text))), new TextEncoder().encode(text));
    assert.equal(await store.readArtifact(digestOf("unknown")), undefined);
    const { artifacts: before } = await store.info();
    const { run: other } = await admit("b");
    await go(other, { label: "same" });
    const { run: third } = await admit("c");
    await go(third, { label: "same" });
    // Two manifests and configurations, and one step's output; the spec is known.
    assert.equal((await store.info()).artifacts - before, 5);
  });

  storeTest("gives every commit a place in one order over all runs", open, async ({ store, admit, go }) => {
    let left = (await admit("left")).run;
    let right = (await admit("right")).run;
    for (let round = 0; round < 3; round++) [left, right] = [await go(left, { before: 1 }), await go(right)];
    const events = [...(await store.readEvents(left.runId, 0, 100)), ...(await store.readEvents(right.runId, 0, 100))];
    const orders = events.toSorted((one, other) => one.order - other.order);
    assert.equal(new Set(orders.map(({ order }) => order)).size, events.length);
    const seqs = orders.map(({ seq, digest }) => (digest === left.head.digest || digest === right.head.digest ? `last ${seq}` : `${seq}`));
    assert.deepEqual(seqs, ["0", "0", "1", "2", "1", "3", "4", "2", "5", "last 6", "last 3"]);
  });

  storeTest("by somebody who does not drive leaves a poke; by the driver it does not", open, async ({ store, admit, go }) => {
    const { run } = await admit("a", { lease: { owner: "me", milliseconds: 1000 } });
    const driven = await go(run, { fence: 1, wakeAt: 7 });
    const first = await store.readRun(run.runId);
    assert.deepEqual([first?.poked, first?.wakeAt], [false, 7]);
    const signalled = await go(driven, { fence: null, wakeAt: 9 });
    const second = await store.readRun(run.runId);
    assert.deepEqual([second?.poked, second?.wakeAt, second?.lease?.owner], [true, 9, "me"]);
    await go(signalled, { fence: 1 });
    assert.equal((await store.readRun(run.runId))?.poked, true);
  });
}

function testRefusals(open: OpenStore): void {
  storeTest("finds that a run exists, and names its head", open, async ({ store, admit, go }) => {
    const { run } = await admit("a");
    const after = await go(run);
    const again = admissionOf("a", { lease: { owner: "me", milliseconds: 1000 } });
    assert.deepEqual(await store.append(again), { kind: "conflict", head: after.head });
    assert.equal((await store.readRun(run.runId))?.lease, null);
  });

  storeTest("finds that there is no run to continue", open, async ({ store }) => {
    const { run } = admissionOf("a");
    assert.deepEqual(await store.append(nextOf(run)), { kind: "conflict", head: null });
    assert.equal(await store.readRun(run.runId), undefined);
    assert.deepEqual(await store.info().then(({ runs, events, artifacts }) => [runs, events, artifacts]), [0, 0, 0]);
  });

  storeTest("refuses an old head and writes nothing", open, async ({ store, admit, go }) => {
    const { run } = await admit("a");
    const after = await go(run, { label: "first" });
    const before = await store.info();
    const late = nextOf(run, { label: "late", before: 3, wakeAt: 1 });
    assert.deepEqual(await store.append(late), { kind: "conflict", head: after.head });
    assert.deepEqual(await store.info(), before);
    assert.equal(await store.readArtifact(late.artifacts[0]?.digest ?? assert.fail()), undefined);
    assert.equal((await store.readRun(run.runId))?.wakeAt, null);
  });

  storeTest("refuses the right seq with another digest", open, async ({ store, admit, go }) => {
    const { run } = await admit("a");
    const after = await go(run, { label: "one" });
    const other = nextOf(run, { label: "other" }).run;
    assert.deepEqual(await store.append(nextOf(other)), { kind: "conflict", head: after.head });
  });

  storeTest("refuses an older fencing token", open, async ({ store, admit, go }) => {
    const { run, lease } = await admit("a", { lease: { owner: "old", milliseconds: 1000 } });
    const claim = await store.claim(run.runId, { owner: "new", milliseconds: 1000, takeOver: true });
    assert.equal(claim.kind === "claimed" && claim.lease.fence, 2);
    const late = nextOf(run, { fence: lease?.fence ?? 0, label: "late" });
    assert.deepEqual(await store.append(late), { kind: "fenced" });
    assert.equal(await store.readArtifact(late.artifacts[0]?.digest ?? assert.fail()), undefined);
    const after = await go(run, { fence: 2 });
    assert.deepEqual(await store.append(nextOf(run, { fence: 1 })), { kind: "fenced" });
    assert.deepEqual(await store.append(nextOf(run, { fence: 2 })), { kind: "conflict", head: after.head });
  });

  storeTest("takes the append of an expired lease that nobody took: fencing decides, not time", open, async ({ admit, go, advance }) => {
    const { run } = await admit("a", { lease: { owner: "slow", milliseconds: 1000 } });
    advance(1_000_000);
    await go(run, { fence: 1 });
  });

  storeTest("lets exactly one of many concurrent appends to one head through", open, async ({ store, admit }) => {
    const { run } = await admit("a");
    const results = await Promise.all(Array.from({ length: 16 }, (_, index) => store.append(nextOf(run, { label: `${index}` }))));
    assert.deepEqual(results.map(({ kind }) => kind).toSorted(), ["appended", ...Array.from({ length: 15 }, () => "conflict")]);
    assert.equal((await store.readEvents(run.runId, 0, 100)).length, 2);
  });
}

function testEnds(open: OpenStore): void {
  storeTest("that ends a run clears its lease and wakes nobody for it", open, async ({ store, admit, go, advance }) => {
    const { run } = await admit("a", { lease: { owner: "me", milliseconds: 1000 } });
    const ended = await go(run, { fence: 1, does: "succeed", wakeAt: 5 });
    const stored = await store.readRun(run.runId);
    assert.deepEqual([stored?.lease, stored?.wakeAt, stored?.poked, stored?.run.status], [null, null, false, "succeeded"]);
    advance(10_000);
    assert.equal(await store.nextDue([someOp]), null);
    for (const fence of [1, null]) assert.deepEqual(await store.append(nextOf(ended, { fence })), { kind: "conflict", head: ended.head });
  });

  storeTest("by another that ends a run leaves its driver with a conflict", open, async ({ store, admit, go }) => {
    const { run } = await admit("a", { lease: { owner: "me", milliseconds: 1000 } });
    const ended = await go(run, { does: "cancel" });
    assert.deepEqual(await store.append(nextOf(run, { fence: 1 })), { kind: "conflict", head: ended.head });
    const stored = await store.readRun(run.runId);
    assert.deepEqual([stored?.lease, stored?.poked], [null, false]);
  });

  storeTest("that ends a run pokes its parent and those of its children that go on", open, async ({ store, admit, go }) => {
    const lease = { owner: "me", milliseconds: 1000 };
    const grandparent = (await admit("grandparent", { lease })).run;
    const parent = (await admit("parent", { lease, parent: grandparent.runId })).run;
    const child = (await admit("child", { lease, parent: parent.runId })).run;
    const done = await go((await admit("done", { lease, parent: parent.runId })).run, { fence: 1, does: "fail" });
    const stranger = (await admit("stranger", { lease })).run;
    await store.claim(parent.runId, { ...lease, takeOver: true });
    await go(parent, { fence: 2, does: "cancel" });
    const poked = [];
    for (const run of [grandparent, parent, child, done, stranger]) poked.push((await store.readRun(run.runId))?.poked);
    assert.deepEqual(poked, [true, false, true, false, false]);
  });

  storeTest("that ends a run whose parent ended, or is not here, ends it all the same", open, async ({ store, admit, go }) => {
    const parent = (await admit("parent")).run;
    const child = (await admit("child", { parent: parent.runId })).run;
    const orphan = (await admit("orphan", { parent: runIdFor("nobody") })).run;
    await go(parent, { does: "fail" });
    await go(child, { does: "succeed" });
    await go(orphan, { does: "succeed" });
    assert.equal((await store.readRun(parent.runId))?.poked, false);
  });
}

function testShape(open: OpenStore): void {
  const { run } = admissionOf("a");
  const good = nextOf(run);
  const wrong: readonly (readonly [string, Append])[] = [
    ["has no events", { ...good, events: [] }],
    ["is no admission and has no expected head", { ...good, expected: null }],
    ["is an admission and has an expected head", { ...good, admission: admissionOf("a").admission }],
    ["skips an event", { ...nextOf(nextOf(run).run), expected: run.head }],
    ["is of another run", { ...good, runId: runIdFor("other") }],
    ["has a text that was altered", { ...good, events: good.events.map((event) => ({ ...event, text: `${event.text} ` })) }],
    ["has a row of another head", { ...good, run }],
    ["has an artifact that was altered", { ...good, artifacts: [{ digest: digestOf("one"), body: "other" }] }],
  ];
  describe("refuses as a defect what", () => {
    for (const [name, append] of wrong) {
      storeTest(name, open, async ({ store, admit }) => {
        await admit("a");
        await assert.rejects(store.append(append), (error) => error instanceof MfmError && error.code === "INTERNAL");
        assert.equal((await store.readEvents(run.runId, 0, 10)).length, 1);
      });
    }
  });

  storeTest("refuses an artifact over 16 MiB, and takes one of 16 MiB", open, async ({ store, admit, go }) => {
    const { run: admitted } = await admit("a");
    const artifactOf = (bytes: number): NewArtifact => {
      const body = new Uint8Array(bytes).fill(bytes % 251);
      return { digest: digestOf(body), body };
    };
    const tooLarge = nextOf(admitted, { outputs: [artifactOf(limits.artifactBytes + 1)] });
    await assert.rejects(store.append(tooLarge), (error) => error instanceof MfmError && error.code === "VALUE_TOO_LARGE");
    const largest = artifactOf(limits.artifactBytes);
    await go(admitted, { outputs: [largest] });
    assert.equal((await store.readArtifact(largest.digest))?.length, limits.artifactBytes);
  });
}

function bare(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}
