/** Approvals: what people agree to, who may, until when, and that nothing is prepared before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Wallet } from "ethers";
import { Office, act } from "../../../test/kernel/office.ts";
import { people, sign } from "../../../test/kernel/people.ts";
import { payOrUndo, two, undoDefinitions } from "../../../test/kernel/undo.ts";
import type { RunId } from "../names.ts";
import type { Run } from "../run.ts";
import { type ApprovalRequest, approvalDocument, expiryAfter } from "./approve.ts";
import { readHistory } from "../verify/history.ts";
import { verifyHistory } from "../verify/verify.ts";

const hour = 3_600_000;
const step = "pay/ada";

async function payAsking(office: Office): Promise<Run> {
  const config = { payments: two, policy: "compensate" as const, asked: ["ada"], isWell: true };
  return (await office.until(office.process().start(payOrUndo, config, { key: "pay" }))).run;
}

async function requestOf(office: Office, runId: RunId): Promise<ApprovalRequest> {
  const [request, ...others] = await office.process().approvals(runId);
  assert.ok(request !== undefined && others.length === 0);
  return request;
}

async function approve(office: Office, runId: RunId, who: Wallet, expiry: string = expiryAfter(office.clock.now(), hour)): Promise<Run> {
  const signature = await sign(who, approvalDocument(await requestOf(office, runId), expiry));
  return office.process().approve({ runId, step, expiry, signature });
}

describe("an effect that people have to agree to", () => {
  it("waits with its run until a quorum has agreed, and goes on then (case 65)", async () => {
    const office = new Office({}, undoDefinitions);
    const run = await payAsking(office);
    assert.deepEqual([run.status, run.waitingFor], ["blocked", [{ kind: "approval", step, have: 0, need: 2 }]]);
    const { kind, members, need, operators } = await requestOf(office, run.runId);
    assert.deepEqual([kind, need, operators.length], ["test.kernel/transfer@1", 2, 3]);
    assert.deepEqual(members, [
      { name: "to", type: "string", value: "ada" },
      { name: "amount", type: "uint256", value: "1" },
    ]);
    const once = await approve(office, run.runId, people.ann);
    assert.deepEqual([once.status, once.waitingFor], ["blocked", [{ kind: "approval", step, have: 1, need: 2 }]]);
    assert.equal((await office.until(office.process("second").resume(run.runId, act))).head.seq, once.head.seq);
    assert.equal((await approve(office, run.runId, people.bob)).status, "running");
    assert.deepEqual(office.bank.calls, []);
    const [claimed] = await office.process("worker").claimNext({ exceptSpecs: [], entryPoints: [...office.registry.ops.keys()] });
    assert.equal(claimed?.lease.runId, run.runId, "a worker goes on with it by itself");
    const end = await office.until(office.process("second").resume(run.runId, act));
    assert.equal(end.status, "succeeded");
    const story = await office.story(run.runId, step);
    assert.deepEqual(story.slice(0, 5), ["RunAdmitted", "intended", "ApprovalRecorded", "ApprovalRecorded", "prepared"]);
  });

  it("is not agreed to by somebody else, twice by the same, for another document, or too late (case 66)", async () => {
    const office = new Office({}, undoDefinitions);
    const { runId } = await payAsking(office);
    const expiry = expiryAfter(office.clock.now(), hour);
    await assert.rejects(approve(office, runId, people.eve), { code: "OPERATOR_UNKNOWN" });
    await approve(office, runId, people.ann, expiry);
    await assert.rejects(approve(office, runId, people.ann, expiry), { code: "OPERATOR_SIGNATURE_REPEATED" });
    const request = await requestOf(office, runId);
    const more = { ...request, members: [{ name: "to", type: "string", value: "eve" } as const] };
    const other = await sign(people.bob, approvalDocument(more, expiry));
    // Whose signature it would be of the true document is nobody's that is known.
    await assert.rejects(office.process().approve({ runId, step, expiry, signature: other }), { code: "OPERATOR_UNKNOWN" });
    await assert.rejects(office.process().approve({ runId, step, expiry, signature: "0x12" }), { code: "OPERATOR_SIGNATURE_WRONG" });
    await assert.rejects(approve(office, runId, people.bob, expiryAfter(office.clock.now(), -1000)), { code: "APPROVAL_EXPIRED" });
    await assert.rejects(office.process().approve({ runId, step: "pay/alan", expiry, signature: other }), { code: "APPROVAL_NOT_AWAITED" });
    assert.equal((await office.process().status(runId)).status, "blocked");
  });

  it("waits for whoever agreed to agree again where that is over before a quorum is there (case 66)", async () => {
    const office = new Office({}, undoDefinitions);
    const { runId } = await payAsking(office);
    await approve(office, runId, people.ann, expiryAfter(office.clock.now(), 60_000));
    await office.until(new Promise<void>((resolve) => void office.clock.timer(120_000, resolve)));
    const { have, over } = await requestOf(office, runId);
    assert.deepEqual([have, over.map(({ operator }) => operator)], [[], [people.ann.address]]);
    await assert.rejects(approve(office, runId, people.bob), { code: "APPROVAL_EXPIRED" });
    await approve(office, runId, people.ann);
    assert.deepEqual(
      (await requestOf(office, runId)).have.map(({ operator }) => operator),
      [people.ann.address],
    );
    await approve(office, runId, people.bob);
    assert.equal((await office.until(office.process("second").resume(runId, act))).status, "succeeded");
    await office.story(runId, step);
  });

  it("is given up where an approval is over when it would go on: nothing is sent (case 67)", async () => {
    const office = new Office({}, undoDefinitions);
    const { runId } = await payAsking(office);
    await approve(office, runId, people.ann, expiryAfter(office.clock.now(), 60_000));
    await approve(office, runId, people.bob);
    await office.until(new Promise<void>((resolve) => void office.clock.timer(120_000, resolve)));
    const run = await office.until(office.process("second").resume(runId, act));
    assert.deepEqual([run.status, run.failure, office.bank.calls], ["failed", { step, code: "APPROVAL_EXPIRED" }, []]);
    assert.deepEqual((await office.story(runId, step)).slice(-3), [
      "abandoned refused",
      "StepFailed APPROVAL_EXPIRED",
      "RunFailed APPROVAL_EXPIRED",
    ]);
  });

  it("is given up where its run is cancelled while it waits (case 68)", async () => {
    const office = new Office({}, undoDefinitions);
    const { runId } = await payAsking(office);
    await approve(office, runId, people.ann);
    const run = await office.process().cancel(runId, act);
    assert.deepEqual([run.status, office.bank.calls], ["cancelled", []]);
    await assert.rejects(approveWith(office, runId), { code: "APPROVAL_NOT_AWAITED" });
  });

  it("is verified: without somebody who knows signatures the history is consistent only", async () => {
    const office = new Office({}, undoDefinitions);
    const { runId } = await payAsking(office);
    await approve(office, runId, people.ann);
    const report = await verifyHistory(await readHistory(office.store, runId), office.registry);
    assert.deepEqual([report.result, report.unknown], ["consistent", ["signatures"]]);
  });
});

function approveWith(office: Office, runId: RunId): Promise<Run> {
  return office.process().approve({ runId, step, expiry: expiryAfter(office.clock.now(), hour), signature: "0x12" });
}
