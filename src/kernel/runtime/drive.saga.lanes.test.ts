/** Approvals and undoing where effects need a lane: what waits for people keeps nobody waiting, and an undo takes its turn as any. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { Office, act } from "../../../test/kernel/office.ts";
import { operators, people, sign } from "../../../test/kernel/people.ts";
import { Outside, askTurn, takeTurn, takeTurns, turnDefinitions } from "../../../test/kernel/turns.ts";
import { check } from "../../../test/kernel/undo.ts";
import { defineOp } from "../op.ts";
import type { RunId } from "../names.ts";
import { approvalDocument, expiryAfter } from "./approve.ts";

const account = "treasury";
const configOf = (to: string) => ({ account, to, amount: 1n, window: 1, renewals: 0 });
const options = { retry: { maxAttempts: 2, firstDelayMs: 1000, maxDelayMs: 1000 }, timeLimit: "10s" } as const;

const turnBack = defineOp({
  id: "test.kernel/turn-back@1",
  config: z.strictObject({ renewals: z.int().min(0) }),
  plan(program, { renewals }) {
    program.onFailure("compensate", { operators, quorum: 1 });
    const sent = program.step("send", takeTurn, { config: configOf("ada"), ...options });
    program.undo(sent, takeTurn, { config: { ...configOf("ourselves"), renewals }, ...options });
    return { total: program.step("check", check, { config: { isWell: false }, input: { total: 1n }, after: [sent] }).output };
  },
});

class Desk extends Office {
  readonly outside: Outside;

  constructor(outside = new Outside()) {
    super({}, { ...turnDefinitions, askTurn, turnBack, check, turns: outside.backend() });
    this.outside = outside;
  }
}

describe("an effect in a lane that people have to agree to", () => {
  it("does not stand in the queue until they have, so that others go on (case 65)", async () => {
    const desk = new Desk();
    const { run } = await desk.until(desk.process().start(askTurn, {}, { key: "asks" }));
    assert.deepEqual([run.status, (await desk.store.readLane(account, 10))?.queued ?? 0], ["blocked", 0]);
    const config = { account, receivers: ["bob"], window: 1, renewals: 0 };
    const other = await desk.until(desk.process().start(takeTurns, config, { key: "goes on" }));
    assert.equal(other.run.status, "succeeded");
    const [request] = await desk.process().approvals(run.runId);
    assert.ok(request !== undefined);
    const expiry = expiryAfter(desk.clock.now(), 60_000);
    const signature = await sign(people.ann, approvalDocument(request, expiry));
    await desk.process().approve({ runId: run.runId, step: "send", expiry, signature });
    assert.equal((await desk.store.readLane(account, 10))?.queued, 1);
    assert.equal((await desk.until(desk.process("second").resume(run.runId, act))).status, "succeeded");
    assert.deepEqual(desk.outside.received, { ada: [1n], bob: [1n] });
    await desk.story(run.runId, "send");
  });
});

describe("an approval that is over once there is a slot", () => {
  /** Approved for a minute; it has its slot, and what is to seal it fails. */
  async function beginAsked(desk: Desk): Promise<RunId> {
    const { run } = await desk.until(desk.process().start(askTurn, {}, { key: "asks" }));
    const { runId } = run;
    const [request] = await desk.process().approvals(runId);
    assert.ok(request !== undefined);
    const expiry = expiryAfter(desk.clock.now(), 60_000);
    const signature = await sign(people.ann, approvalDocument(request, expiry));
    await desk.process().approve({ runId, step: "send", expiry, signature });
    desk.outside.rules.failing = new Set(["seal"]);
    const resumed = await desk.until(desk.process().resume(runId, act));
    assert.deepEqual([resumed.status, (await desk.store.readLane(account, 1))?.taken.length], ["paused", 1]);
    desk.outside.rules.failing = new Set();
    return runId;
  }

  function passMinutes(desk: Desk, minutes: number): Promise<void> {
    return desk.until(new Promise<void>((resolve) => void desk.clock.timer(minutes * 60_000, resolve)));
  }

  it("is looked at again before anything of the intent is sealed: the slot is given up by a cancel, and others go on (case 67)", async () => {
    const desk = new Desk();
    const runId = await beginAsked(desk);
    await passMinutes(desk, 2);
    const run = await desk.until(desk.process("second").resume(runId, act));
    assert.deepEqual([run.status, run.failure], ["failed", { step: "send", code: "APPROVAL_EXPIRED" }]);
    assert.deepEqual(desk.outside.received, { [account]: [0n] });
    const end = ["StepFailed APPROVAL_EXPIRED", "prepared", "dispatched", "included", "settled cancelled", "RunFailed APPROVAL_EXPIRED"];
    assert.deepEqual((await desk.story(runId, "send")).slice(-end.length), end);
    const config = { account, receivers: ["bob"], window: 1, renewals: 0 };
    assert.equal((await desk.until(desk.process().start(takeTurns, config, { key: "next" }))).run.status, "succeeded");
  });

  it("holds where it does: what waited for its seal goes on with its slot", async () => {
    const desk = new Desk();
    const runId = await beginAsked(desk);
    assert.equal((await desk.until(desk.process("second").resume(runId, act))).status, "succeeded");
    assert.deepEqual(desk.outside.received, { ada: [1n] });
  });

  it("changes nothing of what was sealed: it goes on, on better terms too", async () => {
    const desk = new Desk();
    const runId = await beginAsked(desk);
    desk.outside.rules.automatic = false;
    await desk.process().resume(runId, act, { detach: true });
    const left = await desk.until(desk.process().drive(runId, { idle: "leave", signal: new AbortController().signal }));
    assert.deepEqual([left.status, desk.outside.pending.size], ["waiting", 1]);
    await passMinutes(desk, 2);
    Object.assign(desk.outside.rules, { automatic: true, bar: 9 });
    assert.equal((await desk.until(desk.process("second").resume(runId, act))).status, "succeeded");
    assert.deepEqual([desk.outside.received, desk.outside.sealed], [{ ada: [1n] }, 2]);
  });
});

