/** Under which terms a transaction may be sent: the part of a state's config that is the same for all transactions of an op, fixed by its spec. */
import * as z from "zod";
import { feePolicy, finalityPolicy } from "../../capabilities/evm/transaction-intent.ts";
import { uint256 } from "../../kernel/codecs.ts";

/** How the gas limit follows from the estimate. */
export const gasPolicy = z.strictObject({
  /** The limit is this many percent of the estimate. */
  marginPercent: z.int().min(100).max(1000),
  /** More gas than this is refused. */
  cap: uint256,
});

export const transactionTerms = z.strictObject({
  gas: gasPolicy,
  fees: feePolicy,
  finality: finalityPolicy,
  /** As in a transaction's intent. */
  replaceAfterBlocks: z.int().min(0).max(10_000),
  renewals: z.int().min(0).max(16),
  window: z.int().min(1).max(16),
});
export type TransactionTerms = z.output<typeof transactionTerms>;
