/** Write steps through the runtime, on the model store in virtual time: what is recorded when, and what is asked of the outside. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Said, type Script, booked } from "../../../test/kernel/bank.ts";
import { Office, act, begun, succeeded } from "../../../test/kernel/office.ts";
import { payAll, writeDefinitions } from "../../../test/kernel/writes.ts";
import { implementEffect } from "../effects/backend.ts";
import { StepFailure } from "../execute.ts";
import type { Moment } from "../ports.ts";

describe("a write step", () => {
  it("is intended, prepared and dispatched before it is sent, and done in three commits", async () => {
    const office = new Office();
    const order: string[] = [];
    const watch = (moment: Moment): void => {
      if (moment.kind === "append.after") order.push(moment.types.join(" "));
      if (moment.kind === "effect.before" || moment.kind === "effect.after") order.push(`${moment.call} ${moment.kind.slice(7)}`);
    };
    const outcome = await office.until(
      office.process("first", watch).start(payAll, { payments: [{ to: "ada", amount: 5n }] }, { key: "pay" }),
    );
    assert.deepEqual(outcome.kind === "succeeded" && outcome.output, { sum: { total: 12n } });
    assert.deepEqual(order, [
      "RunAdmitted",
      "EffectIntended",
      "prepare before",
      "prepare after",
      "EffectPrepared EffectDispatched",
      "dispatch before",
      "dispatch after",
      "EffectObserved EffectSettled StepCompleted",
      "StepCompleted RunSucceeded",
    ]);
    assert.deepEqual(office.bank.received, { ada: 5n });
  });

  it("is booked once where the answer to a send is lost after it arrived: it is looked up (case 5)", async () => {
    const office = new Office({ sends: { ada: ["books and throws"] } });
    const run = await office.pay("ada");
    assert.deepEqual(await office.story(run.runId), [...begun, "unknown", ...succeeded, "RunSucceeded"]);
    assert.deepEqual(office.bank.calls, ["prepare ada", "send ada", "look ada"]);
    assert.deepEqual(office.bank.received, { ada: 1n });
  });

  it("is sent again, as it is, where it did not arrive (case 6)", async () => {
    const office = new Office({ sends: { ada: ["throws", "books"] } });
    const run = await office.pay("ada");
    assert.deepEqual(await office.story(run.runId), [...begun, "unknown", "notFound", ...succeeded, "RunSucceeded"]);
    assert.deepEqual(office.bank.calls, ["prepare ada", "send ada", "look ada", "send ada"]);
  });

  it("that arrives after it was looked for in vain, and was sent again, is booked once (case 7)", async () => {
    const office = new Office({ sends: { ada: ["arrives late", "books"] } });
    const run = await office.pay("ada");
    assert.deepEqual(await office.story(run.runId), [...begun, "unknown", "notFound", ...succeeded, "RunSucceeded"]);
    assert.deepEqual([office.bank.books.size, office.bank.received], [1, { ada: 1n }]);
  });

  it("that two processes send, each thinking that it is alone, is booked once (case 8)", async () => {
    const office = new Office({ sends: { ada: ["books and hangs"] } });
    const first = office.process("first").start(payAll, { payments: [{ to: "ada", amount: 1n }] }, { key: "pay" });
    const outcome = first.catch((error: unknown) => error);
    await office.clock.run(() => office.bank.calls.includes("send ada"), office.clock.now() + 1000);
    const [stored] = await office.store.listRuns({ limit: 1 });
    assert.ok(stored !== undefined);
    const run = await office.until(office.process("second").resume(stored.run.runId, act));
    assert.equal(run.status, "succeeded");
    assert.ok((await office.until(outcome)) !== undefined);
    assert.deepEqual(office.bank.calls, ["prepare ada", "send ada", "send ada"]);
    assert.deepEqual([office.bank.books.size, office.bank.received], [1, { ada: 1n }]);
    await office.story(run.runId);
  });

  it("is looked at until it has an outcome, and what is no news is not recorded (cases 9 and 10)", async () => {
    const looks: Said[] = [
      { kind: "pending" },
      { kind: "frozen", why: "LIMIT" },
      { kind: "frozen", why: "LIMIT" },
      { kind: "busy" },
      { kind: "busy" },
    ];
    const office = new Office({ sends: { ada: [{ kind: "pending" }] }, looks: { ada: [...looks, booked] } });
    const run = await office.pay("ada");
    assert.deepEqual(await office.story(run.runId), [...begun, "accepted", "stuck", "unknown", ...succeeded, "RunSucceeded"]);
    assert.equal(office.bank.calls.length, 8);
  });

  it("waits until what took effect is final, and starts over where it is taken back (case 11)", async () => {
    const seen = (status: "success" | "reverted", isFinal: boolean): Said => ({ ...booked, status, isFinal });
    const looks: Said[] = [seen("success", false), { kind: "nothing" }, seen("reverted", false), seen("success", true)];
    const office = new Office({ sends: { ada: [seen("success", false), { kind: "pending" }] }, looks: { ada: looks } });
    const run = await office.pay("ada");
    const way = ["included", "removed", "notFound", "accepted", "included", "removed", ...succeeded];
    assert.deepEqual(await office.story(run.runId), [...begun, ...way, "RunSucceeded"]);
  });

  const endings: readonly (readonly [string, Said, string, readonly string[]])[] = [
    ["is reverted (case 12)", { ...booked, status: "reverted" }, "EFFECT_REVERTED", ["included", "settled reverted"]],
    ["has been cancelled outside (case 12)", { ...booked, status: "cancelled" }, "EFFECT_CANCELLED", ["included", "settled cancelled"]],
    ["has been superseded (case 13)", { kind: "taken" }, "EFFECT_SUPERSEDED", ["settled superseded"]],
    ["is contradicted (case 14)", { kind: "nonsense" }, "EFFECT_AMBIGUOUS", ["ambiguous"]],
  ];
  for (const [name, said, code, way] of endings) {
    it(`that ${name} fails its run with ${code}`, async () => {
      const office = new Office({ sends: { ada: [said] } });
      const run = await office.pay("ada");
      assert.deepEqual([run.status, run.failure], ["failed", { step: "pay/0", code }]);
      assert.deepEqual(await office.story(run.runId), [...begun, ...way, `StepFailed ${code}`, `RunFailed ${code}`]);
    });
  }

  it("whose code fails on what came of it fails its run, with the effect settled (case 15)", async () => {
    const office = new Office();
    const run = await office.pay("hermit");
    assert.deepEqual([run.status, run.failure], ["failed", { step: "pay/0", code: "STEP_THREW" }]);
    assert.deepEqual(await office.story(run.runId), [
      ...begun,
      "included",
      "settled success",
      "StepFailed STEP_THREW",
      "RunFailed STEP_THREW",
    ]);
    assert.deepEqual(office.bank.received, { hermit: 1n });
  });

  it("whose code fails before it says what is to be done has no effect", async () => {
    const office = new Office();
    const run = await office.pay("nobody");
    assert.deepEqual(await office.story(run.runId), ["RunAdmitted", "StepFailed STEP_THREW", "RunFailed STEP_THREW"]);
    assert.deepEqual(office.bank.calls, []);
  });
});

describe("preparing an effect", () => {
  const envelope = (id: string, to: string, amount: bigint) => ({ key: `${id}:0`, to, amount });

  it("is tried again as the step's retry policy says, on the recorded intent (case 16)", async () => {
    const office = new Office({
      prepare: ({ id, intent }, call) => {
        if (call === 0) throw new Error("not now, on purpose");
        return envelope(id, intent.to, intent.amount);
      },
    });
    const run = await office.pay("ada");
    assert.deepEqual(await office.story(run.runId), [
      "RunAdmitted",
      "intended",
      "StepFailed CAPABILITY_FAILED",
      "prepared",
      "dispatched",
      ...succeeded,
      "RunSucceeded",
    ]);
  });

  it("pauses the run when its attempts run out, and goes on with the same intent (case 16)", async () => {
    const office = new Office({
      prepare: ({ id, intent }, call) => {
        if (call < 2) throw new StepFailure("BANK_CLOSED", "safe");
        return envelope(id, intent.to, intent.amount);
      },
    });
    const run = await office.pay("ada");
    assert.deepEqual([run.status, run.waitingFor], ["paused", [{ kind: "resume", code: "RETRIES_EXHAUSTED", step: "pay/0" }]]);
    const resumed = await office.until(office.process().resume(run.runId, act));
    assert.equal(resumed.status, "succeeded");
    const intents = (await office.story(run.runId)).filter((word) => word === "intended");
    assert.deepEqual(intents, ["intended"]);
  });

  const refusals: readonly (readonly [string, NonNullable<Script["prepare"]>, string])[] = [
    ["what was refused for good (case 16)", () => Promise.reject(new StepFailure("ACCOUNT_CLOSED", "never")), "ACCOUNT_CLOSED"],
    ["what is not what was intended (case 17)", ({ id, intent }) => envelope(id, intent.to, intent.amount + 1n), "EFFECT_ENVELOPE_REFUSED"],
    ["what is of another effect (case 17)", ({ intent }) => envelope("other", intent.to, intent.amount), "EFFECT_ENVELOPE_REFUSED"],
    ["what has no identity (case 17)", ({ id, intent }) => ({ ...intent, key: id.padEnd(201, "0") }), "EFFECT_RULE_INVALID"],
  ];
  for (const [name, prepare, code] of refusals) {
    it(`abandons ${name}, and nothing is sent`, async () => {
      const office = new Office({ prepare });
      const run = await office.pay("ada");
      assert.deepEqual([run.status, run.failure?.code], ["failed", code]);
      assert.deepEqual(await office.story(run.runId), [
        "RunAdmitted",
        "intended",
        "abandoned refused",
        `StepFailed ${code}`,
        `RunFailed ${code}`,
      ]);
      assert.deepEqual(office.bank.calls, ["prepare ada"]);
    });
  }
});

describe("a backend that answers wrongly after the boundary", () => {
  it("has taught nothing: the effect stays open, and is looked up (case 18)", async () => {
    const wrong = { kind: "booked", status: "success", block: 0.5, isFinal: true } as const;
    const office = new Office({ sends: { ada: [wrong] } });
    const run = await office.pay("ada");
    assert.deepEqual(await office.story(run.runId), [...begun, "unknown", "notFound", ...succeeded, "RunSucceeded"]);
  });

  it("is refused when it lacks a call", () => {
    assert.throws(() => implementEffect(writeDefinitions.sendMoney.needs.bank, { prepare: () => undefined } as never), {
      code: "DEFINITION_INVALID",
      message: /lacks dispatch/,
    });
  });
});
