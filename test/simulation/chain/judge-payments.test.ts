/** The judge of the simulated payments finds what is wrong: what it is there for is made up here, since no world has it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planOp } from "../../../src/kernel/op.ts";
import type { RunStatus } from "../../../src/kernel/run.ts";
import { judgePayments } from "./judge-payments.ts";
import { linesOf, payOrReturn, receiverOf, returnedTo } from "./payments.ts";
import { planChainScenario } from "./scenario.ts";

const from = "0x00000000000000000000000000000000000000AA";
const scenario = { ...planChainScenario(1), runs: [{ lines: 2, startAt: 0, cancelAt: null, undo: {} }] };
const { spec } = planOp(payOrReturn, { lines: linesOf(scenario, from, 0) });
const steps = { "pay/0": receiverOf(0, 0), "pay/1": receiverOf(0, 1), "pay/0/undo": returnedTo(0, 0), "pay/1/undo": returnedTo(0, 1) };
type Step = keyof typeof steps;

interface Told {
  readonly status: RunStatus;
  /** What happened on the chain, as often as it stands here. */
  readonly happened: readonly Step[];
  /** What the ledger says; absent: the same. */
  readonly claimed?: readonly Step[];
  readonly decided?: readonly Step[];
  /** What a ledger of a store that was restored gave up before its turn. */
  readonly unclear?: readonly Step[];
}

function count(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name) => [name, names.filter((other) => other === name).length]));
}

function judge({ status, happened, claimed = happened, decided = [], unclear }: Told): string[] {
  const run = { runId: `run:${"0".repeat(64)}`, status } as const;
  const receipts = count(happened.map((step) => steps[step].toLowerCase()));
  return judgePayments(
    { run, spec, claimed: count(claimed), unclear: new Set(unclear), decided: new Set(decided) },
    receipts,
    unclear !== undefined,
  );
}

describe("the judge of simulated payments", () => {
  const right: readonly Told[] = [
    { status: "succeeded", happened: ["pay/0", "pay/1"] },
    { status: "failed", happened: [] },
    { status: "compensated", happened: ["pay/0", "pay/0/undo"] },
    { status: "resolved", happened: ["pay/0", "pay/1", "pay/1/undo"], decided: ["pay/0"] },
    { status: "cancelled", happened: ["pay/1"], claimed: [], unclear: ["pay/0", "pay/1"] },
  ];
  for (const told of right)
    it(`lets pass what is ${told.status} after ${told.happened.join()}`, () => {
      assert.deepEqual(judge(told), []);
    });

  const wrong: readonly (readonly [string, Told])[] = [
    ["a payment that happened twice", { status: "succeeded", happened: ["pay/0", "pay/0", "pay/1"] }],
    ["a payment back that happened twice", { status: "compensated", happened: ["pay/0", "pay/0/undo", "pay/0/undo"] }],
    ["a payment that its ledger does not know", { status: "succeeded", happened: ["pay/0", "pay/1"], claimed: ["pay/0"] }],
    ["a payment that only its ledger knows", { status: "succeeded", happened: ["pay/0"], claimed: ["pay/0", "pay/1"] }],
    ["what is paid back and was never paid", { status: "compensated", happened: ["pay/0", "pay/0/undo", "pay/1/undo"] }],
    ["a run that succeeded and paid back", { status: "succeeded", happened: ["pay/0", "pay/1", "pay/1/undo"] }],
    ["a run that failed and owes a payment", { status: "failed", happened: ["pay/0"] }],
    ["a run that says compensated and owes one", { status: "compensated", happened: ["pay/0", "pay/1", "pay/1/undo"] }],
    ["a decision about less than what stands", { status: "resolved", happened: ["pay/0", "pay/1"], decided: ["pay/0"] }],
    [
      "what happened twice, as a ledger cannot know",
      { status: "cancelled", happened: ["pay/1", "pay/1"], claimed: [], unclear: ["pay/1"] },
    ],
    ["what only a ledger that cannot know knows", { status: "cancelled", happened: [], claimed: ["pay/1"], unclear: ["pay/1"] }],
    ["what a ledger could have known", { status: "cancelled", happened: ["pay/0"], claimed: [], unclear: ["pay/1"] }],
    ["a decision about what was paid back", { status: "resolved", happened: ["pay/0", "pay/0/undo"], decided: ["pay/0"] }],
  ];
  for (const [what, told] of wrong)
    it(`finds ${what}`, () => {
      assert.notDeepEqual(judge(told), []);
    });
});
