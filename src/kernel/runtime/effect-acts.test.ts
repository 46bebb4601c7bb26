/** Acts on effects, through the runtime on the model store in virtual time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Office, act } from "../../../test/kernel/office.ts";
import { Outside, takeTurns, turnDefinitions } from "../../../test/kernel/turns.ts";
import { MfmError } from "../errors.ts";
import type { RunId } from "../names.ts";
import type { Run } from "../run.ts";

const account = "treasury";
const step = "send/0";
const signal = new AbortController().signal;

class Desk extends Office {
  readonly outside: Outside;

  constructor(outside = new Outside()) {
    super({}, { ...turnDefinitions, turns: outside.backend() });
    this.outside = outside;
  }

  async admit(): Promise<RunId> {
    const config = { account, receivers: ["ada"], window: 4, renewals: 0 };
    return (await this.process().start(takeTurns, config, { key: "send", detach: true })).run.runId;
  }

  drive(runId: RunId, idle: "stay" | "leave"): Promise<Run> {
    return this.until(this.process().drive(runId, { idle, takeOver: true, signal }));
  }

  /** A run whose effect was sent, and is not carried out yet. */
  async sent(): Promise<RunId> {
    this.outside.rules.automatic = false;
    const runId = await this.admit();
    await this.drive(runId, "leave");
    return runId;
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof MfmError ? error.code : String(error);
}

