/** Verification: what it shows, and where it refuses what somebody who re-hashes everything made up. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { record, scope } from "../../../test/kernel/record.ts";
import { addUp, audit, chain, double, readBalance, readTwice, registryWithChain } from "../../../test/kernel/samples.ts";
import { assertRefused } from "../../../test/kernel/tamper.ts";
import { digestOf } from "../canonical.ts";
import { implement } from "../capability.ts";
import { MfmError } from "../errors.ts";
import { deriveRunId, digestChildInvocation, digestInvocationKey } from "../identity.ts";
import { planOp } from "../op.ts";
import { Registry } from "../registry.ts";
import type { History } from "./history.ts";
import { verifyHistory } from "./verify.ts";

const registry = registryWithChain();
const plan = planOp(audit, { account: "alice" });
const audited = { spec: plan.spec, configText: plan.configText };

describe("verifyHistory", () => {
  let history: History;
  before(async () => {
    history = await record({ registry, ...audited });
  });

  it("verifies a history with every kind of step, a failed attempt and facts", async () => {
    const last = history.events.at(-1);
    const report = await verifyHistory(history, registry, last === undefined ? {} : { head: last.digest });
    const childRun = deriveRunId(scope, double.id, digestChildInvocation(history.runId, "child"));
    assert.equal(report.result, "verified");
    assert.deepEqual(report.counts, { events: 11, artifacts: 16, facts: 4, recomputed: 3 });
    assert.deepEqual(report.head, { seq: 10, digest: last?.digest });
    assert.deepEqual([report.run.status, report.run.steps, report.unknown], ["succeeded", { done: 6, total: 6 }, []]);
    assert.equal(report.children.length, 1);
    assert.deepEqual([report.children[0]?.runId, report.children[0]?.step, report.children[0]?.head?.seq], [childRun, "child", 2]);
    assert.equal(history.runId, deriveRunId(scope, audit.id, digestInvocationKey("key")));
  });

  it("verifies every beginning of it, as a run that goes on", async () => {
    for (const length of history.events.keys()) {
      if (length === 0) continue;
      const report = await verifyHistory({ ...history, events: history.events.slice(0, length) }, registry);
      assert.deepEqual([report.result, report.head.seq], ["verified", length - 1]);
      assert.notEqual(report.run.status, "succeeded");
    }
  });

  it("needs no backend: facts answer", async () => {
    const replaying = new Registry(readBalance, readTwice, addUp, double, audit);
    assert.equal((await verifyHistory(history, replaying)).result, "verified");
  });

  it("is consistent only, with the ids, where code is unknown", async () => {
    const cases: readonly (readonly [Registry, readonly string[], number])[] = [
      [new Registry(readTwice, addUp, double, audit), [readBalance.use.id], 2],
      [new Registry(readBalance, readTwice, double, audit), [addUp.use.id], 2],
      [new Registry(readBalance, readTwice, addUp), [double.id], 3],
      [new Registry(), [addUp.use.id, double.id, readBalance.use.id, readTwice.use.id], 0],
    ];
    for (const [known, unknown, recomputed] of cases) {
      const report = await verifyHistory(history, known);
      assert.deepEqual([report.result, report.unknown, report.counts.recomputed], ["consistent", unknown, recomputed]);
    }
  });

  it("refuses an empty history, and one that begins elsewhere", async () => {
    await assertRefused({ ...history, events: [] }, [0, "type", /begins with RunAdmitted/], registry);
    await assertRefused({ ...history, events: history.events.slice(1) }, [0, "type", /begins with RunAdmitted/], registry);
  });

  it("refuses a history of another run", async () => {
    await assertRefused(
      { ...history, runId: deriveRunId("elsewhere", audit.id, digestInvocationKey("key")) },
      [0, "runId", /the manifest is of another run/],
      registry,
    );
  });
});

describe("verifyHistory: a history that was wholly re-hashed", () => {
  it("verifies, and is told apart by the head: other answers, and everything computed from them", async () => {
    const history = await record({ registry: registryWithChain(), ...audited });
    const steady = implement(chain, { getBalance: () => 1_000_000n, blockNumber: () => 7n });
    const forged = await record({ registry: new Registry(readBalance, readTwice, addUp, double, audit, steady), ...audited });
    assert.equal(forged.runId, history.runId);
    assert.equal((await verifyHistory(forged, registry)).result, "verified");
    const head = history.events.at(-1)?.digest ?? digestOf("");
    await assert.rejects(
      verifyHistory(forged, registry, { head }),
      (error) => error instanceof MfmError && error.code === "HEAD_MISMATCH" && error.details["expected"] === head,
    );
  });

  it("shortened at the end it verifies as a run that goes on, and is told apart by the head", async () => {
    const history = await record({ registry: registryWithChain(), ...audited });
    const head = history.events.at(-1)?.digest ?? digestOf("");
    await assert.rejects(verifyHistory({ ...history, events: history.events.slice(0, -1) }, registry, { head }), { code: "HEAD_MISMATCH" });
  });
});
