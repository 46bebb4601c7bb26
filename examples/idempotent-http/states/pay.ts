/** Pays one receiver, once. */
import { defineState, uint256 } from "mfm";
import * as z from "zod";
import { bankName, payment, receiver } from "../kind.ts";

export const paid = z.strictObject({ to: receiver, amount: uint256, payment: z.string().min(1).max(60) });

export const pay = defineState({
  id: "payments.http/pay@1",
  effect: "write",
  needs: { bank: payment },
  config: z.strictObject({ bank: bankName, to: receiver, amount: uint256 }),
  output: paid,
  intend: ({ config }) => config,
  conclude: ({ intent, settlement }) => ({ to: intent.to, amount: intent.amount, payment: settlement.payment }),
});
