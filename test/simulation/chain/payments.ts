/** What the chain simulation's runs do: payments from one account, each line an EVM transaction of its own. */
import * as z from "zod";
import { evmTransaction } from "../../../src/capabilities/evm/transaction.ts";
import { type TransactionIntent, transactionIntent } from "../../../src/capabilities/evm/transaction-intent.ts";
import { address, hash } from "../../../src/kernel/codecs.ts";
import { defineOp } from "../../../src/kernel/op.ts";
import { defineState } from "../../../src/kernel/state.ts";
import { chainId } from "./chain.ts";
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

export const payAll = defineOp({
  id: "test.simulation/pay-all@1",
  config: z.strictObject({ lines: z.array(transactionIntent).min(1).max(20) }),
  output: z.strictObject({ paid: z.array(z.strictObject({ transactionHash: hash })).max(20) }),
  plan(program, { lines }) {
    const paid = lines.map((config, index) =>
      program.step(`pay/${index}`, pay, {
        config,
        retry: { maxAttempts: 5, firstDelayMs: 500, maxDelayMs: 4000 },
        timeLimit: "20s",
      }),
    );
    return { paid: paid.map(({ output }) => output) };
  },
});

export const paymentDefinitions = { pay, payAll };

/** An address that nobody else is paid at. */
export function receiverOf(run: number, line: number): `0x${string}` {
  return address.parse(`0x${(0xabc0_0000_0000_0000n + BigInt(run) * 1000n + BigInt(line)).toString().padStart(40, "0")}`);
}

/** The payments of one run of a scenario. */
export function linesOf(scenario: ChainScenario, from: `0x${string}`, index: number) {
  const { runs, finality, rules, window, renewals, replaceAfterBlocks } = scenario;
  return Array.from({ length: runs[index]?.lines ?? 1 }, (_, line) => ({
    network: `eip155:${chainId}` as const,
    from,
    to: receiverOf(index, line),
    value: 1n,
    data: "0x" as const,
    gas: 21_000n,
    fees: {
      percentile: 50,
      blocks: 5,
      minPriorityFeePerGas: gwei / 10n,
      baseFeePercent: 150,
      maxFeePerGas: 60n * gwei,
      maxPriorityFeePerGas: 50n * gwei,
    },
    finality:
      finality === "tag" ? ({ kind: "tag", tag: "finalized" } as const) : ({ kind: "depth", blocks: rules.finalDepth + 1 } as const),
    replaceAfterBlocks,
    renewals,
    window,
  }));
}

export type { TransactionIntent };
