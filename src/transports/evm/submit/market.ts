/** What the market asks for now: the next block's base fee, and what others paid lately. */
import type { Market } from "../../../capabilities/evm/transaction-envelope.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { Clock } from "../../../kernel/ports.ts";
import type { Network } from "../network.ts";
import { parseIndex, parseQuantity } from "../parse.ts";
import { readFees } from "../read-fees.ts";
import type { Source } from "../source.ts";
import { RecentMap } from "../recent-map.ts";
import { waitFor } from "../waiting.ts";
import { askFirst } from "../ask-sources.ts";

/** The market, and what the account has, a moment apart. */
export interface MarketReading {
  readonly market: Market;
  /** Wei. */
  readonly balance: bigint;
}

const accountsKept = 64;
/** A market that is older is none of now: what followed on the survey took its time. */
const freshMs = 1000;

/** What an account's next transactions will be prepared with. */
interface Begun {
  readonly policy: string;
  readonly at: number;
  readonly market: Promise<MarketReading>;
}

/** Whose next transaction it is, and by which policy it bids. */
export type Bidder = Pick<TransactionIntent, "from" | "fees">;

/** Markets that are being read: whoever wants the same meanwhile gets it too. */
export class Markets {
  readonly #reading = new Map<string, Promise<MarketReading>>();
  readonly #begun = new RecentMap<Begun>(accountsKept);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads it at once with the survey that gives the slots, so that preparing them does not have to ask again. */
  begin(intent: Bidder, network: Network, signal: AbortSignal): void {
    signal.throwIfAborted();
    const account = accountOf(intent, network);
    const market = this.#read(intent, network);
    const begun = { policy: policyOf(intent), at: this.#clock.now(), market };
    this.#begun.set(account, begun);
    // It is asked for again by whoever needs it.
    market.catch(() => {
      if (this.#begun.get(account) === begun) this.#begun.delete(account);
    });
  }

  /** For a first candidate: as of the survey that its slot follows from, where that is not long ago. @throws SOURCE_FAILED */
  readFirst(intent: Bidder, network: Network, signal: AbortSignal): Promise<MarketReading> {
    const begun = this.#begun.get(accountOf(intent, network));
    const isOfNow = begun?.policy === policyOf(intent) && this.#clock.now() - begun.at <= freshMs;
    return isOfNow ? waitFor(begun.market, signal) : this.read(intent, network, signal);
  }

  /** @throws SOURCE_FAILED */
  read(intent: Bidder, network: Network, signal: AbortSignal): Promise<MarketReading> {
    signal.throwIfAborted();
    return waitFor(this.#read(intent, network), signal);
  }

  #read(intent: Bidder, network: Network): Promise<MarketReading> {
    const key = `${accountOf(intent, network)} ${policyOf(intent)}`;
    const known = this.#reading.get(key);
    if (known !== undefined) return known;
    // For everybody who asks meanwhile: it ends with the patience of a question.
    const life = new AbortController().signal;
    const reading = askFirst(network, life, (source, limited) => readMarket(source, intent, limited)).then(({ answer }) => answer);
    const done = reading.finally(() => this.#reading.delete(key));
    this.#reading.set(key, done);
    return done;
  }
}

function accountOf({ from }: Bidder, { id }: Network): string {
  return `${id} ${from}`;
}

function policyOf({ fees }: Bidder): string {
  return `${fees.percentile} ${fees.blocks}`;
}

async function readMarket(source: Source, { from, fees: policy }: Bidder, signal: AbortSignal): Promise<MarketReading> {
  const [{ head, fees }, count, balance] = await Promise.all([
    readFees(source, policy, { newest: "latest", signal }),
    source.request("eth_getTransactionCount", [from, "latest"], signal),
    source.request("eth_getBalance", [from, "latest"], signal),
  ]);
  const block = { number: head.header.number, hash: head.hash };
  return { market: { block, count: parseIndex(count, "transaction count"), ...fees }, balance: parseQuantity(balance, "balance") };
}
