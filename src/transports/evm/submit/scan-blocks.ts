/**
 * Who used up a nonce, where a source has no state of old blocks: every block since the nonce was free is read whole, each the child of the
 * one before, until one has a transaction with the nonce, or the newest final one is reached.
 */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import { hashHeader } from "../../../capabilities/evm/header.ts";
import type { Consumption } from "../../../capabilities/evm/transaction-evidence.ts";
import { type Hex, parseIndex, toQuantity } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import { RecentMap } from "../recent-map.ts";
import type { Source } from "../source.ts";
import { type Wanted, consumerIn } from "./consumer.ts";
import { isCountProven } from "./prove-count.ts";
import { type BlockProof, readWholeBlock } from "./whole-block.ts";

/** Blocks read in one look; the next one goes on where it ended. */
const blocksAtOnce = 200;
const scansKept = 64;

interface Progress {
  readonly last: BlockRef;
  readonly ours: readonly Hex[];
  /** Of all blocks so far. */
  readonly proof: BlockProof;
  readonly consumer: Consumption["consumer"];
}

/** How far each search got, in this process. */
export class Scans {
  readonly #progress = new RecentMap<Progress>(scansKept);

  /** Undefined where it is not known yet, or cannot be known: the nonce was not seen to be free. @throws RpcFailure */
  async scan(
    source: Source,
    wanted: Wanted,
    { final, signal }: { readonly final: BlockRef; readonly signal: AbortSignal },
  ): Promise<Consumption | undefined> {
    const { from, nonce, since, hashes } = wanted;
    if (since.count > nonce || since.block.number > final.number) return undefined;
    const key = `${source.ref} ${from} ${nonce} ${since.block.hash} ${hashes.join(" ")}`;
    let progress = this.#progress.get(key) ?? { last: since.block, ours: [], proof: "root", consumer: { kind: "unattributed" } };
    for (let read = 0; read < blocksAtOnce && progress.last.number < final.number && progress.consumer.kind !== "transaction"; read++) {
      progress = await readNext(source, wanted, { progress, signal });
      this.#progress.set(key, progress);
    }
    const { last, ours, consumer, proof } = progress;
    const end = { kind: "blocks" as const, first: since.block, last, ours: [...ours], consumer, proof };
    // A transaction of the account with this nonce is the only one there can be.
    if (consumer.kind === "transaction") return { ...end, countAfter: nonce + 1 };
    if (last.number < final.number) return undefined;
    const counted = await source.request("eth_getTransactionCount", [from, toQuantity(last.number)], signal);
    const countAfter = parseIndex(counted, "transaction count");
    const isProven = proof === "root" && (await isLastProven(source, { account: from, count: countAfter }, { last, signal }));
    return { ...end, countAfter, counts: isProven ? "proven" : "reported" };
  }
}

async function isLastProven(
  source: Source,
  claim: { readonly account: Hex; readonly count: number },
  { last, signal }: { readonly last: BlockRef; readonly signal: AbortSignal },
): Promise<boolean> {
  const block = await source.blockAt(last.number, signal);
  if (block === undefined || block.hash !== last.hash || hashHeader(block.header) !== last.hash) return false;
  return isCountProven(source, { ...claim, header: block.header }, signal);
}

async function readNext(
  source: Source,
  wanted: Wanted,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Progress> {
  const { hashes } = wanted;
  const number = progress.last.number + 1n;
  const whole = await readWholeBlock(source, number, signal);
  if (whole.parentHash !== progress.last.hash) throw new RpcFailure("wrong_block", `block ${number} is no child of ${progress.last.hash}`);
  const found = consumerIn(whole, wanted);
  return {
    last: whole.block,
    proof: found.proof === "root" ? progress.proof : "reported",
    ours: [...progress.ours, ...hashes.filter((hash) => whole.transactions.some((transaction) => transaction.hash === hash))],
    consumer: found.consumer.kind === "unattributed" ? progress.consumer : found.consumer,
  };
}
