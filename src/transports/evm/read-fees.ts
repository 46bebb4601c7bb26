/** What the market asks for, as one source says it: the fees of blocks, or the node's own suggestion where it keeps no `eth_feeHistory`. */
import type { FeePolicy } from "../../capabilities/evm/transaction-fees.ts";
import type { Market } from "../../capabilities/evm/transaction-envelope.ts";
import { MfmError } from "../../kernel/errors.ts";
import { parseFeeHistory } from "./parse-answers.ts";
import type { Block } from "./parse-block.ts";
import { parseQuantity, toQuantity } from "./parse.ts";
import { RpcFailure } from "./provider.ts";
import type { Source } from "./source.ts";

export type Fees = Pick<Market, "baseFeePerGas" | "priorityFeePerGas" | "suggested">;

/** Blocks that are looked at for as many as the policy wants that are not empty: those say nothing of tips. */
const looksBack = 4;
const mostBlocks = 1024;

/** As of a block, and of that block. @throws RpcFailure; BASE_FEE_MISSING where the chain has no EIP-1559 */
export async function readFees(
  source: Source,
  policy: Pick<FeePolicy, "percentile" | "blocks">,
  { newest, signal }: { readonly newest: bigint | "latest"; readonly signal: AbortSignal },
): Promise<{ readonly head: Block; readonly fees: Fees }> {
  const [head, history] = await Promise.all([source.blockAt(newest, signal), readHistory(source, policy, { newest, signal })]);
  if (head === undefined) throw new RpcFailure("no_block", `has no block ${newest}`);
  const { baseFeePerGas } = head.header;
  if (baseFeePerGas === undefined)
    throw new MfmError("BASE_FEE_MISSING", `block ${head.header.number} names no base fee`, { block: head.header.number.toString() });
  return { head, fees: history ?? (await readSuggestion(source, baseFeePerGas, signal)) };
}

/** The next block's base fee, and the median of what others paid; undefined where the node has no such method. */
async function readHistory(
  source: Source,
  policy: Parameters<typeof readFees>[1],
  { newest, signal }: Parameters<typeof readFees>[2],
): Promise<Fees | undefined> {
  const blocks = Math.min(mostBlocks, policy.blocks * looksBack);
  const named = typeof newest === "bigint" ? toQuantity(newest) : newest;
  const answer = await unlessLacking(() => source.request("eth_feeHistory", [toQuantity(blocks), named, [policy.percentile]], signal));
  if (answer === undefined) return undefined;
  const { baseFeePerGas, gasUsedMillionths, rewards } = parseFeeHistory(answer, blocks, 1);
  const paid = rewards.flatMap(([reward], index) => (reward !== undefined && (gasUsedMillionths[index] ?? 0) > 0 ? [reward] : []));
  return { baseFeePerGas: baseFeePerGas.at(-1) ?? 0n, priorityFeePerGas: medianOf(paid.slice(-policy.blocks)) };
}

/** The base fee is that of the block itself: what the next one may ask more, the policy's `baseFeePercent` has room for. */
async function readSuggestion(source: Source, baseFeePerGas: bigint, signal: AbortSignal): Promise<Fees> {
  const suggestedBy = (by: "maxPriorityFeePerGas" | "gasPrice", priorityFeePerGas: bigint): Fees => ({
    baseFeePerGas,
    priorityFeePerGas,
    suggested: { by, source: source.ref },
  });
  const tip = await unlessLacking(() => source.request("eth_maxPriorityFeePerGas", [], signal));
  if (tip !== undefined) return suggestedBy("maxPriorityFeePerGas", parseQuantity(tip, "tip"));
  const price = parseQuantity(await source.request("eth_gasPrice", [], signal), "gas price");
  return suggestedBy("gasPrice", price > baseFeePerGas ? price - baseFeePerGas : 0n);
}

async function unlessLacking(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RpcFailure && error.fault?.kind === "no_method") return undefined;
    throw error;
  }
}

/** The lower of both in the middle; 0 of nothing. */
function medianOf(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n;
}
