/** Says what was paid in all. */
import { defineState, uint256 } from "mfm";
import * as z from "zod";
import { paid } from "./pay.ts";

export const receipt = z.strictObject({ total: uint256, payments: z.array(paid).max(1000) });

export const sumUp = defineState({
  id: "payments.http/sum-up@1",
  effect: "pure",
  input: z.strictObject({ payments: z.array(paid).max(1000) }),
  output: receipt,
  run: ({ input: { payments } }) => ({ total: payments.reduce((sum, { amount }) => sum + amount, 0n), payments }),
});
