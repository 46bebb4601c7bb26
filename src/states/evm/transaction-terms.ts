/** Under which terms a step's transaction may be sent: what its intent says of fees, finality and nonces, and how its gas limit is made. */
import * as z from "zod";
import { transactionIntent } from "../../capabilities/evm/transaction-intent.ts";
import { uint256 } from "../../kernel/codecs.ts";

const { fees, finality, replaceAfterBlocks, renewals, window } = transactionIntent.shape;

export const transactionTerms = z.strictObject({
  ...{ fees, finality, replaceAfterBlocks, renewals, window },
  /** The limit is the estimate by so many percent, and never above the cap: what is estimated higher is not sent. */
  gas: z.strictObject({ percent: z.int().min(100).max(1000), cap: uint256 }),
});
export type TransactionTerms = z.output<typeof transactionTerms>;
