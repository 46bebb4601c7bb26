/** Conformance: the rows of effects and lanes, as they are listed, written anew and refused. */
import assert from "node:assert/strict";
import { deriveEffectId } from "../../kernel/effects/evidence.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { EffectRow } from "../../kernel/lanes.ts";
import type { Append, Store } from "../../kernel/store.ts";
import { type Working, act, someKind } from "./effect-streams.ts";
import { acquire, admit, get, go, intend, lane, named, other, send, settle } from "./lane-deeds.ts";
import { type OpenStore, storeTest } from "./subject.ts";
import { runIdFor } from "./streams.ts";

export function testLists(open: OpenStore): void {
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

export function testRepairs(open: OpenStore): void {
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

export function testRowShape(open: OpenStore): void {
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
