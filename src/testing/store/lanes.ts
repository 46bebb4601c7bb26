/** Conformance: effects and lanes, which an append changes together with its events. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { deriveEffectId } from "../../kernel/effects/evidence.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Append, AppendResult, EffectRow, Lane, Store } from "../../kernel/store.ts";
import { type ActOptions, type Deed, type Working, act, someKind, working } from "./effect-streams.ts";
import { type OpenStore, type Subject, storeTest } from "./subject.ts";
import { runIdFor } from "./streams.ts";

const lane = "eip155:31337/0xA";
const other = "eip155:31337/0xB";

export function testLanes(open: OpenStore): void {
  describe("effects and lanes", () => {
    testQueue(open);
    testSlots(open);
    testTurns(open);
    testRaces(open);
    testLists(open);
    testRepairs(open);
    testRowShape(open);
  });
}

async function admit({ admit: admitRun }: Subject, name: string): Promise<Working> {
  return working((await admitRun(name)).run);
}

async function go(store: Store, before: Working, deeds: readonly Deed[], options?: ActOptions): Promise<Working> {
  const { append, after } = act(before, deeds, options);
  const { kind } = await store.append(append);
  assert.equal(kind, "appended");
  return after;
}

async function get(store: Store, name = lane, queued = 100): Promise<Lane> {
  return (await store.readLane(name, queued)) ?? assert.fail(`${name} is not there`);
}

/** Such as `a pay`, or `a pay 7` with a slot. */
function named(names: readonly string[], placed: Lane["queue"]): string[] {
  return placed.map(({ runId, step, slot }) => {
    const name = names.find((one) => runIdFor(one) === runId) ?? "?";
    return slot === null ? `${name} ${step}` : `${name} ${step} ${slot}`;
  });
}

const intend = (step: string, name = lane): Deed => ({ does: "intend", step, lane: name });
const acquire = (step: string, seq: number, slot: number): Deed => ({ does: "acquire", step, seq, slot });
const send = (step: string): Deed[] => [
  { does: "prepare", step },
  { does: "dispatch", step },
];
const settle = (step: string): Deed[] => [
  { does: "include", step },
  { does: "settle", step },
];

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
    const claimed = await store.claimNext({ owner: "you", milliseconds: 10, entryPoints: [entryPoint], exceptSpecs: [] });
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

function testRaces(open: OpenStore): void {
  const kinds = (results: readonly AppendResult[]): string[] => results.map(({ kind }) => kind).toSorted();

  storeTest("that were overtaken write nothing, and say which lane it was", open, async (subject) => {
    const { store } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1")]);
    const b = await go(store, await admit(subject, "b"), [intend("1"), intend("2", other)]);
    await go(store, a, [acquire("1", 0, 7), ...send("1")]);
    const late = act(b, [acquire("2", 0, 1), acquire("1", 0, 7), ...send("1")]).append;
    const look = async (): Promise<unknown> => [
      await get(store),
      await get(store, other),
      await store.listEffects({ limit: 10 }),
      await store.readRun(b.run.runId),
      { ...(await store.info()), bytes: 0 },
    ];
    const before = await look();
    assert.deepEqual(await store.append(late), { kind: "laneMoved", lane });
    assert.deepEqual(await look(), before);
    await go(store, b, [acquire("2", 0, 1), acquire("1", 1, 8), ...send("1")]);
  });

  storeTest("are refused for their head and fence before their lane is looked at", open, async (subject) => {
    const { store } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1")]);
    const stale = act(a, [acquire("1", 5, 7)]).append;
    const claimed = await store.claim(a.run.runId, { owner: "me", milliseconds: 1, takeOver: true });
    assert.equal(claimed.kind, "claimed");
    assert.deepEqual(await store.append({ ...stale, fence: 0 }), { kind: "fenced" });
    assert.deepEqual(await store.append({ ...stale, fence: 1 }), { kind: "laneMoved", lane });
    const after = await go(store, a, [intend("2")], { fence: 1 });
    assert.deepEqual(await store.append({ ...stale, fence: 1 }), { kind: "conflict", head: after.run.head });
  });

  storeTest("of many runs that take the same place in a lane at once: exactly one gets it", open, async (subject) => {
    const { store } = subject;
    const runs: Working[] = [];
    for (let index = 0; index < 8; index++) runs.push(await go(store, await admit(subject, `${index}`), [intend("1")]));
    const attempts = runs.map((run) => act(run, [acquire("1", 0, 7), { does: "prepare", step: "1" }]).append);
    assert.deepEqual(kinds(await Promise.all(attempts.map((append) => store.append(append)))), [
      "appended",
      ...Array.from({ length: 7 }, () => "laneMoved"),
    ]);
    const { seq, taken, queued } = await get(store);
    assert.deepEqual([seq, taken.length, queued], [1, 1, 7]);
  });

  storeTest("take turns in lanes that they name in any order", open, async (subject) => {
    const { store } = subject;
    const runs: Working[] = [];
    for (let index = 0; index < 6; index++) {
      const lanes = index % 2 === 0 ? [lane, other] : [other, lane];
      runs.push(
        await go(
          store,
          await admit(subject, `${index}`),
          lanes.map((name) => intend(name, name)),
        ),
      );
    }
    // Each leaves both queues, and pokes whoever is next in them.
    const leave = (run: Working): Append =>
      act(
        run,
        [...run.effects.keys()].map((step): Deed => ({ does: "abandon", step })),
      ).append;
    assert.deepEqual(new Set(kinds(await Promise.all(runs.map((run) => store.append(leave(run)))))), new Set(["appended"]));
    assert.deepEqual([(await get(store)).queued, (await get(store, other)).queued], [0, 0]);
  });

  storeTest("are found by their event where an acknowledgement was lost, and are not written twice", open, async (subject) => {
    const { store } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1"), intend("2")]);
    const { append, after } = act(a, [acquire("1", 0, 7), ...send("1")]);
    await store.append(append);
    assert.deepEqual(await store.append(append), { kind: "conflict", head: after.run.head });
    const [last] = await store.readEvents(a.run.runId, after.run.head.seq, 1);
    assert.equal(last?.digest, append.events.at(-1)?.digest);
    const { seq, taken, queued } = await get(store);
    assert.deepEqual([seq, taken.length, queued], [1, 1, 1]);
  });
}

