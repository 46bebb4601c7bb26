/**
 * The crash sweep of a write step and of its undo: every named point once in one or the other, and those around the calls to the bank once with each
 * of its answers; payments.long.test.ts takes every point with each answer.
 */
import { describe, it } from "node:test";
import { payingBackRuns, payingRuns } from "./bank-runs.ts";
import { sweepBank } from "./bank-sweep.ts";
import { firstOfEach } from "./points.ts";

const isCall = (name: string): boolean => /^(?:dispatch|observe) /.test(name);

describe("crash sweep of effects", { timeout: 600_000 }, () => {
  const seen = new Set<string>();
  const choose = (names: readonly string[], from: number): readonly number[] => {
    for (const name of names) if (isCall(name)) seen.delete(name);
    return firstOfEach(names, from, seen);
  };
  for (const run of payingRuns(choose))
    it(`with a bank that has a mind to ${run.fates.join(", ")}: killed at the named points, it has paid once (cases 1 to 4)`, () =>
      sweepBank(run));
  // Of the points that an undo shares with a payment, which are killed at there, those around its calls and every second of the others.
  const chooseUndoing = (names: readonly string[], from: number): readonly number[] =>
    firstOfEach(names, from).filter((point, index) => {
      const name = names[point] ?? "";
      return !seen.has(name) || isCall(name) || index % 2 === 0;
    });
  for (const run of payingBackRuns(["accept and fail"], chooseUndoing))
    it(`with a bank that has a mind to ${run.fates.join(", ")}: killed at named points of an undo, it is paid back once (case 63)`, () =>
      sweepBank(run));
});
