/** Reading a receipt so that it belongs to the chain of a pinned block: a receipt by itself may be of a block that was reorganised away. */
import type { BlockLost, SourceFailed } from "../../capabilities/evm/failure.ts";
import type { evmRead, receipt } from "../../capabilities/evm/read.ts";
import type { Client } from "../../kernel/capability.ts";
import type * as z from "zod";
import type { Hex } from "../evm/asking.ts";
import type { Pin } from "../evm/pinned.ts";

export type Included =
  | { readonly kind: "included"; readonly receipt: z.output<typeof receipt> }
  /** Unknown, or in a block that the pinned one does not stand on. */
  | { readonly kind: "not_included" }
  | BlockLost
  | SourceFailed;

export async function readIncluded(
  { chain, pin }: { readonly chain: Client<typeof evmRead.methods>; readonly pin: Pin },
  transaction: Hex,
): Promise<Included> {
  const { network, block } = pin;
  const answer = await chain.receipt({ network, transaction });
  if (answer.kind === "source_failed") return answer;
  if (answer.kind === "not_found" || answer.receipt.blockNumber > block.number) return { kind: "not_included" };
  const { receipt } = answer;
  if (receipt.blockNumber === block.number)
    return receipt.blockHash === block.hash ? { kind: "included", receipt } : { kind: "not_included" };
  const at = await chain.block({ network, block: { kind: "number", number: receipt.blockNumber } });
  if (at.kind === "source_failed") return at;
  return at.kind === "ok" && at.hash === receipt.blockHash ? { kind: "included", receipt } : { kind: "not_included" };
}
