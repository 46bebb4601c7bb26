/** Runs that fail, or are cancelled, after a write: through the runtime, on the model store in virtual time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Said, type Script, booked } from "../../../test/kernel/bank.ts";
import { Office, act } from "../../../test/kernel/office.ts";
import { people, sign } from "../../../test/kernel/people.ts";
import { payFamily, payOrUndo, payStubborn, two, undoDefinitions } from "../../../test/kernel/undo.ts";
import type { Run } from "../run.ts";
import { resolutionDocument } from "./resolve.ts";

interface Paying {
  readonly script?: Script;
  readonly payments?: readonly { readonly to: string; readonly amount: bigint }[];
  readonly kept?: readonly string[];
  readonly policy?: "compensate" | "manual";
}

async function payBadly({ script = {}, payments = two, kept = [], policy = "compensate" }: Paying = {}): Promise<{
  office: Office;
  run: Run;
}> {
  const office = new Office(script, undoDefinitions);
  const config = { payments: [...payments], kept: [...kept], policy, isWell: false };
  const { run } = await office.until(office.process().start(payOrUndo, config, { key: "pay" }));
  return { office, run };
}

const sends = ({ bank }: Office): string[] =>
  bank.calls.filter((call) => call.startsWith("send")).map((call) => call.slice("send ".length));
const carriedOut = ["intended", "prepared", "dispatched", "included", "settled success", "StepCompleted"];
const reverted: Said = { ...booked, status: "reverted" };
const pending: Said = { kind: "pending" };
const failure = { step: "check", code: "NOT_WELL" };

/** Three, so that something is before and after. */
const three = [...two, { to: "bob", amount: 3n }];

