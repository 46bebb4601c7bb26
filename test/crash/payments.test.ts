/**
 * The crash sweep of a write step: SIGKILL at every named point, with a bank that accepts, turns away, hangs after it has paid, or answers with an
 * error after it has paid. Another process resumes, and the bank's own books show one payment.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { sweep } from "../../src/app/sweep/sweep.ts";
import { Bank, type Fate } from "../../examples/idempotent-http/server.ts";
import { endOf, inFolder, startProcess, traceOf, withRuntime } from "./harness.ts";

const key = "payments";
const work = { kind: "start", op: "test.crash/paying@1", config: { to: "ada" }, key } as const;
const act = { actor: "test", reason: "crashed" };
/** Processes at once: the machine has two cores. */
const width = 3;

const banks: Bank[] = [];

async function openBank(fate: Fate): Promise<{ readonly bank: Bank; readonly address: string }> {
  // Whoever comes after the crash meets a bank that is well.
  const bank = new Bank("acme", [fate]);
  banks.push(bank);
  return { bank, address: await bank.open() };
}

/** The points of a run that nobody kills. */
async function pointsOf(fate: Fate, path: string): Promise<readonly string[]> {
  const { bank, address } = await openBank(fate);
  const { code, stdout, stderr } = await endOf(startProcess({ path, work, killAt: -1, bank: address }));
  assert.equal(code, 0, stderr);
  assertPaidOnce(bank, `${fate}, and nobody kills it`);
  return JSON.parse(stdout) as readonly string[];
}

function assertPaidOnce({ movements }: Bank, when: string): void {
  assert.deepEqual(
    movements.map(({ to, amount }) => [to, amount]),
    [["ada", 7n]],
    when,
  );
}

async function killAndResume(fate: Fate, killAt: number, path: string): Promise<void> {
  const { bank, address } = await openBank(fate);
  const killed = await endOf(startProcess({ path, work, killAt, bank: address }));
  // How often a bank that is slow is looked at varies a little: a run may be over before the last of the points.
  if (killed.code !== 0) assert.equal(killed.signal, "SIGKILL", killed.stderr);
  const resume = async (): Promise<void> =>
    withRuntime(
      path,
      async (runtime, store) => {
        assert.deepEqual((await sweep(store, "look")).found, [], `${fate}, killed at point ${killAt}`);
        const [stored] = await store.listRuns({ limit: 1 });
        const isOver = stored?.run.status === "succeeded";
        const run =
          stored === undefined
            ? (await runtime.startUntyped(runtime.registry.op(work.op), work.config, { key })).run
            : isOver
              ? stored.run
              : await runtime.resume(stored.run.runId, act);
        const trace = await traceOf(runtime, run.runId);
        assert.deepEqual([trace.status, trace.completed], ["succeeded", 2], `${fate}, killed at point ${killAt}`);
      },
      undefined,
      address,
    );
  await resume();
  assertPaidOnce(bank, `${fate}, killed at point ${killAt}`);
}

describe("crash sweep of a write step", { timeout: 240_000 }, () => {
  after(async () => {
    for (const bank of banks) await bank.close();
  });

  // Before anything is sent, how the bank answers makes no difference: those points are killed once.
  const sweeps: readonly (readonly [Fate, string])[] = [
    ["accept", "step.before"],
    ["refuse", "dispatch before"],
    ["accept and hang", "dispatch before"],
    ["accept and fail", "dispatch before"],
  ];
  for (const [fate, from] of sweeps) {
    it(`with a bank that has a mind to ${fate}: killed at every other point, it has paid once (cases 1 to 4)`, async () => {
      await inFolder(async (folder) => {
        const points = await pointsOf(fate, join(folder, "whole.db"));
        const first = points.indexOf(from);
        assert.ok(first > 0 && points.includes("dispatch after") && points.length - first > 8, points.join(", "));
        let next = first;
        const sweep = async (): Promise<void> => {
          while (next < points.length) {
            const killAt = next;
            // Every other point; payments.long.test.ts kills anywhere.
            next += 2;
            await killAndResume(fate, killAt, join(folder, `${killAt}.db`));
          }
        };
        await Promise.all(Array.from({ length: width }, sweep));
      });
    });
  }
});
