/** What a pin is: one block of a network, that every read of a run names; or that no source could name one. */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { sourceFailure } from "../../capabilities/evm/failure.ts";
import { hash, instant, networkId } from "../../kernel/codecs.ts";

export const pinned = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("pinned"),
    network: networkId,
    block: blockRef,
    parentHash: hash,
    stateRoot: hash,
    timestamp: instant,
    /** `recomputed`: the hash was computed here from the header's members. `reported`: this chain's headers cannot be, so nothing can be proven against them. */
    header: z.enum(["recomputed", "reported"]),
    /** How many independent sources name this block. */
    sources: z.int().min(1),
  }),
  z.strictObject({ kind: z.literal("source_failed"), network: networkId, failures: z.array(sourceFailure).max(64) }),
]);
export type Pinned = z.output<typeof pinned>;
/** A pin that holds. */
export type Pin = Extract<Pinned, { kind: "pinned" }>;