describe("a run that fails after a write", () => {
  it("undoes what took effect, the last first, and is compensated (case 52)", async () => {
    const { office, run } = await payBadly();
    assert.deepEqual([run.status, run.failure, run.steps], ["compensated", failure, { done: 3, total: 4 }]);
    assert.deepEqual(sends(office), ["ada", "alan", "alan-back", "ada-back"]);
    assert.deepEqual(office.bank.received, { ada: 1n, alan: 2n, "ada-back": 8n, "alan-back": 9n });
    const story = ["RunAdmitted", "CompensationStarted failed", ...carriedOut, "RunCompensated failed"];
    assert.deepEqual(await office.story(run.runId, "pay/ada/undo"), story);
  });

  it("undoes in the order of the settlements, whatever the order of the plan (case 52)", async () => {
    const late: Script = { sends: { ada: [pending] }, looks: { ada: [booked] } };
    for (const [script, order] of [
      [late, ["ada-back", "alan-back"]],
      [{}, ["alan-back", "ada-back"]],
    ] as const) {
      const office = new Office(script, undoDefinitions);
      const config = { payments: two, policy: "compensate", atOnce: true, isWell: false } as const;
      const { run } = await office.until(office.process().start(payOrUndo, config, { key: "pay" }));
      assert.deepEqual([run.status, sends(office).slice(2)], ["compensated", order]);
    }
  });

  it("simply fails where nothing took effect (case 53)", async () => {
    const { office, run } = await payBadly({ script: { sends: { ada: [reverted] } } });
    assert.deepEqual([run.status, run.failure], ["failed", { step: "pay/ada", code: "EFFECT_REVERTED" }]);
    assert.deepEqual(sends(office), ["ada"]);
  });

  it("brings what is out there to rest first, and undoes that too (case 54)", async () => {
    const office = new Office({ sends: { alan: [reverted], ada: [{ kind: "pending" }] }, looks: { ada: [booked] } }, undoDefinitions);
    const config = { payments: two, policy: "compensate", atOnce: true, isWell: true } as const;
    const { run } = await office.until(office.process().start(payOrUndo, config, { key: "pay" }));
    assert.deepEqual([run.status, run.failure], ["compensated", { step: "pay/alan", code: "EFFECT_REVERTED" }]);
    assert.deepEqual(
      sends(office).filter((to) => to.endsWith("-back")),
      ["ada-back"],
    );
    await office.story(run.runId);
  });

  it("is compensated where there is nothing left to do, by a state that says so (case 55)", async () => {
    const { office, run } = await payBadly({ payments: [{ to: "zoe", amount: 1n }] });
    assert.equal(run.status, "compensated");
    assert.deepEqual(sends(office), ["zoe"]);
    assert.deepEqual(await office.story(run.runId, "pay/zoe/undo"), [
      "RunAdmitted",
      "CompensationStarted failed",
      "StepCompleted",
      "RunCompensated failed",
    ]);
  });

  it("stops before what nothing undoes, once what came after it is undone (case 56)", async () => {
    const { office, run } = await payBadly({ payments: three, kept: ["alan"] });
    assert.deepEqual(sends(office), ["ada", "alan", "bob", "bob-back"]);
    const waitingFor = ["pay/alan", "pay/ada"].map((step) => ({ kind: "resolution", step, obligation: "confirmed" }));
    assert.deepEqual([run.status, run.failure, run.waitingFor], ["blocked", failure, waitingFor]);
  });

  const failing: readonly (readonly [string, Paying, string])[] = [
    ["reverted", { script: { sends: { "alan-back": [reverted] } } }, "EFFECT_REVERTED"],
    ["cancelled outside", { script: { sends: { "alan-back": [{ ...booked, status: "cancelled" }] } } }, "EFFECT_CANCELLED"],
    ["superseded", { script: { sends: { "alan-back": [{ kind: "taken" }] } } }, "EFFECT_SUPERSEDED"],
    ["refused by its own code", { payments: [...two, { to: "miser", amount: 1n }] }, "NOTHING_TO_TAKE"],
  ];
  for (const [name, paying, code] of failing) {
    it(`waits for a person where an undo is ${name}, and undoes nothing more (case 57)`, async () => {
      const { office, run } = await payBadly(paying);
      const undo = code === "NOTHING_TO_TAKE" ? "pay/miser" : "pay/alan";
      assert.deepEqual(
        [run.status, run.failure, run.waitingFor[0]],
        ["blocked", failure, { kind: "resolution", step: undo, obligation: "confirmed" }],
      );
      assert.ok(!sends(office).includes("ada-back"));
      const before = run.head;
      const again = await office.until(office.process("second").resume(run.runId, act));
      assert.deepEqual([again.status, again.head], ["blocked", before]);
      assert.equal((await office.story(run.runId, `${undo}/undo`)).at(-1), `StepFailed ${code}`);
    });
  }

  it("waits for a person at once where nobody can say what happened (case 58)", async () => {
    const { office, run } = await payBadly({ script: { sends: { alan: [{ kind: "nonsense" }] } } });
    const waitingFor = [
      { kind: "resolution", step: "pay/alan", obligation: "ambiguous" },
      { kind: "resolution", step: "pay/ada", obligation: "confirmed" },
    ];
    assert.deepEqual([run.status, run.waitingFor], ["blocked", waitingFor]);
    assert.deepEqual(sends(office), ["ada", "alan"]);
    await office.story(run.runId);
  });

  it("waits for a person where nobody can say whether it was undone (case 58)", async () => {
    const { office, run } = await payBadly({ script: { sends: { "alan-back": [{ kind: "nonsense" }] } } });
    assert.deepEqual(
      run.waitingFor.map((wait) => wait.kind === "resolution" && [wait.step, wait.obligation]),
      [
        ["pay/alan/undo", "ambiguous"],
        ["pay/alan", "confirmed"],
        ["pay/ada", "confirmed"],
      ],
    );
    assert.deepEqual(sends(office), ["ada", "alan", "alan-back"]);
  });

  it("under the policy manual waits for a person as soon as all is at rest (case 59)", async () => {
    const { office, run } = await payBadly({ policy: "manual" });
    assert.deepEqual([run.status, run.waitingFor.length, sends(office)], ["blocked", 2, ["ada", "alan"]]);
    const nothing = await payBadly({ policy: "manual", script: { sends: { ada: [reverted] } } });
    assert.equal(nothing.run.status, "failed");
  });
});

