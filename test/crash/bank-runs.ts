/** The runs of the crash sweeps that have a bank: one pays, one pays and pays back. */
import assert from "node:assert/strict";
import type { Fate } from "../../examples/idempotent-http/server.ts";
import type { BankRun } from "./bank-sweep.ts";

/** Which points of those from `from` on. */
type ChooseFrom = (names: readonly string[], from: number) => readonly number[];

/** How a bank may answer a payment, and the first point from which that makes a difference: those before are killed at with the first of them. */
const payingFates: readonly (readonly [Fate, string])[] = [
  ["accept", "step.before"],
  ["refuse", "dispatch before"],
  ["accept and hang", "dispatch before"],
  ["accept and fail", "dispatch before"],
];

/** Payments, with each way in which a bank may answer (cases 1 to 4). */
export function payingRuns(choose: ChooseFrom): readonly BankRun[] {
  return payingFates.map(([fate, begin]) => ({
    op: "test.crash/paying@1",
    fates: [fate],
    movements: [["ada", 7n]],
    status: "succeeded",
    choose(names) {
      const first = names.indexOf(begin);
      assert.ok(first > 0 && names.includes("dispatch after") && names.length - first > 8, names.join(", "));
      return choose(names, first);
    },
  }));
}

/** A payment that is paid back because the run failed, from the failure on (case 63). */
export function payingBackRuns(fates: readonly Fate[], choose: ChooseFrom): readonly BankRun[] {
  return fates.map((fate) => ({
    op: "test.crash/paying-back@1",
    fates: ["accept", fate],
    movements: [
      ["ada", 7n],
      ["ourselves", 7n],
    ],
    status: "compensated",
    choose(names) {
      const steps = names.flatMap((name, index) => (name === "step.before" ? [index] : []));
      // It pays (intends and concludes), fails, and pays back.
      const first = steps[2] ?? -1;
      assert.ok(steps.length === 5 && names.length - first > 16, names.join(", "));
      return choose(names, first);
    },
  }));
}
