/** Looking up what has become of a transaction's candidates: what each source says, side by side, with the canonical blocks read last. */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import type { SourceView, TransactionEvidence } from "../../../capabilities/evm/transaction-evidence.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { Network } from "../network.ts";
import { parseReceiptInPart } from "../parse-answers.ts";
import type { Block } from "../parse-block.ts";
import { type Hex, parseIndex } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import type { Source } from "../source.ts";
import { askAll } from "../ask-sources.ts";
import type { Wanted } from "./consumer.ts";
import { findConsumption } from "./consumption.ts";
import { parseTransaction } from "./parse-lookups.ts";
import type { Scans } from "./scan-blocks.ts";

export interface Question extends Wanted {
  readonly finality: TransactionIntent["finality"];
}

type Receipt = NonNullable<ReturnType<typeof parseReceiptInPart>>;
type Lookup = SourceView["lookups"][number];

/** What one source says, before blocks are compared. */
interface Sighting {
  readonly source: Source;
  readonly head: Block;
  readonly count: number;
  readonly pending?: number;
  readonly receipts: readonly Receipt[];
  readonly lookups: readonly Lookup[];
}

interface Context {
  readonly network: Network;
  readonly scans: Scans;
  readonly signal: AbortSignal;
}

/** @throws SOURCE_FAILED when no source answers */
export async function lookAtTransaction(question: Question, context: Context): Promise<Omit<TransactionEvidence, "answers">> {
  const { network, scans, signal } = context;
  const seen = await askAll(network, signal, (source, limited) => sight(source, question, limited));
  const sightings = await withPending([...seen.values()], question, signal);
  const included = sightings.flatMap(({ lookups }) => lookups.flatMap((lookup) => (lookup.found === "included" ? [lookup.block] : [])));
  const isPassed = sightings.some(({ count }) => count > question.nonce);
  // Without either there is nothing that could be final.
  const finals = included.length > 0 || isPassed ? await readFinals(sightings, question, signal) : new Map<Source, BlockRef>();
  const heights = included.map(({ number }) => number);
  const views = await withBlocks(sightings, { heights, finals, signal });
  const receipt = receiptOf(sightings, views);
  if (receipt !== undefined || !isPassed) return { views, ...(receipt === undefined ? {} : { receipt }) };
  const consumed = await findConsumption(question, { finals, scans, signal });
  if (consumed === undefined) return { views };
  const ends = consumed.kind === "block" ? [consumed.block.number] : [consumed.first.number, consumed.last.number];
  return { views: await withBlocks(sightings, { heights: [...heights, ...ends], finals, signal }), consumed };
}

async function sight(source: Source, { from, hashes }: Question, signal: AbortSignal): Promise<Sighting> {
  const [head, count, ...receipts] = await Promise.all([
    source.blockAt("latest", signal),
    countAt(source, { from, tag: "latest" }, signal),
    ...hashes.map(async (hash) => parseReceiptInPart(await source.request("eth_getTransactionReceipt", [hash], signal), hash)),
  ]);
  if (head === undefined) throw new RpcFailure("no_block", "has no latest block");
  const lookups = hashes.map((transactionHash, index): Lookup => {
    const receipt = receipts[index];
    if (receipt === undefined) return { transactionHash, found: "unknown" };
    return { transactionHash, found: "included", block: { number: receipt.blockNumber, hash: receipt.blockHash } };
  });
  return { source, head, count, receipts: receipts.filter((receipt) => receipt !== undefined), lookups };
}

async function countAt(source: Source, { from, tag }: { readonly from: Hex; readonly tag: string }, signal: AbortSignal): Promise<number> {
  return parseIndex(await source.request("eth_getTransactionCount", [from, tag], signal), "transaction count");
}

