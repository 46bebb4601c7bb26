/**
 * A chain in memory: blocks, a pool with a real pool's rules, reorgs that never go below what is final, and somebody else who uses the same
 * account. It knows more than any node says: what was ever included, and what is.
 */
import { keccak256 } from "viem";
import { hashHeader } from "../../../src/capabilities/evm/header.ts";
import { transactionsRootOf } from "../../../src/capabilities/evm/transactions-root.ts";
import type { Header } from "../../../src/capabilities/evm/block.ts";
import type { Hex } from "../../../src/transports/evm/parse.ts";
import type { Chance } from "../chance.ts";
import { stateRootOf } from "./leaf-state.ts";

export const chainId = 4242;

export interface Authorization {
  readonly chainId: number;
  readonly address: Hex;
  readonly nonce: number;
  readonly r: Hex;
  readonly s: Hex;
  readonly yParity: number;
}

export interface Transaction {
  readonly hash: Hex;
  /** Its bytes, which lead to the hash. */
  readonly raw: Hex;
  readonly from: Hex;
  readonly nonce: number;
  readonly to: Hex | undefined;
  readonly value: bigint;
  readonly data: Hex;
  readonly gas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly authorizations?: readonly Authorization[];
  /** Whose nonces the authorizations use up. */
  readonly authorities?: readonly Hex[];
}

export interface Block {
  readonly hash: Hex;
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  /** Nonces used by each account, after this block. */
  readonly counts: ReadonlyMap<Hex, number>;
}

/** An error as a node says it. */
export class NodeError extends Error {
  readonly code: number;

  constructor(message: string, code = -32000) {
    super(message);
    this.code = code;
  }
}

export interface ChainRules {
  /** Blocks behind the head that are final; no reorg touches them. */
  readonly finalDepth: number;
  /** How often a pool transaction whose turn it is gets into a block. */
  readonly inclusion: number;
  /** How often a transaction of a block that is gone comes back to the pool. */
  readonly returns: number;
  /** How often a transaction reverts: the same one always does, wherever it is included. */
  readonly reverts: number;
}

const zero: Hex = `0x${"00".repeat(32)}`;
const nobody = "0x0000000000000000000000000000000000000000";
const gwei = 1_000_000_000n;

export class SimulatedChain {
  readonly rules: ChainRules;
  readonly account: Hex;
  readonly #chance: Chance;
  readonly #blocks: Block[] = [];
  readonly #pool = new Map<Hex, Transaction>();
  /** Blocks that were canonical once. */
  readonly #orphans = new Map<Hex, Block>();
  #baseFee = gwei;
  #forks = 0;

  /** `account`: the only one that its state has. */
  constructor(rules: ChainRules, account: Hex, chance: Chance) {
    this.rules = rules;
    this.account = account;
    this.#chance = chance;
    this.#append([]);
  }

