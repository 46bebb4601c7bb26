/** What a step that may send did: it sent a transaction which is final now, or found that nothing was to be done. */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { hash } from "../../kernel/codecs.ts";

const outcomes = {
  sent: z.strictObject({ kind: z.literal("sent"), transactionHash: hash, block: blockRef }),
  /** At `block` it was so already. */
  skipped: z.strictObject({ kind: z.literal("skipped"), block: blockRef }),
};
export const sent = { ...outcomes, either: z.discriminatedUnion("kind", [outcomes.sent, outcomes.skipped]) };
export type Sent = z.output<typeof sent.either>;
