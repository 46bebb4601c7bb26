/** Runs that are to end while something of them is stuck at its fee ceiling: they are blocked, and go on by themselves where the outside takes it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Said, type Script, booked } from "../../../test/kernel/bank.ts";
import { Office, act } from "../../../test/kernel/office.ts";
import { payOrUndo, two, undoDefinitions } from "../../../test/kernel/undo.ts";
import { ceilingReason } from "../effects/ledger.ts";
import type { RunId } from "../names.ts";
import type { Run } from "../run.ts";

const ceiling: Said = { kind: "frozen", why: ceilingReason };
const reverted: Said = { ...booked, status: "reverted" };
const leave = { idle: "leave", signal: new AbortController().signal } as const;
const stuckAt = (step: string): Run["waitingFor"][number] => ({ kind: "effect", step, seen: "stuck", why: ceilingReason });

/** Ada's payment is stuck, and alan's fails. */
async function payStuck(script: Script): Promise<{ readonly office: Office; readonly run: Run }> {
  const office = new Office({ ...script, sends: { ada: [ceiling], alan: [reverted], ...script.sends } }, undoDefinitions);
  const config = { payments: two, policy: "compensate", atOnce: true, isWell: true } as const;
  return { office, run: (await office.until(office.process().start(payOrUndo, config, { key: "pay" }))).run };
}

/** A worker that takes up what is due, until nothing is, or the run has this status. @returns how often it was taken up */
async function work(office: Office, runId: RunId, until: Run["status"]): Promise<number> {
  const worker = office.process("worker");
  const entryPoints = [...office.registry.ops.keys()];
  for (let claims = 0; claims < 100;) {
    const [claimed] = await worker.claimNext({ exceptSpecs: [], entryPoints });
    if (claimed === undefined) {
      const due = await worker.untilDue(entryPoints);
      assert.ok(due !== null, "nothing wakes it");
      await office.until(office.clock.sleep(Math.max(1, due)));
      continue;
    }
    claims++;
    const { status } = await office.until(worker.driveClaimed(claimed, leave));
    if (claimed.lease.runId === runId && status === until) return claims;
  }
  throw new Error(`it is not ${until} after a hundred turns`);
}

describe("a run that is to end, with an effect at its ceiling", () => {
  it("is blocked, says by what, and nobody decides about it before that is at rest (case 72)", async () => {
    const { office, run } = await payStuck({ looks: { ada: Array.from({ length: 50 }, () => ceiling) } });
    assert.deepEqual(
      [run.status, run.failure, run.waitingFor],
      ["blocked", { step: "pay/alan", code: "EFFECT_REVERTED" }, [stuckAt("pay/ada")]],
    );
    const runtime = office.process("second");
    const { obligations, stuck } = await runtime.obligations(run.runId);
    assert.deepEqual([obligations, stuck.map(({ step, why }) => [step, why])], [[], [["pay/ada", ceilingReason]]]);
    assert.ok(office.bank.calls.includes("send ada"));
    assert.match(stuck[0]?.identity ?? "", /^sha256:/);
    const words = { reason: "enough", outcomes: {}, all: "accepted", evidence: null } as const;
    await assert.rejects(runtime.draftResolution(run.runId, words), { code: "RESOLUTION_NOT_AWAITED" });
    const looked = office.bank.calls.length;
    const again = await office.until(office.process("third").resume(run.runId, act));
    assert.deepEqual([again.status, again.head], ["blocked", run.head]);
    assert.ok(office.bank.calls.length > looked, "whoever resumes it looks at it");
  });

  it("is looked at by workers on a timer, and goes on to its end once the outside takes it (case 72)", async () => {
    const { office, run } = await payStuck({ looks: { ada: [...Array.from({ length: 8 }, () => ceiling), booked] } });
    assert.equal(run.status, "blocked");
    assert.ok((await work(office, run.runId, "compensated")) > 5);
    assert.equal(
      office.bank.calls.findLast((call) => call.startsWith("send")),
      "send ada-back",
    );
    const story = await office.story(run.runId, "pay/ada");
    assert.equal(story.filter((word) => word === "stuck").length, 1, "what is no news is not recorded");
  });

  it("goes on with another candidate that somebody asks for (case 72)", async () => {
    const { office, run } = await payStuck({
      prepare: ({ id, intent }, call) => ({ key: `${id}:${call}`, ...intent }),
      looks: { ada: [ceiling] },
    });
    const request = { runId: run.runId, step: "pay/ada", role: "replacement", terms: null, act } as const;
    const asked = await office.process().requestCandidate(request);
    assert.deepEqual([asked.status, (await office.process().obligations(run.runId)).stuck], ["waiting", []]);
    assert.equal((await office.until(office.process("second").resume(run.runId, act))).status, "compensated");
    await office.story(run.runId);
  });

  it("is blocked while it is cancelled, and by an undo (case 72)", async () => {
    const office = new Office({ sends: { ada: [ceiling], "alan-back": [ceiling] }, looks: { ada: [ceiling] } }, undoDefinitions);
    const config = { payments: two, policy: "compensate", isWell: true } as const;
    const { run: begun } = await office.process().start(payOrUndo, config, { key: "pay", detach: true });
    const onItsWay = await office.until(office.process().drive(begun.runId, leave));
    assert.deepEqual([onItsWay.status, onItsWay.waitingFor], ["waiting", [stuckAt("pay/ada")]], "a run that goes on only waits");
    const cancelled = await office.process().cancel(begun.runId, act);
    assert.deepEqual([cancelled.status, cancelled.failure], ["blocked", null]);
    await work(office, begun.runId, "compensated");

    const undoing = new Office({ sends: { "alan-back": [ceiling] }, looks: { "alan-back": [ceiling] } }, undoDefinitions);
    const { run } = await undoing.until(undoing.process().start(payOrUndo, { ...config, isWell: false }, { key: "pay" }));
    assert.deepEqual([run.status, run.waitingFor], ["blocked", [stuckAt("pay/alan/undo")]]);
    await work(undoing, run.runId, "compensated");
    await undoing.story(run.runId);
  });

  it("is blocked where nothing is undone either, and fails once it is at rest (case 72)", async () => {
    const office = new Office({ sends: { ada: [ceiling], alan: [reverted] }, looks: { ada: [ceiling, ceiling] } });
    const run = await office.pay("ada", "alan");
    const failure = { step: "pay/1", code: "EFFECT_REVERTED" };
    assert.deepEqual([run.status, run.failure, run.waitingFor], ["blocked", failure, [stuckAt("pay/0")]]);
    await work(office, run.runId, "failed");
    await office.story(run.runId);
  });
});
