/** Runs with effects out there that fail, are cancelled, or wait: no effect is left behind, and none is begun. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Said, booked } from "../../../test/kernel/bank.ts";
import { Office, act, begun, day, succeeded } from "../../../test/kernel/office.ts";
import { payAll } from "../../../test/kernel/writes.ts";
import { StepFailure } from "../execute.ts";
import { defineOp } from "../op.ts";
import type { Moment } from "../ports.ts";
import { runWorker } from "./worker.ts";

describe("a run that fails while an effect is out there", () => {
  it("begins no other, gives up what was not sent, drives that one to rest, and then fails (case 19)", async () => {
    const office = new Office({
      sends: { ada: [{ kind: "pending" }] },
      looks: { ada: [{ kind: "pending" }, { kind: "pending" }, { kind: "pending" }, booked] },
      prepare: ({ id, intent }) => {
        const made = envelopeOf(id, intent);
        if (intent.to === "ada") return made;
        return new Promise((resolve, reject) => {
          // One is still being prepared when the other is refused.
          office.clock.timer(intent.to === "alan" ? 2000 : 5000, () =>
            intent.to === "alan" ? reject(new StepFailure("ACCOUNT_CLOSED", "never")) : resolve(made),
          );
        });
      },
    });
    const run = await office.pay("ada", "alan", "grace");
    assert.deepEqual([run.status, run.failure], ["failed", { step: "pay/1", code: "ACCOUNT_CLOSED" }]);
    assert.deepEqual(await office.story(run.runId, "pay/0"), [...begun, "accepted", ...succeeded, "RunFailed ACCOUNT_CLOSED"]);
    assert.deepEqual(await office.story(run.runId, "pay/2"), ["RunAdmitted", "intended", "abandoned failed", "RunFailed ACCOUNT_CLOSED"]);
    assert.ok(!office.bank.calls.includes("send grace"));
  });
});

function envelopeOf(id: string, { to, amount }: { readonly to: string; readonly amount: bigint }) {
  return { key: `${id}:0`, to, amount };
}

describe("cancelling a run with effects", () => {
  it("gives up what was not sent, at once (case 20)", async () => {
    const office = new Office({ prepare: () => Promise.reject(new StepFailure("BANK_CLOSED", "safe")) });
    const { runId } = await office.begin("ada");
    const run = await office.process("other").cancel(runId, act);
    assert.equal(run.status, "cancelled");
    assert.deepEqual((await office.story(runId)).slice(-3), ["CancelRequested", "abandoned cancelled", "RunCancelled"]);
    assert.ok(!office.bank.calls.includes("send ada"));
  });

  it("waits for what was sent: the run ends once a driver has brought it to rest (case 21)", async () => {
    const office = new Office({ sends: { ada: [{ kind: "pending" }] }, looks: { ada: [{ kind: "pending" }, booked] } });
    const { runId } = await office.begin("ada", "alan");
    const run = await office.process("other").cancel(runId, act);
    assert.deepEqual([run.status, run.waitingFor], ["waiting", [{ kind: "effect", step: "pay/0", seen: "accepted" }]]);
    assert.deepEqual(await office.process("other").cancel(runId, { ...act, reason: "again" }), run);
    const ended = await office.until(office.process("driver").drive(runId, { idle: "stay", signal: new AbortController().signal }));
    assert.equal(ended.status, "cancelled");
    assert.deepEqual(await office.story(runId), [...begun, "accepted", "CancelRequested", ...succeeded, "RunCancelled"]);
  });

  it("reaches a driver that is at work (case 21)", async () => {
    const pending: Said = { kind: "pending" };
    const office = new Office({ sends: { ada: [pending] }, looks: { ada: [pending, pending, pending, booked] } });
    const started = office.process().start(payAll, { payments: [{ to: "ada", amount: 1n }] }, { key: "pay" });
    await office.clock.run(() => office.bank.calls.length > 2, office.clock.now() + day);
    const [stored] = await office.store.listRuns({ limit: 1 });
    assert.ok(stored !== undefined);
    await office.process("other").cancel(stored.run.runId, act);
    assert.equal((await office.until(started)).run.status, "cancelled");
    assert.deepEqual((await office.story(stored.run.runId)).slice(-5), ["CancelRequested", ...succeeded, "RunCancelled"]);
  });
});

describe("a run whose other steps stand still", () => {
  it("pauses only once what was sent is at rest (case 22)", async () => {
    const office = new Office({
      sends: { ada: [{ kind: "pending" }] },
      looks: { ada: [{ kind: "pending" }, { kind: "pending" }, booked] },
      prepare: ({ id, intent }) => {
        if (intent.to === "alan") throw new StepFailure("BANK_CLOSED", "safe");
        return envelopeOf(id, intent);
      },
    });
    const run = await office.pay("ada", "alan");
    assert.deepEqual([run.status, run.steps.done], ["paused", 1]);
    const words = await office.story(run.runId);
    assert.deepEqual(words.slice(-4), [...succeeded, "RunPaused"]);
  });
});

const parent = defineOp({
  id: "test.kernel/payer@1",
  plan: (program) => ({ sum: program.child("child", payAll, { payments: [{ to: "ada", amount: 1n }] }).output.at("sum") }),
});

describe("a child run with effects whose parent ended", () => {
  it("ends once what it sent is at rest, and its parent does not wait for that (case 23)", async () => {
    const looks = Array.from({ length: 5 }, () => ({ kind: "pending" }) as const);
    const office = new Office({ sends: { ada: [{ kind: "pending" }] }, looks: { ada: [...looks, booked] } }, { parent });
    const started = office.process().start(parent, {}, { key: "pay" });
    await office.clock.run(() => office.bank.calls.length > 2, office.clock.now() + day);
    const runs = await office.store.listRuns({ limit: 2 });
    const [child, own] = runs.map(({ run }) => run.runId);
    assert.ok(child !== undefined && own !== undefined);
    assert.equal((await office.process("other").cancel(own, act)).status, "cancelled");
    assert.equal((await office.until(started)).run.status, "cancelled");
    const ended = await office.until(office.process("worker").drive(child, { idle: "stay", signal: new AbortController().signal }));
    assert.equal(ended.status, "cancelled");
    assert.deepEqual((await office.story(child)).slice(-5), ["CancelRequested", ...succeeded, "RunCancelled"]);
  });
});

describe("a worker with effects out there", () => {
  it("puts the run aside between looks, and looks less and less often (case 9)", async () => {
    const looks = Array.from({ length: 12 }, () => ({ kind: "pending" }) as const);
    const office = new Office({ sends: { ada: [{ kind: "pending" }] }, looks: { ada: looks } });
    const { runId } = await office.begin("ada");
    const stop = new AbortController();
    const times: number[] = [];
    const watch = (moment: Moment): void => {
      if (moment.kind === "effect.before" && moment.call === "observe") times.push(office.clock.now());
    };
    const errors: unknown[] = [];
    const work = runWorker(office.process("worker", watch), {
      concurrency: 1,
      signal: stop.signal,
      onError: (error) => errors.push(error),
    });
    const ended = async (): Promise<boolean> => (await office.store.readRun(runId))?.run.status === "succeeded";
    for (let turn = 0; turn < 2000 && !(await ended()); turn++) await office.clock.run(() => false, office.clock.now() + 1000);
    stop.abort(new Error("done"));
    await office.until(work);
    assert.deepEqual(errors, []);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.equal(gaps.length, 12);
    for (const [index, gap] of gaps.entries()) assert.ok(gap >= (gaps[index - 1] ?? 0) && gap < 61_000, gaps.join(" "));
    assert.ok((gaps.at(-1) ?? 0) >= 60_000, gaps.join(" "));
    assert.equal((await office.store.readRun(runId))?.claims, 0);
  });
});