describe("a run that is cancelled after a write", () => {
  it("undoes what took effect, and says who ended it (case 60)", async () => {
    const office = new Office({ sends: { alan: [pending] }, looks: { alan: [pending, booked] } }, undoDefinitions);
    const config = { payments: two, policy: "compensate", isWell: true } as const;
    const { run: begun } = await office.process().start(payOrUndo, config, { key: "pay", detach: true });
    await office.until(office.process().drive(begun.runId, { idle: "leave", signal: new AbortController().signal }));
    const cancelled = await office.process().cancel(begun.runId, act);
    assert.equal(cancelled.status, "waiting");
    const run = await office.until(office.process("second").drive(begun.runId, { idle: "stay", signal: new AbortController().signal }));
    assert.deepEqual([run.status, run.failure, sends(office)], ["compensated", null, ["ada", "alan", "alan-back", "ada-back"]]);
    assert.equal((await office.story(run.runId)).at(-1), "RunCompensated cancelled");
  });

  it("cannot be cancelled any more once it undoes, or waits for a person (case 61)", async () => {
    const { office, run } = await payBadly({ script: { sends: { "alan-back": [reverted] } } });
    const cancelled = await office.process().cancel(run.runId, act);
    assert.deepEqual([cancelled.status, cancelled.head], ["blocked", run.head]);
    const closed = new Office(
      {
        prepare: ({ id, intent }) => {
          if (intent.to === "alan-back") throw new Error("closed, on purpose");
          return { key: `${id}:0`, ...intent };
        },
      },
      undoDefinitions,
    );
    const config = { payments: two, policy: "compensate", isWell: false } as const;
    const { run: paused } = await closed.until(closed.process().start(payOrUndo, config, { key: "pay" }));
    assert.equal(paused.status, "paused");
    assert.deepEqual((await closed.process().cancel(paused.runId, act)).head, paused.head);
  });
});

describe("an undo", () => {
  it("whose retries run out pauses the run, which goes on with it when it is resumed (case 62)", async () => {
    let isOpen = false;
    const prepare: Script["prepare"] = ({ id, intent }) => {
      if (intent.to === "alan-back" && !isOpen) throw new Error("closed, on purpose");
      return { key: `${id}:0`, ...intent };
    };
    const { office, run } = await payBadly({ script: { prepare } });
    assert.deepEqual([run.status, run.waitingFor], ["paused", [{ kind: "resume", code: "RETRIES_EXHAUSTED", step: "pay/alan/undo" }]]);
    isOpen = true;
    const resumed = await office.until(office.process("second").resume(run.runId, act));
    assert.equal(resumed.status, "compensated");
    assert.deepEqual(sends(office), ["ada", "alan", "alan-back", "ada-back"]);
    await office.story(run.runId);
  });

  it("is seen as what it is while it is out there, and is not begun twice (case 63)", async () => {
    const office = new Office({ sends: { "alan-back": [pending] }, looks: { "alan-back": [pending, booked] } }, undoDefinitions);
    const config = { payments: two, policy: "compensate", isWell: false } as const;
    const { run: begun } = await office.process().start(payOrUndo, config, { key: "pay", detach: true });
    const leave = { idle: "leave", signal: new AbortController().signal } as const;
    const run = await office.until(office.process("first").drive(begun.runId, leave));
    assert.deepEqual([run.status, run.waitingFor], ["compensating", [{ kind: "effect", step: "pay/alan/undo", seen: "accepted" }]]);
    const due = await office.process().untilDue([...office.registry.ops.keys()]);
    assert.ok(due !== null && due > 0 && due < 120_000, `a worker comes back in ${due} ms`);
    const end = await office.until(office.process("second").drive(begun.runId, { ...leave, idle: "stay" }));
    assert.deepEqual([end.status, sends(office)], ["compensated", ["ada", "alan", "alan-back", "ada-back"]]);
  });
});

