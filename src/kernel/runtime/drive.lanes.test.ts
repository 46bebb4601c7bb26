/** Effects that need a lane, through the runtime on the model store in virtual time: turns, slots, seals, further candidates, renewals. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { act } from "../../../test/kernel/office.ts";
import { Desk, account } from "../../../test/kernel/turn-desk.ts";

const toSend = ["RunAdmitted", "intended", "LaneAcquired", "prepared", "dispatched"];
const done = ["included", "settled success", "StepCompleted", "RunSucceeded"];

describe("an effect in a lane", () => {
  it("is intended, gets a slot with its candidate, is sealed with its dispatch, and then is sent", async () => {
    const desk = new Desk();
    const run = await desk.send(["ada"]);
    assert.deepEqual(await desk.story(run.runId, "send/0"), [...toSend, ...done]);
    assert.deepEqual(desk.outside.calls, ["survey treasury", "prepare first 0", "seal 0", "dispatch 0"]);
    const lane = await desk.store.readLane(account, 10);
    assert.deepEqual(lane, { lane: account, seq: 1, next: 1, taken: [], queue: [], queued: 0 });
  });

  it("of one run get the slots that follow, as many as the window lets, and each is done once (case 24)", async () => {
    const desk = new Desk();
    const receivers = Array.from({ length: 40 }, (_, index) => `r${index}`);
    const run = await desk.send(receivers);
    assert.equal(run.status, "succeeded");
    assert.deepEqual(desk.outside.received, Object.fromEntries(receivers.map((to, index) => [to, [BigInt(index + 1)]])));
    assert.deepEqual(
      desk.outside.done.get(account)?.map(({ number }) => number),
      Array.from({ length: 40 }, (_, index) => index),
    );
    await desk.story(run.runId, "send/0");
  });

  it("never are more than the window that are not settled", async () => {
    const desk = new Desk();
    desk.outside.rules.automatic = false;
    const runId = await desk.admit(["a", "b", "c", "d", "e", "f"], "send");
    await desk.leave(runId);
    assert.equal(desk.outside.pending.size, 4);
    assert.equal((await desk.store.readLane(account, 10))?.queued, 2);
    desk.outside.rules.automatic = true;
    desk.outside.settle();
    assert.equal((await desk.until(desk.process().resume(runId, act))).status, "succeeded");
    assert.equal(desk.outside.usedBy(account), 6);
  });

  it("that may need what is under way needs too waits in the queue, without a failed attempt (LANE_RESERVED)", async () => {
    const desk = new Desk();
    desk.outside.rules.automatic = false;
    desk.outside.rules.purse = 5n;
    const first = await desk.admit(["a", "b"], "one");
    await desk.leave(first);
    const second = await desk.admit(["c", "d", "e"], "two");
    // Another process: what the first run sent is read from its history.
    await desk.leave(second, "second");
    assert.deepEqual(
      [...desk.outside.pending.values()].map(({ to }) => to),
      ["a", "b", "c"],
    );
    assert.deepEqual(await desk.story(second, "send/1"), ["RunAdmitted", "intended"]);
    desk.outside.rules.automatic = true;
    desk.outside.settle();
    for (const run of [first, second]) assert.equal((await desk.until(desk.process().resume(run, act))).status, "succeeded");
    assert.deepEqual(desk.outside.received, { a: [1n], b: [2n], c: [1n], d: [2n], e: [3n] });
  });

  it("of several runs get their turns in the order in which they came, and whoever is done wakes the next (case 24)", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["seal"]);
    const first = await desk.admit(["ada"], "one");
    const second = await desk.admit(["bob"], "two");
    await desk.leave(first);
    assert.deepEqual((await desk.leave(second)).waitingFor, [{ kind: "lane", step: "send/0", lane: account }]);
    assert.equal((await desk.store.readRun(second))?.wakeAt, null);
    desk.outside.rules.failing = new Set();
    await desk.until(desk.process().resume(first, act));
    assert.equal((await desk.store.readRun(second))?.poked, true);
    await desk.leave(second);
    assert.deepEqual(
      desk.outside.done.get(account)?.map(({ to }) => to),
      ["ada", "bob"],
    );
  });

  it("of a run that nobody drives any more is driven by who waits behind it, until it lets go (case 25)", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["seal"]);
    const first = await desk.admit(["ada"], "one");
    await desk.leave(first);
    desk.outside.rules.failing = new Set();
    const run = await desk.send(["bob"], { key: "two" });
    assert.equal(run.status, "succeeded");
    assert.deepEqual(
      desk.outside.done.get(account)?.map(({ to }) => to),
      ["ada", "bob"],
    );
    assert.equal((await desk.store.readRun(first))?.run.status, "succeeded");
  });

  it("does not wait in the queue while its run is paused, and comes back to its end (case 26)", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["survey"]);
    const first = await desk.admit(["ada"], "one");
    await desk.until(desk.process().drive(first, { idle: "stay", signal: new AbortController().signal }));
    assert.equal((await desk.store.readRun(first))?.run.status, "paused");
    assert.equal((await desk.store.readLane(account, 10))?.queued, 0);
    desk.outside.rules.failing = new Set();
    assert.equal((await desk.send(["bob"], { key: "two" })).status, "succeeded");
    assert.equal((await desk.until(desk.process().resume(first, act))).status, "succeeded");
    assert.deepEqual(
      desk.outside.done.get(account)?.map(({ to }) => to),
      ["bob", "ada"],
    );
  });

  it("waits while the outside is busy, and for a person where the lane is quarantined (case 28)", async () => {
    const desk = new Desk();
    desk.outside.rules.busy = true;
    const first = await desk.admit(["ada"], "one");
    const waiting = await desk.leave(first);
    assert.equal(waiting.status, "waiting");
    assert.notEqual((await desk.store.readRun(first))?.wakeAt, null);
    desk.outside.rules.busy = false;
    desk.outside.rules.stranger = true;
    const paused = await desk.until(desk.process().resume(first, act));
    assert.deepEqual([paused.status, paused.waitingFor[0]], ["paused", { kind: "resume", code: "RETRIES_EXHAUSTED", step: "send/0" }]);
    desk.outside.rules.stranger = false;
    assert.equal((await desk.until(desk.process().resume(first, act))).status, "succeeded");
  });

  it("that has nothing to do is done without an effect, with the facts that it read (case 32)", async () => {
    const desk = new Desk();
    const run = await desk.send(["enough"]);
    assert.deepEqual(await desk.story(run.runId, "send/0"), ["RunAdmitted", "StepCompleted", "RunSucceeded"]);
    assert.deepEqual(desk.outside.calls, []);
  });
});

describe("further candidates", () => {
  it("replace what is stuck, and whichever takes effect decides (case 29)", async () => {
    const desk = new Desk();
    desk.outside.rules.automatic = false;
    const runId = await desk.admit(["ada"], "send");
    await desk.leave(runId);
    desk.outside.rules.bar = 5;
    const run = desk.process().resume(runId, act);
    await desk.clock.run(() => desk.outside.pending.size === 2, desk.clock.now() + 3_600_000);
    desk.outside.rules.automatic = true;
    desk.outside.settle();
    assert.equal((await desk.until(run)).status, "succeeded");
    const story = await desk.story(runId, "send/0");
    assert.deepEqual(story.slice(0, 9), [...toSend, "accepted", "stuck", "prepared", "dispatched"]);
    assert.deepEqual(desk.outside.received, { ada: [1n] });
  });

  it("that cannot be made are none: what was sent is looked up (case 30)", async () => {
    const desk = new Desk();
    desk.outside.rules.automatic = false;
    const runId = await desk.admit(["ada"], "send");
    await desk.leave(runId);
    desk.outside.rules.bar = 5;
    desk.outside.rules.failing = new Set(["prepare"]);
    const run = desk.process().resume(runId, act);
    await desk.clock.run(
      () => desk.outside.calls.filter((call) => call === "prepare replacement 0").length > 2,
      desk.clock.now() + 3_600_000,
    );
    desk.outside.rules.bar = 0;
    desk.outside.settle();
    assert.equal((await desk.until(run)).status, "succeeded");
    assert.deepEqual(desk.outside.received, { ada: [1n] });
    await desk.story(runId, "send/0");
  });

  it("give up a slot of which nothing has left, where the run is cancelled (case 27)", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["seal"]);
    const runId = await desk.admit(["ada", "bob"], "send");
    await desk.leave(runId);
    await desk.process().cancel(runId, act);
    desk.outside.rules.failing = new Set();
    const run = await desk.until(desk.process().drive(runId, { idle: "stay", takeOver: true, signal: new AbortController().signal }));
    assert.equal(run.status, "cancelled");
    assert.deepEqual(desk.outside.received, { [account]: [0n] });
    const story = await desk.story(runId, "send/0");
    const end = ["prepared", "dispatched", "included", "settled cancelled", "StepFailed EFFECT_CANCELLED", "RunCancelled"];
    assert.deepEqual(story.slice(-end.length), end);
    assert.deepEqual((await desk.store.readLane(account, 1))?.taken, []);
  });

  it("give up a slot whose candidate is being sealed while somebody cancels the run (case 27)", async () => {
    const desk = new Desk();
    const runId = await desk.admit(["ada"], "send");
    let cancelled: Promise<unknown> | undefined;
    const process = desk.process("first", (moment) => {
      if (moment.kind === "effect.before" && moment.call === "seal") cancelled ??= desk.process("second").cancel(runId, act);
    });
    const run = await desk.until(process.drive(runId, { idle: "stay", signal: new AbortController().signal }));
    await cancelled;
    assert.deepEqual([run.status, desk.outside.received], ["cancelled", { [account]: [0n] }]);
    await desk.story(runId, "send/0");
  });

  it("that give up a slot are tried again and again, and no more often than the retry policy says", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["seal"]);
    const runId = await desk.admit(["ada"], "send");
    await desk.until(desk.process().drive(runId, { idle: "stay", signal: new AbortController().signal }));
    await desk.process().cancel(runId, act);
    const waiting = await desk.leave(runId);
    assert.deepEqual(waiting.waitingFor, [{ kind: "effect", step: "send/0", seen: null }]);
    assert.notEqual((await desk.store.readRun(runId))?.wakeAt, null);
    const seals = (): number => desk.outside.calls.filter((call) => call === "seal 0").length;
    const before = seals();
    const staying = desk.process().drive(runId, { idle: "stay", signal: new AbortController().signal });
    await desk.clock.run(() => false, desk.clock.now() + 20_000);
    assert.ok(seals() > before + 10 && seals() < before + 30, `${seals() - before} in 20 s`);
    desk.outside.rules.failing = new Set();
    assert.equal((await desk.until(staying)).status, "cancelled");
  });

  it("give up the slot of a candidate that is never sealed, and the run fails", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["seal"]);
    const runId = await desk.admit(["ada"], "send");
    const paused = await desk.until(desk.process().drive(runId, { idle: "stay", signal: new AbortController().signal }));
    assert.equal(paused.status, "paused");
    assert.equal((await desk.store.readLane(account, 1))?.taken.length, 1);
    await desk.process().cancel(runId, act);
    desk.outside.rules.failing = new Set();
    const run = await desk.until(desk.process().drive(runId, { idle: "stay", takeOver: true, signal: new AbortController().signal }));
    assert.equal(run.status, "cancelled");
    assert.deepEqual(desk.outside.received, { [account]: [0n] });
    await desk.story(runId, "send/0");
  });
});

describe("a renewal", () => {
  it("waits with a run that only pauses, and comes when it goes on (case 31)", async () => {
    const desk = new Desk();
    desk.outside.rules.automatic = false;
    const runId = await desk.admit(["ada", "bob"], "send", { window: 1, renewals: 1 });
    const staying = desk.process().drive(runId, { idle: "stay", signal: new AbortController().signal });
    await desk.clock.run(() => desk.outside.pending.size === 1, desk.clock.now() + 1000);
    desk.outside.rules.stranger = true;
    const failures = async () => (await desk.story(runId, "send/1")).filter((event) => event.startsWith("StepFailed")).length;
    for (let seconds = 0; seconds < 60 && (await failures()) < 3; seconds++) await desk.clock.run(() => false, desk.clock.now() + 1000);
    desk.outside.foreign(account);
    assert.equal((await desk.until(staying)).status, "paused");
    desk.outside.rules.stranger = false;
    desk.outside.rules.automatic = true;
    assert.equal((await desk.until(desk.process().resume(runId, act))).status, "succeeded");
    assert.deepEqual(desk.outside.received, { "a stranger": [1n], ada: [1n], bob: [2n] });
    assert.ok((await desk.story(runId, "send/0")).join(" ").includes("settled superseded intended"));
  });

  it("is the same intent with another slot, once the one before is proven never to happen (case 31)", async () => {
    const desk = new Desk();
    desk.outside.rules.automatic = false;
    const runId = await desk.admit(["ada"], "never");
    await desk.leave(runId);
    desk.outside.foreign(account);
    desk.outside.rules.automatic = true;
    assert.equal((await desk.until(desk.process().resume(runId, act))).status, "failed");
    assert.deepEqual(desk.outside.received, { "a stranger": [1n] });

    const again = new Desk();
    again.outside.rules.automatic = false;
    const started = again.send(["ada"], { renewals: 1 });
    await again.clock.run(() => again.outside.pending.size === 1, again.clock.now() + 1000);
    again.outside.foreign(account);
    again.outside.rules.automatic = true;
    const run = await started;
    assert.equal(run.status, "succeeded");
    assert.deepEqual(again.outside.received, { "a stranger": [1n], ada: [1n] });
    const story = await again.story(run.runId, "send/0");
    assert.ok(story.join(" ").includes("settled superseded intended LaneAcquired prepared dispatched"));
    const rows = await again.store.listEffects({ limit: 10 });
    assert.deepEqual(
      rows.map(({ is, outcome, slot }) => [is, outcome, slot]),
      [
        ["settled", "success", 1],
        ["settled", "superseded", 0],
      ],
    );
  });
});
