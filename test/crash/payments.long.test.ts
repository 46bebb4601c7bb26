/** Kills at every point of runs that pay, and random kills of two workers that do, with a bank that misbehaves: its own books show what is due, once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bank, type Fate } from "../../examples/idempotent-http/server.ts";
import { payingBackRuns, payingRuns } from "./bank-runs.ts";
import { sweepBank } from "./bank-sweep.ts";
import { killWorkers } from "./takeover.ts";

const runs = 100;
const fates: readonly Fate[] = ["accept", "refuse", "accept and hang", "accept and fail", "pend"];

const everyPoint = (names: readonly string[], from: number): readonly number[] => [...names.keys()].slice(from);

for (const run of [...payingRuns(everyPoint), ...payingBackRuns(["accept", "accept and fail"], everyPoint)])
  test(`${run.op}, a bank that has a mind to ${run.fates.join(", ")}: killed at any point`, { timeout: 900_000 }, () => sweepBank(run));

test("200 kills of two workers, 100 payments: each is made once", { timeout: 900_000 }, async () => {
  const seed = Number(process.env["MFM_CRASH_SEED"] ?? Date.now() % 1_000_000);
  const bank = new Bank(
    "acme",
    Array.from({ length: 4 * runs }, (_, index) => fates[(index * 7 + seed) % fates.length] ?? "accept"),
  );
  try {
    const subject = {
      op: "test.crash/paying@1",
      configOf: (index: number) => ({ to: `receiver ${index}` }),
      steps: 2,
      bank: await bank.open(),
    };
    await killWorkers({ backend: "SQLite", runs, kills: 200, seed }, subject);
    const paid = bank.movements.map(({ to }) => to).toSorted();
    assert.deepEqual(paid, Array.from({ length: runs }, (_, index) => `receiver ${index}`).toSorted(), `seed ${seed}`);
  } finally {
    await bank.close();
  }
});
