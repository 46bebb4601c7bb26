/** What the chain simulation's runs do: payments from one account, each line an EVM transaction of its own. */
import * as z from "zod";
import { evmTransaction } from "../../../src/capabilities/evm/transaction.ts";
import { transactionIntent } from "../../../src/capabilities/evm/transaction-intent.ts";
import { address, hash } from "../../../src/kernel/codecs.ts";
import { StepFailure } from "../../../src/kernel/execute.ts";
import { defineOp } from "../../../src/kernel/op.ts";
import { defineState } from "../../../src/kernel/state.ts";
import { chainId } from "./chain.ts";
import { operators } from "./people.ts";
import type { ChainScenario } from "./scenario.ts";

const gwei = 1_000_000_000n;

/** Pays exactly what its config says. */
export const pay = defineState({
  id: "test.simulation/pay@1",
  effect: "write",
  needs: { chain: evmTransaction },
  config: transactionIntent,
  output: z.strictObject({ transactionHash: hash }),
  intend: ({ config }) => config,
  conclude: ({ settlement }) => ({ transactionHash: settlement.transactionHash }),
});

const line = { retry: { maxAttempts: 5, firstDelayMs: 500, maxDelayMs: 4000 }, timeLimit: "20s" } as const;
const paidLines = z.strictObject({ paid: z.array(z.strictObject({ transactionHash: hash })).max(20) });

export const payAll = defineOp({
  id: "test.simulation/pay-all@1",
  config: z.strictObject({ lines: z.array(transactionIntent).min(1).max(20) }),
  output: paidLines,
  plan(program, { lines }) {
    const paid = lines.map((config, index) => program.step(`pay/${index}`, pay, { config, ...line }));
    return { paid: paid.map(({ output }) => output) };
  },
});

/** Fails for good. */
export const fail = defineState({
  id: "test.simulation/fail@1",
  effect: "pure",
  output: z.strictObject({}),
  run() {
    throw new StepFailure("NOT_WELL", "never");
  },
});

/** Pays, and pays back what is paid where it fails: each payment back is a transaction too. */
export const payOrReturn = defineOp({
  id: "test.simulation/pay-or-return@1",
  config: z.strictObject({
    lines: z
      .array(z.strictObject({ pay: transactionIntent, back: transactionIntent }))
      .min(1)
      .max(20),
    /** The line after which it fails; absent: it does not fail by itself. */
    failsAfter: z.int().min(0).optional(),
    /** The line that is not paid back. */
    keeps: z.int().min(0).optional(),
  }),
  output: paidLines,
  plan(program, { lines, failsAfter, keeps }) {
    program.onFailure("compensate", { operators, quorum: operators.length });
    const paid = lines.map((config, index) => {
      const step = program.step(`pay/${index}`, pay, { config: config.pay, ...line });
      if (index !== keeps) program.undo(step, pay, { config: config.back, ...line });
      return step;
    });
    const last = failsAfter === undefined ? undefined : paid[failsAfter];
    if (last !== undefined) program.step("fail", fail, { after: [last] });
    return { paid: paid.map(({ output }) => output) };
  },
});

export const paymentDefinitions = { pay, fail, payAll, payOrReturn };

/** An address that nobody else is paid at. */
export function receiverOf(run: number, payment: number): `0x${string}` {
  return address.parse(`0x${(0xabc0_0000_0000_0000n + BigInt(run) * 1000n + BigInt(payment)).toString().padStart(40, "0")}`);
}

/** Where the payment back of a line goes. */
export function returnedTo(run: number, payment: number): `0x${string}` {
  return receiverOf(run, payment + 500);
}

/** The payments of one run of a scenario. */
export function linesOf(scenario: ChainScenario, from: `0x${string}`, index: number) {
  const { runs, finality, rules, window, renewals, replaceAfterBlocks } = scenario;
  const paymentTo = (to: `0x${string}`): z.output<typeof transactionIntent> => ({
    network: `eip155:${chainId}`,
    from,
    to,
    value: 1n,
    data: "0x",
    gas: 21_000n,
    fees: {
      percentile: 50,
      blocks: 5,
      minPriorityFeePerGas: gwei / 10n,
      baseFeePercent: 150,
      maxFeePerGas: 60n * gwei,
      maxPriorityFeePerGas: 50n * gwei,
    },
    finality: finality === "tag" ? { kind: "tag", tag: "finalized" } : { kind: "depth", blocks: rules.finalDepth + 1 },
    replaceAfterBlocks,
    renewals,
    window,
  });
  return Array.from({ length: runs[index]?.lines ?? 1 }, (_, payment) => ({
    pay: paymentTo(receiverOf(index, payment)),
    back: paymentTo(returnedTo(index, payment)),
  }));
}
