/**
 * Who used up a nonce: the block in which the account's count went past it is found by halving, and read whole. No other block can hold a
 * transaction with this nonce, so what does not stand in it never happened, and never will.
 */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import type { Consumption } from "../../../capabilities/evm/transaction-evidence.ts";
import { hashHeader } from "../../../capabilities/evm/header.ts";
import { type Hex, parseIndex, toQuantity } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import type { Source } from "../source.ts";
import { type Wanted, consumerIn } from "./consumer.ts";
import type { Scans } from "./scan-blocks.ts";
import { isCountProven } from "./prove-count.ts";
import { type ProvenBlock, readWholeBlock } from "./whole-block.ts";

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
      // It may lead elsewhere by now: what used up the nonce there did not do so here.
      await source.proveChain(signal);
      const found = await searchSource(source, wanted, { final: final.number, signal }).catch((error: unknown) =>
        lacksState(error) ? scans.scan(source, wanted, { final, signal }) : Promise.reject(error as Error),
      );
      if (found === undefined) continue;
      if (found.proof === "root" && found.counts !== "reported") return found;
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
  wanted: Wanted,
  { final, signal }: { readonly final: bigint; readonly signal: AbortSignal },
): Promise<Consumption | undefined> {
  const { from, nonce, since } = wanted;
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
  const { consumer, proof } = consumerIn(whole, wanted);
  const found = {
    kind: "block" as const,
    block: whole.block,
    countBefore: countBelow,
    countAfter: countAbove,
    transactions,
    consumer,
    proof,
  };
  if (consumer.kind === "transaction") return found;
  const isProven =
    proof === "root" &&
    (await isCountProven(source, { account: from, count: countAbove, header: { number: above, stateRoot: whole.stateRoot } }, signal)) &&
    (await isProvenBefore(source, whole, { account: from, count: countBelow }, signal));
  return { ...found, counts: isProven ? "proven" : "reported" };
}

/** After its parent. */
async function isProvenBefore(
  source: Source,
  { block, parentHash }: ProvenBlock,
  claim: { readonly account: Hex; readonly count: number },
  signal: AbortSignal,
): Promise<boolean> {
  const parent = block.number === 0n ? undefined : await source.blockAt(block.number - 1n, signal);
  if (parent === undefined || parent.hash !== parentHash || hashHeader(parent.header) !== parentHash) return false;
  return isCountProven(source, { ...claim, header: parent.header }, signal);
}

/** The state of old blocks is gone there: what they hold is not. */
function lacksState(error: unknown): boolean {
  return error instanceof RpcFailure && (error.fault?.kind === "no_state" || error.fault?.kind === "no_block");
}
