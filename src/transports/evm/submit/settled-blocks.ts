/**
 * Blocks on which transactions settled: in this process, and the newest that the store knew of before. One that is canonical no more is a reorg
 * below what the finality policy calls final: what settled cannot be taken back in the history, so somebody has to be told.
 */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import { RecentMap } from "../recent-map.ts";

/** What nobody may miss. */
export type Alarm =
  /** A block on which these transactions settled left the canonical chain: the policy calls blocks final too early there. */
  | {
      readonly kind: "settled_block_lost";
      readonly network: string;
      readonly block: BlockRef;
      /** What stands there now. */
      readonly found: string;
      readonly transactions: readonly string[];
    }
  /** Nonces that are used up by settled effects are free on every source: it lags far behind, or those transactions are gone. */
  | {
      readonly kind: "nonces_free";
      readonly network: string;
      readonly account: string;
      readonly count: number;
      readonly next: number;
    };

/** Transactions that settled in one block. */
export interface Settled {
  readonly block: BlockRef;
  readonly transactions: readonly string[];
}

/** The newest that settled in a lane before this process looked; undefined: none is known. */
export type SettledBefore = (lane: string) => Promise<Settled | undefined>;

const blocksKept = 1024;

export class SettledBlocks {
  readonly #blocks = new RecentMap<Settled>(blocksKept);
  readonly #newest = new Map<string, BlockRef>();
  /** By network and account: the nonce up to which it was told that they are free. */
  readonly #free = new RecentMap<number>(blocksKept);
  readonly #recalled = new RecentMap<Promise<void>>(blocksKept);
  readonly #alarm: (alarm: Alarm) => void;
  readonly #before: SettledBefore;

  constructor(alarm: (alarm: Alarm) => void, before: SettledBefore) {
    this.#alarm = alarm;
    this.#before = before;
  }

  /** What other processes saw settle is watched too. @throws what `SettledBefore` throws; it is asked again then */
  recall(network: string, lane: string): Promise<void> {
    const known = this.#recalled.get(lane);
    if (known !== undefined) return known;
    const asked = this.#take(network, lane);
    this.#recalled.set(lane, asked);
    asked.catch(() => this.#recalled.delete(lane));
    return asked;
  }

  async #take(network: string, lane: string): Promise<void> {
    const settled = await this.#before(lane);
    if (settled === undefined) return;
    for (const transaction of settled.transactions) this.remember(network, settled.block, transaction);
  }

  remember(network: string, block: BlockRef, transaction: string): void {
    const key = `${network} ${block.number}`;
    const known = this.#blocks.get(key);
    const before = known?.block.hash === block.hash ? known.transactions : [];
    if (!before.includes(transaction)) this.#blocks.set(key, { block, transactions: [...before, transaction] });
    const newest = this.#newest.get(network);
    if (newest === undefined || newest.number <= block.number) this.#newest.set(network, block);
  }

  /** The height to look at: where the newest one is gone, others may be. */
  watched(network: string): bigint | undefined {
    return this.#newest.get(network)?.number;
  }

  /** Compares canonical blocks with those that are remembered, and raises the alarm once for each that is lost. */
  compare(network: string, canonical: readonly BlockRef[]): void {
    for (const { number, hash } of canonical) {
      const key = `${network} ${number}`;
      const settled = this.#blocks.get(key);
      if (settled === undefined || settled.block.hash === hash) continue;
      this.#blocks.delete(key);
      if (this.#newest.get(network)?.number === number) this.#newest.delete(network);
      this.#alarm({ kind: "settled_block_lost", network, ...settled, found: hash });
    }
  }

  /** Raises the alarm once for each nonce that follows. */
  noncesFree(alarm: Omit<Extract<Alarm, { kind: "nonces_free" }>, "kind">): void {
    const key = `${alarm.network} ${alarm.account}`;
    if (this.#free.get(key) === alarm.next) return;
    this.#free.set(key, alarm.next);
    this.#alarm({ kind: "nonces_free", ...alarm });
  }
}
