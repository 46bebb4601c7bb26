/** What a transaction does, apart from who sends it and under which terms. */
import * as z from "zod";
import { accessList } from "../../capabilities/evm/transaction-intent.ts";
import { address, bytes, uint256 } from "../../kernel/codecs.ts";

export const action = z.strictObject({
  /** Absent: a contract is created of `data`. */
  to: address.optional(),
  /** Wei. */
  value: uint256,
  data: bytes,
  accessList: accessList.optional(),
});
export type Action = z.output<typeof action>;
