/** What a step that may send did, and the final block in which it was done. */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { hash } from "../../kernel/codecs.ts";

export const outcomes = {
  sent: z.strictObject({ kind: z.literal("sent"), transactionHash: hash }),
  /** It was done already, in this block or before it: nothing was sent. */
  skipped: z.strictObject({ kind: z.literal("skipped") }),
};

export const done = z.strictObject({ block: blockRef, outcome: z.discriminatedUnion("kind", [outcomes.sent, outcomes.skipped]) });
export type Done = z.output<typeof done>;
