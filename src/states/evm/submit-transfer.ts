/** One payment, exactly once: of the network's own asset, or of an ERC-20 token. Simulated as every transaction; a token must say that it paid. */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import { address, hash, networkId, uint256 } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import type { Action } from "./action.ts";
import { assertAccepted, assertTokenBalance, encodeTransfer, receivedOf } from "./erc20.ts";
import { fragments, readFragments } from "./fragments.ts";
import { intentOf } from "./intent.ts";
import { type Scene, type Sender, type Simulation, type Simulators, pinScene, simulate } from "./simulation.ts";
import { transactionTerms } from "./terms.ts";

export const asset = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("native") }),
  z.strictObject({ kind: z.literal("erc20"), address }),
]);
export type Asset = z.output<typeof asset>;

export const payment = z.strictObject({
  /** Which line of a payout, counted from 1. */
  line: z.int().min(1).max(10_000),
  recipient: address,
  /** In the smallest unit, as sent. */
  amount: uint256,
  /** What the recipient got: less where a token keeps a fee. */
  received: uint256,
  transactionHash: hash,
  block: blockRef,
  /** Wei. */
  fee: uint256,
});
export type Payment = z.output<typeof payment>;

/**
 * @throws SIMULATION_REVERTED, TOKEN_REFUSED, GAS_CAP_EXCEEDED, TRANSFER_NOT_LOGGED: for good
 * @throws FUNDS_INSUFFICIENT, SOURCE_FAILED: it is tried again, then the run pauses
 */
export const submitTransfer = defineState({
  id: "mfm.evm/submit-transfer@1",
  effect: "write",
  needs: { chain: evmRead, simulator: evmSimulate, transaction: evmTransaction },
  config: z.strictObject({
    network: networkId,
    from: address,
    asset,
    line: payment.shape.line,
    recipient: address,
    amount: uint256,
    /** What stands for the line with whoever asked for it. */
    id: z.string().min(1).max(100).optional(),
    terms: transactionTerms,
    abi: fragments,
  }),
  output: payment,
  async intend({ config, chain, simulator }) {
    const asking = { chain, simulator };
    const scene = await pinScene(asking, config.network);
    return intentOf(config, transferAction(config), await simulateTransfer(asking, config, scene));
  },
  conclude({ config, settlement }): Payment {
    const { from, asset: paid, line, recipient, amount } = config;
    const { transactionHash, block, gasUsed, effectiveGasPrice, logs } = settlement;
    const received = paid.kind === "native" ? amount : receivedOf(logs, { token: paid.address, from, recipient });
    return { line, recipient, amount, received, transactionHash, block, fee: gasUsed * effectiveGasPrice };
  },
});

interface Transfer extends Sender {
  readonly asset: Asset;
  readonly recipient: `0x${string}`;
  readonly amount: bigint;
  readonly abi: readonly string[];
}

/** The payment at this block. @throws as the state's code */
export async function simulateTransfer(asking: Simulators, transfer: Transfer, scene: Scene): Promise<Simulation> {
  const { network, asset: paid, amount, abi } = transfer;
  if (paid.kind === "erc20") await assertTokenBalance(asking, transfer, { scene, token: paid.address, amount });
  const simulation = await simulate(asking, transfer, { scene, action: transferAction(transfer), abi: readFragments(abi) });
  if (paid.kind === "erc20") assertAccepted(network, paid.address, simulation.returned);
  return simulation;
}

/** The transaction that pays. */
export function transferAction({ asset: paid, recipient, amount }: Pick<Transfer, "asset" | "recipient" | "amount">): Action {
  return paid.kind === "native"
    ? { to: recipient, value: amount, data: "0x" }
    : { to: paid.address, value: 0n, data: encodeTransfer(recipient, amount) };
}
