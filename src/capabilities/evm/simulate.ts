/**
 * What a transaction would do if it were in the block after a pinned one: the same questions as of reads, asked from an account and with value.
 * A capability of its own, because what a state declares stands in its descriptor, and histories that only read keep theirs.
 * @see https://ethereum.github.io/execution-apis/ eth_call, eth_estimateGas
 */
import * as z from "zod";
import { defineCapability } from "../../kernel/capability.ts";
import { address, bytes, networkId, uint256 } from "../../kernel/codecs.ts";
import { blockRef } from "./block.ts";
import { blockLost, sourceFailed } from "./failure.ts";
import { accessList } from "./transaction-intent.ts";

/** A transaction without its terms. `to` absent: a contract is created of `data`. */
const proposal = z.strictObject({
  network: networkId,
  at: blockRef,
  from: address,
  to: address.optional(),
  value: uint256,
  data: bytes,
  accessList: accessList.optional(),
});

/** What comes back where it would not succeed. */
const refusals = [
  z.strictObject({ kind: z.literal("reverted"), data: bytes }),
  /** It needs more gas than a node gives one call, or than a block has. */
  z.strictObject({ kind: z.literal("out_of_gas") }),
  /** The account has less than the value. */
  z.strictObject({ kind: z.literal("underfunded") }),
  /** The answer is larger than a value can be. */
  z.strictObject({ kind: z.literal("too_large") }),
  blockLost,
  sourceFailed,
] as const;

export const evmSimulate = defineCapability({
  id: "mfm.evm/simulate@1",
  kind: "read",
  methods: {
    /** What it would return: of a creation the code. */
    call: {
      request: proposal,
      response: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("ok"), data: bytes }), ...refusals]),
    },
    /** The gas that it would need. */
    estimateGas: {
      request: proposal,
      response: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("ok"), gas: uint256 }), ...refusals]),
    },
  },
});