describe("an undo in a lane", () => {
  it("takes its turn as any (case 52)", async () => {
    const desk = new Desk();
    const { run } = await desk.until(desk.process().start(turnBack, { renewals: 0 }, { key: "back" }));
    assert.equal(run.status, "compensated");
    assert.deepEqual(desk.outside.received, { ada: [1n], ourselves: [1n] });
    assert.equal((await desk.store.readLane(account, 10))?.next, 2);
  });

  it("of a run that nobody drives any more is driven by who waits behind it (case 25)", async () => {
    const desk = new Desk();
    const { run: begun } = await desk.process().start(turnBack, { renewals: 0 }, { key: "back", detach: true });
    const process = desk.process("first", (moment) => {
      if (moment.kind === "append.after" && moment.types.includes("CompensationStarted")) desk.outside.rules.failing = new Set(["seal"]);
    });
    const left = await desk.until(process.drive(begun.runId, { idle: "leave", signal: new AbortController().signal }));
    assert.equal(left.status, "compensating");
    desk.outside.rules.failing = new Set();
    const config = { account, receivers: ["bob"], window: 1, renewals: 0 };
    const other = await desk.until(desk.process("second").start(takeTurns, config, { key: "waits" }));
    assert.deepEqual([other.run.status, (await desk.process().status(begun.runId)).status], ["succeeded", "compensated"]);
  });

  it("is intended anew where somebody else took its number (case 31)", async () => {
    const desk = new Desk();
    let taken = 0;
    const process = desk.process("first", (moment) => {
      const isSent = moment.kind === "effect.before" && moment.call === "dispatch" && moment.step === "send/undo";
      if (isSent && taken++ === 0) desk.outside.foreign(account);
    });
    const { run } = await desk.until(process.start(turnBack, { renewals: 1 }, { key: "back" }));
    assert.equal(run.status, "compensated");
    assert.deepEqual(desk.outside.received, { ada: [1n], "a stranger": [1n], ourselves: [1n] });
    const story = (await desk.story(run.runId, "send/undo")).join(" ");
    assert.match(story, /settled superseded intended LaneAcquired prepared dispatched included settled success StepCompleted/);
  });

  it("keeps its slot where its retries run out, and goes on with it when the run is resumed (case 62)", async () => {
    const desk = new Desk();
    const { rules } = desk.outside;
    const process = desk.process("first", (moment) => {
      if (moment.kind === "append.after" && moment.types.includes("CompensationStarted")) rules.failing = new Set(["seal"]);
    });
    const { run } = await desk.until(process.start(turnBack, { renewals: 0 }, { key: "back" }));
    assert.deepEqual([run.status, run.waitingFor], ["paused", [{ kind: "resume", code: "RETRIES_EXHAUSTED", step: "send/undo" }]]);
    rules.failing = new Set();
    assert.equal((await desk.until(desk.process("second").resume(run.runId, act))).status, "compensated");
    assert.deepEqual(desk.outside.received, { ada: [1n], ourselves: [1n] });
    const prepared = desk.outside.calls.filter((call) => call.startsWith("prepare"));
    assert.deepEqual(prepared, ["prepare first 0", "prepare first 1"]);
    await desk.story(run.runId, "send/undo");
  });
});
