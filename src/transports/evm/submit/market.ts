/** What the market asks for now: the next block's base fee, and what others paid lately. */
import type { Market } from "../../../capabilities/evm/transaction-envelope.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { Network } from "../network.ts";
import { parseFeeHistory } from "../parse-answers.ts";
import { parseIndex, parseQuantity, toQuantity } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import type { Source } from "../source.ts";
import { waitFor } from "../waiting.ts";
import { askFirst } from "./ask-sources.ts";

/** Blocks that are looked at for as many as the policy wants that are not empty. */
const looksBack = 4;
const mostBlocks = 1024;

/** The market, and what the account has, a moment apart. */
export interface MarketReading {
  readonly market: Market;
  /** Wei. */
  readonly balance: bigint;
}

/** Markets that are being read: whoever wants the same meanwhile gets it too. */
export class Markets {
  readonly #reading = new Map<string, Promise<MarketReading>>();

  /** @throws SOURCE_FAILED */
  read(intent: TransactionIntent, network: Network, signal: AbortSignal): Promise<MarketReading> {
    signal.throwIfAborted();
    const { from, fees } = intent;
    const key = `${network.id} ${from} ${fees.percentile} ${fees.blocks}`;
    const known = this.#reading.get(key);
    if (known !== undefined) return waitFor(known, signal);
    // For everybody who asks meanwhile: it ends with the patience of a question.
    const life = new AbortController().signal;
    const reading = askFirst(network, life, (source, limited) => readMarket(source, intent, limited)).then(({ answer }) => answer);
    const done = reading.finally(() => this.#reading.delete(key));
    this.#reading.set(key, done);
    return waitFor(done, signal);
  }
}

async function readMarket(source: Source, { from, fees }: TransactionIntent, signal: AbortSignal): Promise<MarketReading> {
  const blocks = Math.min(mostBlocks, fees.blocks * looksBack);
  const [head, history, count, balance] = await Promise.all([
    source.blockAt("latest", signal),
    source.request("eth_feeHistory", [toQuantity(blocks), "latest", [fees.percentile]], signal),
    source.request("eth_getTransactionCount", [from, "latest"], signal),
    source.request("eth_getBalance", [from, "latest"], signal),
  ]);
  if (head === undefined) throw new RpcFailure("no_block", "has no latest block");
  const { baseFeePerGas, gasUsedMillionths, rewards } = parseFeeHistory(history, blocks, 1);
  const paid = rewards.flatMap(([reward], index) => (reward !== undefined && (gasUsedMillionths[index] ?? 0) > 0 ? [reward] : []));
  const market = {
    block: { number: head.header.number, hash: head.hash },
    baseFeePerGas: baseFeePerGas.at(-1) ?? 0n,
    count: parseIndex(count, "transaction count"),
    priorityFeePerGas: medianOf(paid.slice(-fees.blocks)),
  };
  return { market, balance: parseQuantity(balance, "balance") };
}

/** The lower of both in the middle; 0 of nothing. */
function medianOf(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n;
}
