/** A block read whole, and held to its header: that its transactions are all there are is then nobody's word. */
import { hashHeader } from "../../../capabilities/evm/header.ts";
import { hashOfBytes, transactionsRootOf } from "../../../capabilities/evm/transactions-root.ts";
import { parseBlock } from "../parse-block.ts";
import { type Fields, type Hex, parseBytes, parseHash, parseList, parseObject, toQuantity } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import type { Source } from "../source.ts";
import { type WholeBlock, parseWholeBlock } from "./parse-lookups.ts";
import { rawOf } from "./raw-transaction.ts";

/** `root`: what the header's root is of. `reported`: the header, or a transaction, has a form that is not known here. */
export type BlockProof = "root" | "reported";

export interface ProvenBlock extends WholeBlock {
  readonly proof: BlockProof;
  readonly stateRoot: Hex;
  /** Of its transactions, in their order; none where they are only reported. */
  readonly raws: readonly Hex[];
}

const mostTransactions = 12_000;
const rawAtOnce = 32;

/** The canonical block of this height. @throws RpcFailure no_block, malformed; wrong_block where its transactions are not its root's */
export async function readWholeBlock(source: Source, number: bigint, signal: AbortSignal): Promise<ProvenBlock> {
  const answer = await source.request("eth_getBlockByNumber", [toQuantity(number), true], signal);
  const [whole, block] = [parseWholeBlock(answer), parseBlock(answer)];
  if (whole === undefined || block === undefined || whole.block.number !== number)
    throw new RpcFailure("no_block", `has no block ${number}`);
  const { stateRoot, transactionsRoot } = block.header;
  if (hashHeader(block.header) !== block.hash) return { ...whole, stateRoot, proof: "reported", raws: [] };
  const listed = parseList(parseObject(answer, "block")["transactions"], "transactions", mostTransactions);
  const raws = await readRaws(
    source,
    listed.map((entry) => parseObject(entry, "transaction")),
    signal,
  );
  if (raws === undefined) return { ...whole, stateRoot, proof: "reported", raws: [] };
  if (transactionsRootOf(raws) !== transactionsRoot)
    throw new RpcFailure("wrong_block", `block ${number} has other transactions than its header says`);
  return { ...whole, stateRoot, proof: "root", raws };
}

/** The bytes of each, which lead to its hash; undefined where those of one cannot be had. */
async function readRaws(source: Source, transactions: readonly Fields[], signal: AbortSignal): Promise<readonly Hex[] | undefined> {
  const raws: Hex[] = [];
  for (let from = 0; from < transactions.length; from += rawAtOnce) {
    const some = await Promise.all(transactions.slice(from, from + rawAtOnce).map((fields) => readRaw(source, fields, signal)));
    for (const raw of some) {
      if (raw === undefined) return undefined;
      raws.push(raw);
    }
  }
  return raws;
}

/** Made again from its members, or else asked for. */
async function readRaw(source: Source, fields: Fields, signal: AbortSignal): Promise<Hex | undefined> {
  const hash = parseHash(fields["hash"], "hash");
  const made = rawOf(fields);
  if (made !== undefined && hashOfBytes(made) === hash) return made;
  try {
    const raw = parseBytes(await source.request("eth_getRawTransactionByHash", [hash], signal), "raw transaction");
    return hashOfBytes(raw) === hash ? raw : undefined;
  } catch (error) {
    // Few nodes answer this for every type, and what one does not know at all is no trouble on the way.
    if (error instanceof RpcFailure && error.fault !== undefined) return undefined;
    throw error;
  }
}