function testLists(open: OpenStore): void {
  storeTest("are listed as they are now, newest first, by run, lane, state and identity, page by page", open, async (subject) => {
    const { store } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1"), { does: "intend", step: "2" }, ...send("2")]);
    const b = await go(store, await admit(subject, "b"), [intend("1", other), acquire("1", 0, 0), ...send("1"), ...settle("1")]);
    const all = await store.listEffects({ limit: 10 });
    assert.deepEqual(
      all.map(({ runId, step }) => `${runId === a.run.runId ? "a" : "b"} ${step}`),
      ["b 1", "a 2", "a 1"],
    );
    const [settled, dispatched, queued] = all;
    assert.deepEqual(settled, {
      number: settled?.number,
      runId: b.run.runId,
      effect: deriveEffectId(b.run.runId, "1"),
      step: "1",
      kind: someKind,
      is: "settled",
      outcome: "reverted",
      candidates: 1,
      identity: b.effects.get("1")?.candidates[0]?.identity,
      lane: other,
      slot: 0,
      place: null,
    });
    assert.deepEqual(await store.listEffects({ runId: a.run.runId, limit: 10 }), [dispatched, queued]);
    assert.deepEqual(await store.listEffects({ runId: runIdFor("nobody"), limit: 10 }), []);
    assert.deepEqual(await store.listEffects({ lane, limit: 10 }), [queued]);
    assert.deepEqual(await store.listEffects({ is: "dispatched", limit: 10 }), [dispatched]);
    assert.deepEqual(await store.listEffects({ identity: dispatched?.identity?.slice(0, 20) ?? "", limit: 10 }), [dispatched]);
    assert.deepEqual(await store.listEffects({ identity: "\0", limit: 10 }), []);
    assert.deepEqual(await store.listEffects({ runId: a.run.runId, is: "intended", lane, limit: 10 }), [queued]);
    assert.deepEqual(await store.listEffects({ limit: 1 }), [settled]);
    assert.deepEqual(await store.listEffects({ before: settled.number, limit: 1 }), [dispatched]);
    assert.deepEqual(await store.listEffects({ before: dispatched?.number ?? 0, limit: 5 }), [queued]);
  });

  storeTest("are there again when the store is opened again", open, async (subject) => {
    const { store, reopen } = subject;
    if (reopen === undefined) return;
    await go(store, await admit(subject, "a"), [intend("1"), intend("2"), acquire("1", 0, 7), ...send("1")]);
    const look = async (from: Store): Promise<unknown> => [await get(from), await from.listEffects({ limit: 9 }), await from.listLanes()];
    const before = await look(store);
    assert.deepEqual(await look(await reopen()), before);
  });
}

