/** Decisions about runs that stand still: who may, about what, at which place of the history; and that the run ends by them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Wallet } from "ethers";
import type { Said } from "../../../test/kernel/bank.ts";
import { booked } from "../../../test/kernel/bank.ts";
import { Office, act } from "../../../test/kernel/office.ts";
import { people, sign } from "../../../test/kernel/people.ts";
import { payOrUndo, two, undoDefinitions } from "../../../test/kernel/undo.ts";
import { digestOf } from "../canonical.ts";
import { resolutionDocument } from "./resolve.ts";
import type { Run } from "../run.ts";
import type { SignedResolution } from "../saga/signed-file.ts";
import type { ResolutionStatement } from "../saga/statement.ts";

const reverted: Said = { ...booked, status: "reverted" };
const words = {
  reason: "paid back by hand",
  outcomes: { "pay/ada": "undone" },
  all: "accepted",
  evidence: digestOf("a letter of the bank"),
} as const;

async function standing(
  key = "pay",
  office = new Office({ sends: { "alan-back": [reverted, reverted] } }, undoDefinitions),
): Promise<{ office: Office; run: Run }> {
  const config = { payments: two, policy: "compensate", isWell: false } as const;
  const { run } = await office.until(office.process().start(payOrUndo, config, { key }));
  assert.equal(run.status, "blocked");
  return { office, run };
}

async function signed(who: Wallet, statement: ResolutionStatement): Promise<SignedResolution> {
  return { statement, operator: who.address, signature: await sign(who, resolutionDocument(statement)) };
}

describe("a run that stands before people", () => {
  it("is ended by what a quorum has signed, each for himself: in one append, verified (case 69)", async () => {
    const { office, run } = await standing();
    const open = await office.process().obligations(run.runId);
    assert.deepEqual([open.need, open.operators.length], [2, 3]);
    assert.deepEqual(
      open.obligations.map(({ step, kind, undo }) => [step, kind, undo?.code]),
      [
        ["pay/alan", "confirmed", "EFFECT_REVERTED"],
        ["pay/ada", "confirmed", null],
      ],
    );
    const one = await signed(people.cem, await office.process("first").draftResolution(run.runId, words));
    const other = await signed(people.ann, await office.process("second").draftResolution(run.runId, words));
    const end = await office.process().resolve(run.runId, [one, other]);
    assert.deepEqual([end.status, end.failure, end.waitingFor], ["resolved", { step: "check", code: "NOT_WELL" }, []]);
    assert.deepEqual((await office.story(run.runId)).slice(-2), ["ResolutionRecorded", "RunResolved failed"]);
    const recorded = (await office.events(run.runId)).find((event) => event.type === "ResolutionRecorded");
    assert.deepEqual(
      recorded?.data.decisions.map(({ step, outcome }) => [step, outcome]),
      [
        ["pay/alan", "accepted"],
        ["pay/ada", "undone"],
      ],
    );
    await assert.rejects(office.process().resolve(run.runId, [one, other]), { code: "RESOLUTION_NOT_AWAITED" });
  });

  it("is not ended by wrong, repeated, foreign, diverging or too few signatures (case 70)", async () => {
    const { office, run } = await standing();
    const { runId } = run;
    const runtime = office.process();
    const statement = await runtime.draftResolution(runId, words);
    const ann = await signed(people.ann, statement);
    const bob = await signed(people.bob, statement);
    const refused: readonly (readonly [string, readonly SignedResolution[], string])[] = [
      ["nobody's", [], "RESOLUTION_QUORUM_MISSING"],
      ["one of two", [ann], "RESOLUTION_QUORUM_MISSING"],
      ["one twice", [ann, ann], "OPERATOR_SIGNATURE_REPEATED"],
      ["somebody's who may not", [ann, await signed(people.eve, statement)], "OPERATOR_UNKNOWN"],
      ["said to be another's", [ann, { ...bob, operator: people.cem.address }], "OPERATOR_SIGNATURE_WRONG"],
      ["none at all", [ann, { ...bob, signature: "0x12" }], "OPERATOR_SIGNATURE_WRONG"],
      ["of something else", [ann, await signed(people.bob, { ...statement, reason: "another" })], "RESOLUTION_DIVERGES"],
      ["of less", await both({ ...statement, decisions: statement.decisions.slice(1) }), "RESOLUTION_INCOMPLETE"],
      ["of another spec", await both({ ...statement, specRef: digestOf("other") }), "RESOLUTION_FOREIGN"],
      ["of an older head", await both({ ...statement, seq: statement.seq - 1, head: digestOf("older") }), "RESOLUTION_OUTDATED"],
    ];
    for (const [name, given, code] of refused) await assert.rejects(runtime.resolve(runId, given), { code }, name);
    assert.deepEqual((await runtime.status(runId)).head, run.head);
    const another = await standing("another", office);
    await assert.rejects(runtime.resolve(another.run.runId, [ann, bob]), { code: "RESOLUTION_FOREIGN" });
    await assert.rejects(runtime.draftResolution(runId, { ...words, all: undefined }), { code: "RESOLUTION_INCOMPLETE" });
    await assert.rejects(runtime.draftResolution(runId, { ...words, outcomes: { nowhere: "done" } }), { code: "RESOLUTION_INCOMPLETE" });
  });

  it("takes nothing else in (case 71)", async () => {
    const { office, run } = await standing();
    await assert.rejects(office.process().signal(run.runId, "check", {}, act), { code: "RUN_AWAITS_RESOLUTION" });
    assert.deepEqual((await office.process().cancel(run.runId, act)).head, run.head);
  });

  it("is decided about where a run goes on, or has ended: refused", async () => {
    const office = new Office({}, undoDefinitions);
    const config = { payments: two, policy: "compensate", isWell: true } as const;
    const { run } = await office.until(office.process().start(payOrUndo, config, { key: "pay" }));
    assert.deepEqual((await office.process().obligations(run.runId)).obligations, []);
    await assert.rejects(office.process().draftResolution(run.runId, words), { code: "RESOLUTION_NOT_AWAITED" });
  });
});

async function both(statement: ResolutionStatement): Promise<readonly SignedResolution[]> {
  return [await signed(people.ann, statement), await signed(people.bob, statement)];
}
