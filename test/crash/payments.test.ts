/** The crash sweep of a write step and of its undo: every named point once with each answer of the bank; payments.long.test.ts takes every point. */
import { describe, it } from "node:test";
import { payingBackRuns, payingRuns } from "./bank-runs.ts";
import { sweepBank } from "./bank-sweep.ts";
import { firstOfEach } from "./points.ts";

describe("crash sweep of effects", { timeout: 240_000 }, () => {
  for (const run of payingRuns(firstOfEach))
    it(`with a bank that has a mind to ${run.fates.join(", ")}: killed at every named point, it has paid once (cases 1 to 4)`, () =>
      sweepBank(run));
  for (const run of payingBackRuns(["accept and fail"], firstOfEach))
    it(`with a bank that has a mind to ${run.fates.join(", ")}: killed at every named point of an undo, it is paid back once (case 63)`, () =>
      sweepBank(run));
});