function testRepairs(open: OpenStore): void {
  storeTest("are written anew under the head of their run, which is made due", open, async (subject) => {
    const { store, advance } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1"), intend("2")]);
    const { runId } = a.run;
    const claimed = await store.claim(runId, { owner: "me", milliseconds: 1, takeOver: true });
    if (claimed.kind === "claimed") await store.release(claimed.lease, null);
    const rows = (await store.listEffects({ runId, limit: 10 })).map(({ runId: _run, number: _number, ...row }) => row);
    const [two, one] = rows;
    assert.ok(one !== undefined && two !== undefined);
    assert.equal(await store.repairRun({ ...a.run, head: { seq: 1, digest: one.effect } }, [], true), false);
    assert.equal((await store.readRun(runId))?.poked, false);
    advance(5);
    assert.equal(await store.repairRun(a.run, [{ ...one, is: "abandoned", place: null }], true), true);
    assert.equal((await store.readRun(runId))?.poked, true);
    const [only, ...others] = await store.listEffects({ runId, limit: 10 });
    assert.deepEqual([only?.step, only?.is, only?.place, others], ["1", "abandoned", null, []]);
    assert.equal((await get(store)).queued, 0);
    assert.equal(await store.repairRun(a.run, [one, two], false), true);
    assert.deepEqual(named(["a"], (await get(store)).queue), ["a 1", "a 2"]);
    assert.deepEqual((await store.readRun(runId))?.run, a.run);
  });

  storeTest("are put in order in a lane, unless others are in it meanwhile", open, async (subject) => {
    const { store } = subject;
    const a = await go(store, await admit(subject, "a"), [intend("1"), intend("2"), intend("3")]);
    const [one, two, three] = ["1", "2", "3"].map((step) => deriveEffectId(a.run.runId, step));
    assert.ok(one !== undefined && two !== undefined && three !== undefined);
    const before = await get(store);
    for (const queue of [
      [one, two],
      [one, two, runIdFor("x").replace("run:", "sha256:") as typeof one],
      [one, two, three, three],
      [one, two, two],
    ])
      assert.equal(await store.repairLane({ lane, seq: 9, next: 9, queue }), false);
    assert.deepEqual(await get(store), before);
    assert.equal(await store.repairLane({ lane, seq: 4, next: 7, queue: [three, one, two] }), true);
    const after = await get(store);
    assert.deepEqual([after.seq, after.next, named(["a"], after.queue)], [4, 7, ["a 3", "a 1", "a 2"]]);
    assert.equal(await store.repairLane({ lane, seq: 0, next: null, queue: [one, two, three] }), true);
    assert.deepEqual(await get(store), before);
  });
}

function testRowShape(open: OpenStore): void {
  const good = (before: Working): Append & { effects: NonNullable<Append["effects"]>; lanes: NonNullable<Append["lanes"]> } => {
    const { append } = act(before, [intend("1")]);
    return { ...append, effects: append.effects ?? [], lanes: append.lanes ?? [] };
  };
  const changed = (before: Working, change: Partial<EffectRow>): EffectRow[] =>
    good(before).effects.map((row) => Object.assign({}, row, change));
  const wrong: readonly (readonly [string, (before: Working) => Append])[] = [
    ["enters a queue and does not name the lane", (before) => ({ ...good(before), lanes: [] })],
    ["names a lane twice", (before) => ({ ...good(before), lanes: [...good(before).lanes, ...good(before).lanes] })],
    ["names an effect twice", (before) => ({ ...good(before), effects: [...good(before).effects, ...good(before).effects] })],
    ["waits with a slot", (before) => ({ ...good(before), effects: changed(before, { slot: 1 }) })],
    ["holds no slot", (before) => ({ ...good(before), effects: changed(before, { place: "held" }) })],
    ["stands in no lane", (before) => ({ ...good(before), effects: changed(before, { lane: null }) })],
  ];
  for (const [name, appendOf] of wrong) {
    storeTest(`are refused as a defect where an effect ${name}`, open, async (subject) => {
      const before = await admit(subject, "a");
      await assert.rejects(subject.store.append(appendOf(before)), (error) => error instanceof MfmError && error.code === "INTERNAL");
      assert.deepEqual(await subject.store.listEffects({ limit: 1 }), []);
    });
  }
}