describe("a run with a child that fails after a write", () => {
  const script: Script = { sends: { kid: [pending] }, looks: { kid: [pending, pending, booked] } };

  it("ends the child, waits for what that has sent, and only then undoes its own (case 64)", async () => {
    const office = new Office(script, { ...undoDefinitions, payFamily });
    const { run } = await office.until(office.process().start(payFamily, {}, { key: "family" }));
    assert.equal(run.status, "compensated");
    const [child] = await office.store.listRuns({ parent: run.runId, limit: 1 });
    assert.equal(child?.run.status, "cancelled");
    const { calls } = office.bank;
    assert.ok(calls.indexOf("prepare ada-back") > calls.lastIndexOf("look kid"), calls.join());
    assert.deepEqual(run.failure, { step: "check", code: "NOT_WELL" });
    await office.story(run.runId);
  });

  it("does so with workers, which leave both while they wait (case 64)", async () => {
    const office = new Office(script, { ...undoDefinitions, payFamily });
    const { run: begun } = await office.process().start(payFamily, {}, { key: "family", detach: true });
    const worker = office.process("worker");
    for (let turn = 0; ; turn++) {
      assert.ok(turn < 100, "it does not end");
      const [claimed] = await worker.claimNext({ exceptSpecs: [], entryPoints: [...office.registry.ops.keys()] });
      const due = claimed === undefined ? await worker.untilDue([...office.registry.ops.keys()]) : null;
      if (claimed !== undefined) await office.until(worker.driveClaimed(claimed, { idle: "leave", signal: new AbortController().signal }));
      else if (due === null) break;
      else await office.clock.run(() => false, office.clock.now() + Math.max(1, due));
    }
    assert.equal((await office.process().status(begun.runId)).status, "compensated");
    const { calls } = office.bank;
    assert.ok(calls.indexOf("prepare ada-back") > calls.lastIndexOf("look kid"), calls.join());
  });

  it("ends a child that stands still, and goes on (case 64)", async () => {
    const closed: Script = {
      prepare: ({ id, intent }) => {
        if (intent.to === "kid") throw new Error("closed, on purpose");
        return { key: `${id}:0`, ...intent };
      },
    };
    const office = new Office(closed, { ...undoDefinitions, payFamily });
    const { run } = await office.until(office.process().start(payFamily, {}, { key: "family" }));
    assert.equal(run.status, "compensated");
    assert.deepEqual(office.bank.received, { ada: 1n, "ada-back": 8n });
  });

  it("waits where a child waits for people, and goes on once they have decided (case 64)", async () => {
    const office = new Office({}, { ...undoDefinitions, payStubborn });
    const { run } = await office.until(office.process().start(payStubborn, {}, { key: "family" }));
    const [child] = await office.store.listRuns({ parent: run.runId, limit: 1 });
    assert.ok(child !== undefined);
    assert.deepEqual([run.status, child.run.status], ["waiting", "blocked"]);
    assert.deepEqual(run.waitingFor, [{ kind: "child", step: "child", runId: child.run.runId }]);
    assert.ok(!office.bank.calls.includes("prepare ada-back"));
    const { runId } = child.run;
    const statement = await office
      .process()
      .draftResolution(runId, { reason: "it may keep it", outcomes: {}, all: "accepted", evidence: null });
    const signed = [people.ann, people.bob].map(async (who) => {
      return { statement, operator: who.address, signature: await sign(who, resolutionDocument(statement)) };
    });
    assert.equal((await office.process().resolve(runId, await Promise.all(signed))).status, "resolved");
    const end = await office.until(office.process("second").resume(run.runId, act));
    assert.equal(end.status, "compensated");
    assert.deepEqual(office.bank.received, { ada: 1n, "ada-back": 8n, kid: 1n });
    await office.story(run.runId);
  });
});