/** Where nobody has a receipt: who knows the transactions themselves, and whether something is missing before them. */
async function withPending(
  sightings: readonly Sighting[],
  { from, nonce, hashes }: Question,
  signal: AbortSignal,
): Promise<readonly Sighting[]> {
  if (sightings.some(({ receipts }) => receipts.length > 0)) return sightings;
  return keepAnswering(sightings, async (sighting) => {
    const { source, count } = sighting;
    const [pending, ...lookups] = await Promise.all([
      count < nonce ? countAt(source, { from, tag: "pending" }, signal) : undefined,
      ...hashes.map((hash) => lookUp(source, hash, signal)),
    ]);
    return { ...sighting, ...(pending === undefined ? {} : { pending }), lookups };
  });
}

async function lookUp(source: Source, transactionHash: Hex, signal: AbortSignal): Promise<Lookup> {
  const found = parseTransaction(await source.request("eth_getTransactionByHash", [transactionHash], signal));
  if (found === undefined) return { transactionHash, found: "unknown" };
  return found === "pending" ? { transactionHash, found } : { transactionHash, found: "included", block: found };
}

/** The newest final block by the policy, of each source that has one. */
async function readFinals(
  sightings: readonly Sighting[],
  { finality }: Question,
  signal: AbortSignal,
): Promise<ReadonlyMap<Source, BlockRef>> {
  const finals = await Promise.all(
    sightings.map(async ({ source, head }) => {
      const which = finality.kind === "tag" ? finality.tag : head.header.number - BigInt(finality.blocks - 1);
      if (typeof which === "bigint" && which < 0n) return [];
      if (which === head.header.number) return [[source, refOf(head)] as const];
      const block = await source.blockAt(which, signal).catch(unlessRefused);
      return block === undefined ? [] : [[source, refOf(block)] as const];
    }),
  );
  return new Map(finals.flat());
}

interface Reading {
  readonly heights: readonly bigint[];
  readonly finals: ReadonlyMap<Source, BlockRef>;
  readonly signal: AbortSignal;
}

const heightsNamed = 64;

/** The canonical blocks, read last: what was found before counts only as long as they are the same. */
async function withBlocks(sightings: readonly Sighting[], { heights, finals, signal }: Reading): Promise<SourceView[]> {
  const wanted = [...new Set(heights)].slice(0, heightsNamed);
  return keepAnswering(sightings, async ({ source, head, count, pending, lookups }) => {
    const { number: newest } = head.header;
    const blocks = await Promise.all(
      wanted.flatMap((number) => (number > newest ? [] : [number === newest ? Promise.resolve(head) : source.blockAt(number, signal)])),
    );
    const final = finals.get(source);
    return {
      source: source.ref,
      head: refOf(head),
      baseFeePerGas: head.header.baseFeePerGas ?? 0n,
      ...(final === undefined ? {} : { final }),
      count,
      ...(pending === undefined ? {} : { pending }),
      lookups: [...lookups],
      blocks: blocks.flatMap((block) => (block === undefined ? [] : [refOf(block)])),
    };
  });
}

/** A source that stops answering half-way says nothing. @throws RpcFailure where that was the last one */
async function keepAnswering<T, U>(all: readonly T[], ask: (one: T) => Promise<U>): Promise<U[]> {
  const answers = await Promise.allSettled(all.map(ask));
  const kept = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const failed = answers.find((answer) => answer.status === "rejected");
  if (failed !== undefined && (kept.length === 0 || !(failed.reason instanceof RpcFailure))) throw failed.reason;
  return kept;
}

/** Of a candidate whose block is the canonical one of whoever has the receipt. */
function receiptOf(sightings: readonly Sighting[], views: readonly SourceView[]): Receipt | undefined {
  for (const { source, receipts } of sightings) {
    const blocks = views.find((view) => view.source === source.ref)?.blocks ?? [];
    const found = receipts.find(({ blockNumber, blockHash }) =>
      blocks.some(({ number, hash }) => number === blockNumber && hash === blockHash),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function refOf({ hash, header }: Block): BlockRef {
  return { number: header.number, hash };
}

/** A node that knows no such tag yet, or has no such block, names none. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof RpcFailure && error.fault !== undefined) return undefined;
  throw error;
}