describe("asking for another candidate", () => {
  it("replaces what was sent, with who, why and the terms in its history", async () => {
    const desk = new Desk();
    const runId = await desk.sent();
    await desk.process().requestCandidate({ runId, step, role: "replacement", terms: { bid: "9" }, act });
    const run = desk.drive(runId, "stay");
    await desk.clock.run(() => desk.outside.pending.size === 2, desk.clock.now() + 3_600_000);
    desk.outside.rules.automatic = true;
    desk.outside.settle();
    assert.equal((await run).status, "succeeded");
    assert.deepEqual(desk.outside.received, { ada: [1n] });
    assert.ok((await desk.story(runId, step)).includes("CandidateRequested"));
  });

  it("cancels what was sent: it never happens, and the run fails with that", async () => {
    const desk = new Desk();
    const runId = await desk.sent();
    await desk.process().requestCandidate({ runId, step, role: "cancel", terms: null, act });
    assert.equal(await codeOf(desk.process().requestCandidate({ runId, step, role: "replacement", terms: null, act })), "EFFECT_NOT_OPEN");
    const run = desk.drive(runId, "stay");
    await desk.clock.run(() => desk.outside.pending.size === 2, desk.clock.now() + 3_600_000);
    desk.outside.rules.automatic = true;
    desk.outside.settle();
    assert.equal((await run).failure?.code, "EFFECT_CANCELLED");
    assert.deepEqual(desk.outside.received, { [account]: [0n] });
    await desk.story(runId, step);
  });

  const wish = (desk: Desk, runId: RunId, role: "cancel" | "replacement") =>
    desk.process().requestCandidate({ runId, step, role, terms: null, act });
  const soon = (desk: Desk): number => desk.clock.now() + 3_600_000;

  it("cancels again what a cancel that nobody signed did not: another one takes its place (case 27)", async () => {
    const desk = new Desk();
    desk.outside.rules.failing = new Set(["seal"]);
    const runId = await desk.admit();
    await desk.drive(runId, "leave");
    await wish(desk, runId, "cancel");
    const run = desk.drive(runId, "stay");
    await desk.clock.run(() => desk.outside.calls.includes("prepare cancel 0"), soon(desk));
    await desk.clock.run(() => desk.outside.calls.at(-1) === "seal 0", soon(desk));
    await wish(desk, runId, "cancel");
    desk.outside.rules.failing = new Set();
    assert.equal((await run).failure?.code, "EFFECT_CANCELLED");
    assert.deepEqual(desk.outside.received, { [account]: [0n] });
    const story = await desk.story(runId, step);
    assert.equal(story.filter((event) => event === "prepared").length, 3);
  });

  it("cancels instead of a replacement that nobody signs (case 30)", async () => {
    const desk = new Desk();
    const runId = await desk.sent();
    desk.outside.rules.bar = 5;
    desk.outside.rules.failing = new Set(["seal"]);
    const run = desk.drive(runId, "stay");
    await desk.clock.run(() => desk.outside.calls.includes("prepare replacement 0"), soon(desk));
    await wish(desk, runId, "cancel");
    await desk.clock.run(() => desk.outside.calls.includes("prepare cancel 0"), soon(desk));
    assert.ok(desk.outside.calls.includes("prepare cancel 0"), desk.outside.calls.join());
    desk.outside.rules.failing = new Set();
    desk.outside.rules.automatic = true;
    assert.equal((await run).failure?.code, "EFFECT_CANCELLED");
    assert.deepEqual(desk.outside.received, { [account]: [0n] });
    await desk.story(runId, step);
  });

  it("keeps sending what was sent while what is asked for cannot be made (case 30)", async () => {
    const desk = new Desk();
    const runId = await desk.sent();
    desk.outside.rules.failing = new Set(["prepare"]);
    desk.outside.pending.clear();
    await wish(desk, runId, "replacement");
    const run = desk.drive(runId, "stay");
    await desk.clock.run(() => desk.outside.pending.size === 1, soon(desk));
    desk.outside.settle();
    assert.equal((await run).status, "succeeded");
    assert.deepEqual(desk.outside.received, { ada: [1n] });
    await desk.story(runId, step);
  });

  it("keeps sending what is stuck while another candidate cannot be made: no pool may have it any more (case 30)", async () => {
    const desk = new Desk();
    const runId = await desk.sent();
    desk.outside.rules.bar = 5;
    desk.outside.rules.failing = new Set(["prepare"]);
    const run = desk.drive(runId, "stay");
    const isSentAgain = (): boolean => {
      const asked = desk.outside.calls.indexOf("prepare replacement 0");
      return asked >= 0 && desk.outside.calls.slice(asked).some((call) => call.startsWith("dispatch"));
    };
    await desk.clock.run(isSentAgain, soon(desk));
    assert.ok(isSentAgain(), desk.outside.calls.join());
    desk.outside.rules.bar = 0;
    desk.outside.settle();
    assert.equal((await run).status, "succeeded");
    assert.deepEqual(desk.outside.received, { ada: [1n] });
    await desk.story(runId, step);
  });

  it("is heard while another candidate is being made: that one is none (case 29)", async () => {
    const desk = new Desk();
    const runId = await desk.sent();
    desk.outside.rules.bar = 5;
    let asked: Promise<unknown> | undefined;
    const process = desk.process("first", (moment) => {
      if (moment.kind !== "effect.before" || moment.call !== "prepare") return;
      desk.outside.rules.automatic = true;
      asked ??= wish(desk, runId, "cancel");
    });
    const run = await desk.until(process.drive(runId, { idle: "stay", takeOver: true, signal }));
    await asked;
    assert.equal(run.failure?.code, "EFFECT_CANCELLED");
    assert.deepEqual(desk.outside.received, { [account]: [0n] });
    await desk.story(runId, step);
  });

  it("is refused with EFFECT_NOT_OPEN before anything was sent, and for a step without an effect", async () => {
    const desk = new Desk();
    const runId = await desk.admit();
    assert.equal(await codeOf(desk.process().requestCandidate({ runId, step, role: "cancel", terms: null, act })), "EFFECT_NOT_OPEN");
    assert.equal(
      await codeOf(desk.process().requestCandidate({ runId, step: "none", role: "cancel", terms: null, act })),
      "EFFECT_NOT_OPEN",
    );
  });

  it("is refused with RUN_ENDED once it is over", async () => {
    const desk = new Desk();
    const runId = await desk.admit();
    assert.equal((await desk.drive(runId, "stay")).status, "succeeded");
    assert.equal(await codeOf(desk.process().requestCandidate({ runId, step, role: "cancel", terms: null, act })), "RUN_ENDED");
  });
});

describe("explaining a lane", () => {
  it("lets what waits for it go on behind what is used up", async () => {
    const desk = new Desk();
    desk.outside.rules.stranger = true;
    const runId = await desk.admit();
    assert.equal((await desk.drive(runId, "stay")).status, "paused");
    desk.outside.rules.stranger = false;
    desk.outside.foreign(account);
    await desk.process().explainLane({ lane: account, next: 1, act });
    assert.equal((await desk.store.readLane(account, 1))?.next, 1);
    assert.equal((await desk.until(desk.process().resume(runId, act))).status, "succeeded");
    assert.ok((await desk.story(runId, step)).includes("LaneExplained"));
  });

  it("is refused with LANE_NOT_AWAITED where nothing waits", async () => {
    const desk = new Desk();
    assert.equal(await codeOf(desk.process().explainLane({ lane: account, next: 1, act })), "LANE_NOT_AWAITED");
    const runId = await desk.admit();
    await desk.drive(runId, "stay");
    assert.equal(await codeOf(desk.process().explainLane({ lane: account, next: 1, act })), "LANE_NOT_AWAITED");
  });
});
