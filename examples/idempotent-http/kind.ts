/** What a payment over HTTP is: what is intended, what is sent, what the bank may say, and what that means. Pure: `mfm verify` computes it again. */
import { defineEffect, digest, uint256 } from "mfm";
import * as z from "zod";

/** The bank's own name: the same key at another bank would be another payment. */
export const bankName = z.string().min(1).max(60);
export const receiver = z.string().min(1).max(60);

/** What a bank says about a key. Every answer of it names the bank. */
const said = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("payment"), id: z.string().min(1).max(60), to: receiver, amount: uint256, isBooked: z.boolean() }),
  /** Refused for good: the key is used up, and no money moves under it. */
  z.strictObject({ kind: z.literal("refused"), reason: z.string().min(1).max(200) }),
  z.strictObject({ kind: z.literal("absent") }),
  /** The key stands for another request: somebody else used it. */
  z.strictObject({ kind: z.literal("conflict") }),
  /** Overloaded, or broken: it may have booked, or not. */
  z.strictObject({ kind: z.literal("trouble"), status: z.int().min(400).max(599) }),
]);
export type Said = z.output<typeof said>;

export const payment = defineEffect({
  id: "payments.http/payment@1",
  intent: z.strictObject({ bank: bankName, to: receiver, amount: uint256 }),
  envelope: z.strictObject({ key: digest, body: z.string().max(1000) }),
  evidence: said,
  settlement: z.strictObject({ payment: z.string().min(1).max(60) }),

  covers: ({ id, intent, envelope }) => envelope.key === id && envelope.body === bodyOf(intent),
  identify: ({ key }) => key,

  weigh({ intent, evidence }) {
    switch (evidence.kind) {
      case "payment":
        if (evidence.to !== intent.to || evidence.amount !== intent.amount) return { kind: "contradiction" };
        return evidence.isBooked ? { kind: "final", status: "success", settlement: { payment: evidence.id } } : { kind: "accepted" };
      case "refused":
        return { kind: "final", status: "reverted" };
      case "absent":
        return { kind: "notFound" };
      case "conflict":
        return { kind: "contradiction" };
      case "trouble":
        return { kind: "unknown" };
    }
  },
});

/** The bytes that are sent: the same for every process and every time. */
export function bodyOf({ to, amount }: { readonly to: string; readonly amount: bigint }): string {
  return JSON.stringify({ to, amount: amount.toString() });
}
