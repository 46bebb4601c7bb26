/**
 * What an EVM transaction of a run is to do, under which terms it may be sent, and what came of it: the intent is decided before anything is
 * sent and holds for every candidate; nonce, fees at the market and signature are decided later, within it.
 */
import * as z from "zod";
import { address, bytes, hash, networkId, uint256 } from "../../kernel/codecs.ts";
import { blockRef } from "./block.ts";
import { log } from "./read.ts";

export const accessList = z.array(z.strictObject({ address, storageKeys: z.array(hash).max(1000) })).max(1000);

/** How fees follow the market. Wei per gas. @see https://eips.ethereum.org/EIPS/eip-1559 */
export const feePolicy = z.strictObject({
  /** The tip: this percentile of each block's tips, and the median of that over so many blocks that are not empty. */
  percentile: z.int().min(0).max(100),
  blocks: z.int().min(1).max(100),
  /** The least tip. */
  minPriorityFeePerGas: uint256,
  /** maxFeePerGas is the next block's base fee by this many percent, and the tip on top. */
  baseFeePercent: z.int().min(100).max(1000),
  /** No candidate is ever above these. */
  maxFeePerGas: uint256,
  maxPriorityFeePerGas: uint256,
});

/** When an included transaction counts as final. */
export const finalityPolicy = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("tag"), tag: z.enum(["safe", "finalized"]) }),
  /** The block itself counts as 1. */
  z.strictObject({ kind: z.literal("depth"), blocks: z.int().min(1).max(10_000) }),
]);

export const transactionIntent = z.strictObject({
  network: networkId,
  from: address,
  /** Absent: a contract is created. */
  to: address.optional(),
  value: uint256,
  data: bytes,
  accessList: accessList.optional(),
  /** The gas limit of every candidate. */
  gas: uint256,
  fees: feePolicy,
  finality: finalityPolicy,
  /** A candidate that is not included this many blocks after it was prepared is replaced by one with higher fees, while the ceilings allow it; 0: never. */
  replaceAfterBlocks: z.int().min(0).max(10_000),
  /** How often it is intended anew with another nonce, where something else used up the one it had for good. */
  renewals: z.int().min(0).max(16),
  /** How many transactions of the account may be under way at once, at most. */
  window: z.int().min(1).max(16),
  /** Where a contract is created with CREATE2 through a factory: its address, for whoever reads the intent. */
  creates: z.strictObject({ address }).optional(),
});
export type TransactionIntent = z.output<typeof transactionIntent>;

/** How many logs there are beyond those that stand there: a receipt may have more than a value holds. */
export const logsLeftOut = z.int().min(1).optional();

/** What a transaction came to that succeeded, on a block that is final. */
export const transactionSettlement = z.strictObject({
  transactionHash: hash,
  nonce: z.int().min(0),
  block: blockRef,
  transactionIndex: z.int().min(0),
  gasUsed: uint256,
  effectiveGasPrice: uint256,
  contractAddress: address.optional(),
  logs: z.array(log).max(10_000),
  logsLeftOut,
});
export type TransactionSettlement = z.output<typeof transactionSettlement>;
