import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/ports.ts";
import type { Store } from "../kernel/store.ts";
import { openModelStore } from "../storages/model/model-store.ts";
import { type Fate, faultyStore, interposeStore } from "./faulty-store.ts";
import { admissionOf } from "./store/streams.ts";
import { VirtualClock } from "./virtual-clock.ts";

const fate: Fate = { sendMs: 1, travelMs: 10, answerMs: 100, outcome: "answered" };
const forever = Number.MAX_SAFE_INTEGER;

interface Line {
  readonly clock: VirtualClock;
  readonly model: Store;
  readonly store: Store;
}

function open(outcome: Fate["outcome"], caller?: Clock): Line {
  const clock = new VirtualClock(0);
  const model = openModelStore({ clock: () => clock.now() });
  const store = faultyStore(model, { caller: caller ?? clock, network: clock, decide: () => ({ ...fate, outcome }) });
  return { clock, model, store };
}

/** Admits a run through the line: when the answer came, what it was, and whether the run was there then and is there in the end. */
async function admit({
  clock,
  model,
  store,
}: Line): Promise<{ readonly at: number; readonly answer: string; readonly written: boolean; readonly later: boolean }> {
  const append = admissionOf("faulty");
  let seen: { readonly at: number; readonly answer: string; readonly written: boolean } | undefined;
  const settle = async (answer: string): Promise<void> => {
    seen = { at: clock.now(), answer, written: (await model.readRun(append.runId)) !== undefined };
  };
  void store.append(append).then(
    ({ kind }) => settle(kind),
    (error: unknown) => settle(error instanceof MfmError ? error.code : "another error"),
  );
  await clock.run(() => false, forever);
  assert.ok(seen !== undefined);
  return { ...seen, later: (await model.readRun(append.runId)) !== undefined };
}

describe("faulty store", () => {
  const cases: readonly (readonly [string, Fate["outcome"], Awaited<ReturnType<typeof admit>>])[] = [
    ["answers after the way there and back", "answered", { at: 111, answer: "appended", written: true, later: true }],
    ["refuses without doing it", "refused", { at: 111, answer: "STORE_UNAVAILABLE", written: false, later: false }],
    ["is full without doing it", "full", { at: 111, answer: "STORE_FULL", written: false, later: false }],
    ["does it and loses the answer", "unacknowledged", { at: 111, answer: "STORE_UNAVAILABLE", written: true, later: true }],
  ];
  for (const [name, outcome, expected] of cases) {
    it(name, async () => {
      assert.deepEqual(await admit(open(outcome)), expected);
    });
  }

  it("gives up on what is done later", async () => {
    const clock = new VirtualClock(0);
    const model = openModelStore({ clock: () => clock.now() });
    const decide = (): Fate => ({ sendMs: 0, travelMs: 100, answerMs: 10, outcome: "late" });
    const store = faultyStore(model, { caller: clock, network: clock, decide });
    assert.deepEqual(await admit({ clock, model, store }), { at: 10, answer: "STORE_UNAVAILABLE", written: false, later: true });
  });

  it("delivers what was sent, although the sender has died since", async () => {
    const clock = new VirtualClock(0);
    let alive = true;
    const caller: Clock = {
      now: () => clock.now(),
      timer: (milliseconds, callback) => clock.timer(milliseconds, () => void (alive && callback())),
    };
    const model = openModelStore({ clock: () => clock.now() });
    const store = faultyStore(model, { caller, network: clock, decide: () => fate });
    const append = admissionOf("faulty");
    let answered = false;
    void store.append(append).then(() => (answered = true));
    clock.timer(5, () => (alive = false));
    await clock.run(() => false, forever);
    assert.equal(answered, false);
    assert.ok((await model.readRun(append.runId)) !== undefined);
  });

  it("lets every operation through an interposed store", async () => {
    const model = openModelStore({ clock: () => 0 });
    const passed: string[] = [];
    const store = interposeStore(model, (operation, work) => {
      passed.push(operation);
      return work();
    });
    await store.append(admissionOf("faulty"));
    assert.equal((await store.listRuns({ limit: 10 })).length, 1);
    assert.equal(await store.now(), 0);
    assert.deepEqual(passed, ["append", "listRuns", "now"]);
    const operations = Object.getOwnPropertyNames(Object.getPrototypeOf(model)).filter((name) => name !== "constructor");
    assert.deepEqual(Object.keys(store).toSorted(), [...operations, "scope"].toSorted());
  });
});
