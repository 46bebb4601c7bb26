/**
 * The crash sweep of an undo: SIGKILL at every named point from the failure on, with a bank that accepts what is paid back, or answers with an error
 * after it has. Another process resumes, and the bank's own books show one payment and one back.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Bank, type Fate } from "../../examples/idempotent-http/server.ts";
import { endOf, inFolder, startProcess, traceOf, withRuntime } from "./harness.ts";

const key = "paying back";
const work = { kind: "start", op: "test.crash/paying-back@1", config: { to: "ada" }, key } as const;
const act = { actor: "test", reason: "crashed" };
/** Processes at once: the machine has two cores. */
const width = 3;

const banks: Bank[] = [];

async function openBank(fate: Fate): Promise<{ readonly bank: Bank; readonly address: string }> {
  const bank = new Bank("acme", ["accept", fate]);
  banks.push(bank);
  return { bank, address: await bank.open() };
}

function assertPaidBack({ movements }: Bank, when: string): void {
  const moved = movements.map(({ to, amount }) => [to, amount]);
  const due = [
    ["ada", 7n],
    ["ourselves", 7n],
  ];
  assert.deepEqual(moved, due, when);
}

/** The points of a run that nobody kills, and the first of them that is about an undo, or about the failure before it. */
async function pointsOf(fate: Fate, path: string): Promise<{ readonly first: number; readonly count: number }> {
  const { bank, address } = await openBank(fate);
  const { code, stdout, stderr } = await endOf(startProcess({ path, work, killAt: -1, bank: address }));
  assert.equal(code, 0, stderr);
  assertPaidBack(bank, `${fate}, and nobody kills it`);
  const points = JSON.parse(stdout) as readonly string[];
  const steps = points.flatMap((point, index) => (point === "step.before" ? [index] : []));
  // It pays (intends and concludes), fails, and pays back.
  const first = steps[2] ?? -1;
  assert.ok(steps.length === 5 && points.length - first > 16, points.join(", "));
  return { first, count: points.length };
}

async function killAndResume(fate: Fate, killAt: number, path: string): Promise<void> {
  const { bank, address } = await openBank(fate);
  const killed = await endOf(startProcess({ path, work, killAt, bank: address }));
  if (killed.code !== 0) assert.equal(killed.signal, "SIGKILL", killed.stderr);
  await withRuntime(
    path,
    async (runtime, store) => {
      const [stored] = await store.listRuns({ limit: 1 });
      assert.ok(stored !== undefined);
      const run = stored.run.status === "compensated" ? stored.run : await runtime.resume(stored.run.runId, act);
      const trace = await traceOf(runtime, run.runId);
      assert.deepEqual([trace.status, trace.completed], ["compensated", 2], `${fate}, killed at point ${killAt}`);
    },
    undefined,
    address,
  );
  assertPaidBack(bank, `${fate}, killed at point ${killAt}`);
}

describe("crash sweep of an undo", { timeout: 240_000 }, () => {
  after(async () => {
    for (const bank of banks) await bank.close();
  });

  for (const fate of ["accept and fail"] as const) {
    it(`with a bank that has a mind to ${fate}: killed at every other point, it is paid back once (case 63)`, async () => {
      await inFolder(async (folder) => {
        const { first, count } = await pointsOf(fate, join(folder, "whole.db"));
        let next = first;
        const sweep = async (): Promise<void> => {
          while (next < count) {
            const killAt = next;
            next += 2;
            await killAndResume(fate, killAt, join(folder, `${killAt}.db`));
          }
        };
        await Promise.all(Array.from({ length: width }, sweep));
      });
    });
  }
});
