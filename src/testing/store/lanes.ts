/** Conformance: effects and lanes, which an append changes together with its events. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { deriveEffectId } from "../../kernel/effects/evidence.ts";
import type { Store } from "../../kernel/store.ts";
import type { Deed, Working } from "./effect-streams.ts";
import { acquire, admit, get, go, intend, lane, named, other, send, settle } from "./lane-deeds.ts";
import { testOvertaken, testRaces } from "./lane-races.ts";
import { testLists, testRepairs, testRowShape } from "./lane-rows.ts";
import { type OpenStore, storeTest } from "./subject.ts";

export function testLanes(open: OpenStore): void {
  describe("effects and lanes", () => {
    testQueue(open);
    testSlots(open);
    testTurns(open);
    testOvertaken(open);
    testRaces(open);
    testLists(open);
    testRepairs(open);
    testRowShape(open);
  });
}

function testQueue(open: OpenStore): void {
  storeTest("nobody knows a lane in which nothing ever stood", open, async ({ store, admit: admitRun, go: goOn }) => {
    const { run } = await admitRun("a");
    await goOn(run);
    assert.equal(await store.readLane(lane, 10), undefined);
    assert.deepEqual(await store.listLanes(), []);
    assert.deepEqual(await store.listEffects({ limit: 10 }), []);
  });

  storeTest("queue in the order in which they are intended, across runs and within an append", open, async (subject) => {
    const { store } = subject;
    const a = await admit(subject, "a");
    const b = await admit(subject, "b");
    const again = await go(store, a, [intend("2"), intend("1")]);
    await go(store, b, [intend("1")]);
    await go(store, again, [intend("0")]);
    const { queue, queued, taken, seq, next } = await get(store);
    assert.deepEqual(named(["a", "b"], queue), ["a 2", "a 1", "b 1", "a 0"]);
    assert.deepEqual([queued, taken, seq, next], [4, [], 0, null]);
    const part = await get(store, lane, 2);
    assert.deepEqual([named(["a", "b"], part.queue), part.queued], [["a 2", "a 1"], 4]);
    assert.deepEqual((await get(store, lane, 0)).queue, []);
  });

  storeTest("leave the queue while their run rests, and come back at its end", open, async (subject) => {
    const { store } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1"), intend("2")]);
    await go(store, await admit(subject, "b"), [intend("1")]);
    const resting = await go(store, a, [{ does: "pause" }]);
    const meanwhile = await get(store);
    assert.deepEqual([named(["b"], meanwhile.queue), meanwhile.queued], [["b 1"], 1]);
    const [listed] = await store.listEffects({ runId: a.run.runId, limit: 1 });
    assert.deepEqual([listed?.is, listed?.lane, listed?.place, listed?.slot], ["intended", lane, null, null]);
    await go(store, resting, [{ does: "resume" }]);
    assert.deepEqual(named(["a", "b"], (await get(store)).queue), ["b 1", "a 1", "a 2"]);
  });

  storeTest("keep their turn while they wait, whatever else of the run changes", open, async (subject) => {
    const { store } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1")]);
    await go(store, await admit(subject, "b"), [intend("1")]);
    await go(store, a, [{ does: "explain", step: "1", next: 4 }]);
    const { queue, next } = await get(store);
    assert.deepEqual([named(["a", "b"], queue), next], [["a 1", "b 1"], 4]);
  });

  storeTest("that need no lane stand in none", open, async (subject) => {
    const { store } = subject;
    await go(store, await admit(subject, "a"), [{ does: "intend", step: "1" }, ...send("1")]);
    assert.deepEqual(await store.listLanes(), []);
    const [effect] = await store.listEffects({ limit: 1 });
    assert.deepEqual([effect?.lane, effect?.place, effect?.is, effect?.candidates], [null, null, "dispatched", 1]);
  });
}

function testSlots(open: OpenStore): void {
  storeTest("get slots, hold them, use them and give the lane up", open, async (subject) => {
    const { store } = subject;
    const look = async (): Promise<unknown> => {
      const { seq, next, taken, queue } = await get(store);
      return [seq, next, taken.map(({ place, slot }) => `${place} ${slot}`), named(["a"], queue)];
    };
    let a = await go(store, await admit(subject, "a"), [intend("1"), intend("2")]);
    a = await go(store, a, [acquire("1", 0, 7), { does: "prepare", step: "1" }]);
    assert.deepEqual(await look(), [1, null, ["held 7"], ["a 2"]]);
    a = await go(store, a, [{ does: "dispatch", step: "1" }]);
    assert.deepEqual(await look(), [1, null, ["open 7"], ["a 2"]]);
    a = await go(store, a, settle("1"));
    assert.deepEqual(await look(), [1, 8, [], ["a 2"]]);
    a = await go(store, a, [acquire("2", 1, 8), ...send("2"), { does: "contradict", step: "2" }]);
    assert.deepEqual(await look(), [2, 8, ["open 8"], []]);
  });

  storeTest("are given several slots in one append, and of several lanes, shown in the order of slots", open, async (subject) => {
    const { store } = subject;
    let a = await go(store, await admit(subject, "a"), [intend("1"), intend("2"), intend("3", other), intend("4")]);
    a = await go(store, a, [
      acquire("2", 0, 9),
      acquire("1", 1, 3),
      acquire("3", 0, 0),
      ...["1", "2", "3"].map((step): Deed => ({ does: "prepare", step })),
    ]);
    const [first, second] = [await get(store), await get(store, other)];
    assert.deepEqual([first.seq, named(["a"], first.taken), named(["a"], first.queue)], [2, ["a 1 3", "a 2 9"], ["a 4"]]);
    assert.deepEqual([second.seq, named(["a"], second.taken), second.queued], [1, ["a 3 0"], 0]);
    assert.deepEqual(await store.listLanes(), [lane, other]);
    await go(store, a, [{ does: "dispatch", step: "1" }, ...settle("1"), { does: "dispatch", step: "3" }, ...settle("3")]);
    assert.deepEqual([(await get(store)).next, (await get(store, other)).next], [4, 1]);
  });

  storeTest("that settle late do not bring back what is known to be used up", open, async (subject) => {
    const { store } = subject;
    let a = await go(store, await admit(subject, "a"), [intend("1"), intend("2")]);
    a = await go(store, a, [acquire("1", 0, 7), acquire("2", 1, 8), ...send("1"), ...send("2")]);
    a = await go(store, a, settle("2"));
    assert.equal((await get(store)).next, 9);
    await go(store, a, settle("1"));
    assert.equal((await get(store)).next, 9);
  });

  storeTest("that are intended anew are others, at the end of the queue", open, async (subject) => {
    const { store } = subject;
    let a = await go(store, await admit(subject, "a"), [intend("1"), acquire("1", 0, 7), ...send("1"), intend("2")]);
    a = await go(store, a, [{ does: "supersede", step: "1" }, intend("1")]);
    const { queue, taken, next } = await get(store);
    assert.deepEqual([named(["a"], queue), taken, next], [["a 2", "a 1"], [], 8]);
    const [anew, , first] = await store.listEffects({ limit: 10 });
    const { runId } = a.run;
    assert.deepEqual([anew?.effect, anew?.is], [deriveEffectId(runId, "1", 1), "intended"]);
    assert.deepEqual([first?.effect, first?.is, first?.outcome], [deriveEffectId(runId, "1"), "settled", "superseded"]);
  });
}

function testTurns(open: OpenStore): void {
  const poked = async (store: Store, run: Working): Promise<boolean | undefined> => (await store.readRun(run.run.runId))?.poked;

  /** Claims clear what admission and intending poked. */
  const calm = async (store: Store, ...runs: readonly Working[]): Promise<void> => {
    for (const { run } of runs) await store.claim(run.runId, { owner: "me", milliseconds: 1000, takeOver: true });
  };

  storeTest("poke the run whose turn it is when a lane becomes free, and nobody else", open, async (subject) => {
    const { store } = subject;
    const [a, b, c] = [await admit(subject, "a"), await admit(subject, "b"), await admit(subject, "c")];
    const first = await go(store, a, [intend("1")]);
    await go(store, b, [intend("1")]);
    await go(store, c, [intend("1")]);
    const held = await go(store, first, [acquire("1", 0, 7), { does: "prepare", step: "1" }]);
    await calm(store, a, b, c);
    const open1 = await go(store, held, [{ does: "dispatch", step: "1" }], { fence: 1 });
    assert.deepEqual([await poked(store, a), await poked(store, b), await poked(store, c)], [false, true, false]);
    await calm(store, b);
    await go(store, open1, settle("1"), { fence: 1 });
    assert.deepEqual([await poked(store, a), await poked(store, b), await poked(store, c)], [false, true, false]);
  });

  storeTest("poke nobody while a slot is held, nor for their own run", open, async (subject) => {
    const { store } = subject;
    const [a, b] = [await admit(subject, "a"), await admit(subject, "b")];
    const first = await go(store, a, [intend("1"), intend("2")]);
    await go(store, b, [intend("1")]);
    await calm(store, a, b);
    const taken = await go(store, first, [acquire("1", 0, 7), { does: "prepare", step: "1" }], { fence: 1 });
    assert.equal(await poked(store, b), false);
    await go(store, taken, [{ does: "dispatch", step: "1" }], { fence: 1 });
    assert.deepEqual([await poked(store, a), await poked(store, b)], [false, false]);
  });

  storeTest("make a lane's next run due when those before it leave the queue, and it is claimed", open, async (subject) => {
    const { store } = subject;
    const [a, b] = [await admit(subject, "a"), await admit(subject, "b")];
    const first = await go(store, a, [intend("1")]);
    const second = await go(store, b, [intend("1")]);
    await calm(store, a, b);
    await store.release({ runId: b.run.runId, owner: "me", fence: 1, expiresAt: 0 }, null);
    const { entryPoint } = b.run;
    await go(store, first, [{ does: "abandon", step: "1" }], { fence: 1 });
    const [claimed] = await store.claimNext({ owner: "you", milliseconds: 10, entryPoints: [entryPoint], exceptSpecs: [] });
    assert.equal(claimed?.stored.run.runId, b.run.runId);
    await go(store, second, [acquire("1", 0, 7), ...send("1")], { fence: claimed.lease.fence });
  });

  storeTest("show a slot that is held by a run which is gone to whoever reads the lane", open, async (subject) => {
    const { store, advance } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1"), acquire("1", 0, 7), { does: "prepare", step: "1" }]);
    const b = await go(store, await admit(subject, "b"), [intend("1")]);
    advance(1_000_000);
    const { taken } = await get(store);
    assert.deepEqual(taken, [{ runId: a.run.runId, step: "1", effect: deriveEffectId(a.run.runId, "1"), place: "held", slot: 7 }]);
    // The store gives what is asked for: who reads a lane decides by it.
    await go(store, b, [acquire("1", 1, 8)]);
  });
}