  get head(): Block {
    return this.blockAt(this.#blocks.length - 1) as Block;
  }

  get height(): number {
    return this.#blocks.length - 1;
  }

  get finalHeight(): number {
    return Math.max(0, this.height - this.rules.finalDepth);
  }

  get pool(): readonly Transaction[] {
    return [...this.#pool.values()];
  }

  get baseFee(): bigint {
    return this.#baseFee;
  }

  blockAt(number: number): Block | undefined {
    return this.#blocks[number];
  }

  blockOf(hash: string): Block | undefined {
    return this.#blocks.find((block) => block.hash === hash) ?? this.#orphans.get(hash as Hex);
  }

  /** The canonical block that holds a transaction. */
  blockWith(hash: string): Block | undefined {
    return this.#blocks.find(({ transactions }) => transactions.some((transaction) => transaction.hash === hash));
  }

  reverts(hash: string): boolean {
    return Number.parseInt(hash.slice(-4), 16) < this.rules.reverts * 0x1_0000;
  }

  countAt(account: Hex, number: number): number {
    return this.#blocks[number]?.counts.get(account) ?? 0;
  }

  /** Takes a transaction into the pool. @throws NodeError as a node would */
  take(transaction: Transaction): void {
    const { from, nonce, hash, maxFeePerGas, maxPriorityFeePerGas } = transaction;
    if (this.#pool.has(hash)) throw new NodeError("already known");
    if (nonce < this.countAt(from, this.height)) throw new NodeError("nonce too low");
    const rival = this.pool.find((one) => one.from === from && one.nonce === nonce);
    if (rival !== undefined) {
      const bump = (fee: bigint): bigint => (fee * 110n + 99n) / 100n;
      if (maxFeePerGas < bump(rival.maxFeePerGas) || maxPriorityFeePerGas < bump(rival.maxPriorityFeePerGas))
        throw new NodeError("replacement transaction underpriced");
      this.#pool.delete(rival.hash);
    }
    this.#pool.set(hash, transaction);
  }

  drop(hash: Hex): void {
    this.#pool.delete(hash);
  }

  /** A transaction that no run made, without a signature. */
  strange(from: Hex, nonce: number, more: Partial<Transaction> = {}): Transaction {
    const raw: Hex = `0x${Buffer.from(`strange ${this.#forks} ${from} ${nonce} ${this.#chance.unit()}`).toString("hex")}`;
    const fee = BigInt(this.#chance.int(1, 40)) * gwei;
    const hash = keccak256(raw);
    return {
      hash,
      raw,
      from,
      nonce,
      to: nobody,
      value: 1n,
      data: "0x",
      gas: 21_000n,
      maxFeePerGas: fee,
      maxPriorityFeePerGas: fee,
      ...more,
    };
  }

  /** The next block, with whatever its base fee and chance let in; `others` are in it whatever they pay. */
  mine(others: readonly Transaction[] = []): void {
    const counts = new Map(this.head.counts);
    const chosen: Transaction[] = [];
    const include = (transaction: Transaction): void => {
      chosen.push(transaction);
      this.#pool.delete(transaction.hash);
      counts.set(transaction.from, transaction.nonce + 1);
      for (const authority of transaction.authorities ?? []) counts.set(authority, (counts.get(authority) ?? 0) + 1);
    };
    for (const other of others) if (other.nonce === (counts.get(other.from) ?? 0)) include(other);
    for (let found = true; found;) {
      found = false;
      for (const transaction of this.pool) {
        if (transaction.nonce !== (counts.get(transaction.from) ?? 0) || transaction.maxFeePerGas < this.#baseFee) continue;
        if (!this.#chance.is(this.rules.inclusion)) continue;
        include(transaction);
        found = true;
      }
    }
    this.#append(chosen, counts);
    for (const transaction of this.pool) if (transaction.nonce < (counts.get(transaction.from) ?? 0)) this.#pool.delete(transaction.hash);
  }

  /** The last blocks never were: their transactions come back to the pool, or do not. At most what is not final. */
  reorg(depth: number, others: readonly Transaction[] = []): void {
    const gone = Math.min(depth, this.height - this.finalHeight - 1);
    if (gone <= 0) return;
    this.#forks++;
    const removed = this.#blocks.splice(this.#blocks.length - gone);
    const back: Transaction[] = [];
    for (const block of removed) {
      this.#orphans.set(block.hash, block);
      for (const transaction of block.transactions) if (this.#chance.is(this.rules.returns)) back.push(transaction);
    }
    for (const transaction of back) {
      try {
        this.take(transaction);
      } catch (error) {
        if (!(error instanceof NodeError)) throw error;
      }
    }
    this.mine(others);
    for (let blocks = 0; blocks < gone; blocks++) this.mine();
  }

  /** The base fee leaps. */
  setBaseFee(fee: bigint): void {
    this.#baseFee = fee;
  }

  #append(transactions: readonly Transaction[], counts: ReadonlyMap<Hex, number> = new Map()): void {
    const number = this.#blocks.length;
    const header: Header = {
      parentHash: this.#blocks.at(-1)?.hash ?? zero,
      sha3Uncles: zero,
      miner: nobody,
      stateRoot: stateRootOf(this.account, counts.get(this.account) ?? 0),
      transactionsRoot: transactionsRootOf(transactions.map(({ raw }) => raw)),
      receiptsRoot: zero,
      logsBloom: `0x${"00".repeat(256)}`,
      difficulty: 0n,
      number: BigInt(number),
      gasLimit: 30_000_000n,
      gasUsed: BigInt(transactions.length) * 21_000n,
      timestamp: 1_700_000_000n + BigInt(number) * 12n,
      // Blocks of different forks are different ones.
      extraData: `0x${this.#forks.toString(16).padStart(8, "0")}`,
      mixHash: zero,
      nonce: "0x0000000000000000",
      baseFeePerGas: this.#baseFee,
    };
    const hash = hashHeader(header);
    if (hash === undefined) throw new Error("a header of a known shape has a hash");
    this.#blocks.push({ hash, header, transactions, counts });
    this.#baseFee = clamp((this.#baseFee * BigInt(this.#chance.int(90, 112))) / 100n, gwei / 2n, 20n * gwei);
  }
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  return value < least ? least : value > most ? most : value;
}
