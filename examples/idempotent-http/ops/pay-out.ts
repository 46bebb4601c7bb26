/** Pays many receivers: a step each, so that each is paid exactly once, wherever the run is killed. */
import { defineOp, uint256 } from "mfm";
import * as z from "zod";
import { bankName, receiver } from "../kind.ts";
import { pay } from "../states/pay.ts";
import { receipt, sumUp } from "../states/sum-up.ts";

const line = z.strictObject({ to: receiver, amount: uint256 });

export const payOut = defineOp({
  id: "payments.http/pay-out@1",
  description: "Pays each receiver once, through a bank that takes idempotency keys.",
  config: z.strictObject({ bank: bankName, lines: z.array(line).min(1).max(1000) }),
  output: z.strictObject({ receipt }),
  plan(program, { bank, lines }) {
    const payments = lines.map((config, index) =>
      program.step(`pay/${index}`, pay, { config: { bank, ...config }, retry: { firstDelayMs: 200 }, timeLimit: "10s" }),
    );
    return { receipt: program.step("sum-up", sumUp, { input: { payments: payments.map((step) => step.output) } }).output };
  },
});
