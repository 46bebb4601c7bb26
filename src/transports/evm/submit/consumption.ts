/**
 * Who used up a nonce: the block in which the account's count went past it is found by halving, and read whole. No other block can hold a
 * transaction with this nonce, so what does not stand in it never happened, and never will.
 */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import type { Consumption } from "../../../capabilities/evm/transaction-evidence.ts";
import { parseIndex, toQuantity } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import type { Source } from "../source.ts";
import { type Wanted, consumerIn } from "./consumer.ts";
import type { Scans } from "./scan-blocks.ts";
import { readWholeBlock } from "./whole-block.ts";

interface Context {
  readonly finals: ReadonlyMap<Source, BlockRef>;
  readonly scans: Scans;
  readonly signal: AbortSignal;
}

/** Undefined where no final block shows it yet, or no source can be asked. What a source only reports is held against what another one says. */
export async function findConsumption(wanted: Wanted, { finals, scans, signal }: Context): Promise<Consumption | undefined> {
  let reported: Consumption | undefined;
  for (const [source, final] of finals) {
    try {
      const found = await searchSource(source, wanted, { final: final.number, signal }).catch((error: unknown) =>
        lacksState(error) ? scans.scan(source, wanted, { final, signal }) : Promise.reject(error as Error),
      );
      if (found === undefined) continue;
      if (found.proof === "root") return found;
      if (reported !== undefined && isSame(reported, found)) return { ...reported, agreedBy: source.ref };
      reported ??= found;
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
    }
  }
  return reported;
}

/** Two sources that say the same of a nonce. */
function isSame(left: Consumption, right: Consumption): boolean {
  const namesOf = (found: Consumption): readonly string[] =>
    found.kind === "block" ? [found.block.hash, ...found.transactions] : [found.first.hash, found.last.hash, ...found.ours];
  return namesOf(left).join(" ") === namesOf(right).join(" ");
}

async function searchSource(
  source: Source,
  { from, nonce, since }: Wanted,
  { final, signal }: { readonly final: bigint; readonly signal: AbortSignal },
): Promise<Consumption | undefined> {
  const countAt = async (number: bigint): Promise<number> =>
    parseIndex(await source.request("eth_getTransactionCount", [from, toQuantity(number)], signal), "transaction count");
  let [below, countBelow] = [-1n, 0];
  let [above, countAbove] = [final, await countAt(final)];
  if (countAbove <= nonce) return undefined;
  // It was free when it was given out, a moment before: the search begins there, and steps back where that was wrong.
  const start = since.block.number;
  for (let [probe, step] = [start < final ? start : final - 1n, 1n]; probe >= 0n; [probe, step] = [probe - step, step * 2n]) {
    const count = await countAt(probe);
    if (count <= nonce) {
      [below, countBelow] = [probe, count];
      break;
    }
    [above, countAbove] = [probe, count];
  }
  while (above - below > 1n) {
    const middle = (above + below) / 2n;
    const count = await countAt(middle);
    if (count > nonce) [above, countAbove] = [middle, count];
    else [below, countBelow] = [middle, count];
  }
  const whole = await readWholeBlock(source, above, signal);
  const transactions = whole.transactions.map(({ hash }) => hash);
  const consumer = consumerIn(whole.transactions, from, nonce);
  const counts = { countBefore: countBelow, countAfter: countAbove };
  return { kind: "block", block: whole.block, ...counts, transactions, consumer, proof: whole.proof };
}

/** The state of old blocks is gone there: what they hold is not. */
function lacksState(error: unknown): boolean {
  return error instanceof RpcFailure && (error.fault?.kind === "no_state" || error.fault?.kind === "no_block");
}
