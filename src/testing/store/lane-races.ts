/** Conformance: appends of several runs that want the same lane. */
import assert from "node:assert/strict";
import type { Append, AppendResult } from "../../kernel/store.ts";
import { type Deed, type Working, act } from "./effect-streams.ts";
import { acquire, admit, get, go, intend, lane, other, send } from "./lane-deeds.ts";
import { type OpenStore, storeTest } from "./subject.ts";

const kinds = (results: readonly AppendResult[]): string[] => results.map(({ kind }) => kind).toSorted();

export function testOvertaken(open: OpenStore): void {
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
}

export function testRaces(open: OpenStore): void {
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
