/**
 * The crash sweep of effects: SIGKILL at chosen points of a run that pays, with a bank that misbehaves once. Another process resumes, and the bank's
 * own books show what is due, once.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sweep } from "../../src/app/sweep/sweep.ts";
import { Bank, type Fate } from "../../examples/idempotent-http/server.ts";
import { endOf, inFolder, startProcess, traceOf, withRuntime } from "./harness.ts";
import type { Choose } from "./sweep.ts";

/** A run with a bank: what it leaves in the bank's books, and how it ends. */
export interface BankRun {
  readonly op: string;
  /** How the bank answers the first requests; whoever comes after that meets a bank that is well. */
  readonly fates: readonly Fate[];
  readonly movements: readonly (readonly [to: string, amount: bigint])[];
  readonly status: "succeeded" | "compensated";
  /** Which points are killed at. */
  readonly choose: Choose;
}

/** Processes at once: the machine has two cores. */
const width = 3;
const act = { actor: "test", reason: "crashed" };

/** Kills at one point after another; each is a run and a bank of its own. */
export async function sweepBank(run: BankRun): Promise<void> {
  await inFolder(async (folder) => {
    const names = await withBank(run, "nobody kills it", async (address) => {
      const { code, stdout, stderr } = await endOf(startProcess(orderOf(run, join(folder, "whole.db"), { killAt: -1, bank: address })));
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as readonly string[];
    });
    const points = [...run.choose(names)];
    const work = async (): Promise<void> => {
      for (let point = points.shift(); point !== undefined; point = points.shift())
        await killAndResume(run, point, join(folder, `${point}.db`));
    };
    await Promise.all(Array.from({ length: width }, work));
  });
}

const key = "sweep";
const config = { to: "ada" };

function orderOf({ op }: BankRun, path: string, more: { readonly killAt: number; readonly bank: string }) {
  return { path, work: { kind: "start", op, config, key }, ...more } as const;
}

/** What the books show afterwards is due, and no more. */
async function withBank<T>({ fates, movements }: BankRun, when: string, work: (address: string) => Promise<T>): Promise<T> {
  const bank = new Bank("acme", fates);
  try {
    const done = await work(await bank.open());
    assert.deepEqual(
      bank.movements.map(({ to, amount }) => [to, amount]),
      movements,
      `${fates.join(", ")}: ${when}`,
    );
    return done;
  } finally {
    await bank.close();
  }
}

async function killAndResume(run: BankRun, killAt: number, path: string): Promise<void> {
  const when = `killed at point ${killAt}`;
  await withBank(run, when, async (address) => {
    const killed = await endOf(startProcess(orderOf(run, path, { killAt, bank: address })));
    // How often a bank that is slow is looked at varies a little: a run may be over before the last of the points.
    if (killed.code !== 0) assert.equal(killed.signal, "SIGKILL", killed.stderr);
    await withRuntime(
      path,
      async (runtime, store) => {
        assert.deepEqual((await sweep(store, "look")).found, [], when);
        const [stored] = await store.listRuns({ limit: 1 });
        const ended =
          stored === undefined
            ? (await runtime.startUntyped(runtime.registry.op(run.op), config, { key })).run
            : stored.run.status === run.status
              ? stored.run
              : await runtime.resume(stored.run.runId, act);
        const trace = await traceOf(runtime, ended.runId);
        assert.deepEqual([trace.status, trace.completed], [run.status, 2], when);
      },
      undefined,
      address,
    );
  });
}
