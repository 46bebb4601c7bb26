/** A provider of one network, and what it has shown of itself: its chain, the blocks it has, the ways in which it can be asked. */
import type { BlockRef } from "../../capabilities/evm/block.ts";
import type { Random } from "../../kernel/ports.ts";
import { Health } from "./health.ts";
import { type Block, parseBlock } from "./parse-block.ts";
import { parseQuantity, toQuantity } from "./parse.ts";
import { type Provider, RpcFailure } from "./provider.ts";
import { RecentMap } from "./recent-map.ts";
import { waitFor } from "./waiting.ts";

/** Whether a source has a block as canonical, another at its number, or none there. */
export type Standing = "held" | "other" | "absent";

/** How a block of state is named: EIP-1898, or by its number where a node does not know that. */
export type BlockParameter = { readonly blockHash: string; readonly requireCanonical: true } | `0x${string}`;

const nobody = "0x0000000000000000000000000000000000000000";
/** No block has this hash. */
const noBlock = `0x${"4d464d".repeat(10)}4d46`;
/** Code that returns the number 42 as a word. */
const answer42 = "0x602a60005260206000f3";
const word42 = `0x${"2a".padStart(64, "0")}`;
const overridden = "0x4d464d4d464d4d464d4d464d4d464d4d464d0001";
/** Blocks whose standing is remembered. */
const blocksKept = 256;

export class Source {
  readonly ref: string;
  readonly health: Health;
  readonly #provider: Provider;
  readonly #chainId: bigint;
  /** Bounded by the provider's own time limit: what is found out here is for everybody. */
  readonly #life = new AbortController().signal;
  /** What is being found out, by what it is: everybody who asks meanwhile waits for the same answer. */
  readonly #finding = new Map<string, Promise<unknown>>();
  /** Blocks that it has as canonical. */
  readonly #held = new RecentMap<"held">(blocksKept);
  #takesHashes: boolean | undefined;
  #takesOverrides: boolean | undefined;
  #disqualified: RpcFailure | undefined;
  #isOnChain = false;

  constructor(provider: Provider, chainId: bigint, random: Random) {
    this.ref = provider.ref;
    this.health = new Health(random);
    this.#provider = provider;
    this.#chainId = chainId;
  }

  /** Why this process asks it nothing more. */
  get disqualified(): RpcFailure | undefined {
    return this.#disqualified;
  }

  disqualify(failure: RpcFailure): void {
    this.#disqualified = failure;
  }

  /** @throws RpcFailure; the signal's reason */
  request(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    return this.#provider.request(method, params, signal);
  }

  /** What `ask` gives, once the source has proved that it is on the network's chain; both are asked at once. @throws RpcFailure wrong_chain */
  async onChain<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    if (this.#isOnChain) return ask();
    const [chain, asked] = await Promise.allSettled([this.#find("chain", () => this.proveChain(this.#life), signal), ask()]);
    if (chain.status === "rejected") throw chain.reason;
    if (asked.status === "rejected") throw asked.reason;
    return asked.value;
  }

  /** Asks again, whatever was proved. @throws RpcFailure wrong_chain */
  async proveChain(signal: AbortSignal): Promise<void> {
    const found = parseQuantity(await this.request("eth_chainId", [], signal), "chain id");
    if (found !== this.#chainId) throw new RpcFailure("wrong_chain", `on chain ${found}, not ${this.#chainId}`);
    this.#isOnChain = true;
  }

  /** Whether it has this block as canonical. Only that it does is remembered. */
  async standingOf(at: BlockRef, signal: AbortSignal): Promise<Standing> {
    return this.#held.get(at.hash) ?? this.#find(`block ${at.hash}`, () => this.#lookAt(at), signal);
  }

  /** Remembers that it showed this block as canonical. */
  learn(at: BlockRef): void {
    this.#held.set(at.hash, "held");
  }

  /** Takes back that it has this block. */
  forget(at: BlockRef): void {
    this.#held.delete(at.hash);
  }

  async #lookAt(at: BlockRef): Promise<Standing> {
    const block = await this.blockAt(at.number, this.#life);
    if (block === undefined) return "absent";
    if (block.hash !== at.hash) return "other";
    this.learn(at);
    return "held";
  }

  /** The canonical block of this number or tag. @throws RpcFailure wrong_block when it is another number's */
  async blockAt(which: bigint | string, signal: AbortSignal): Promise<Block | undefined> {
    const named = typeof which === "string" ? which : toQuantity(which);
    const block = parseBlock(await this.request("eth_getBlockByNumber", [named, false], signal));
    if (block === undefined || typeof which === "string" || block.header.number === which) return block;
    throw new RpcFailure("wrong_block", `answered block ${block.header.number} for ${which}`);
  }

  /** The block of this hash, canonical or not. @throws RpcFailure wrong_block when it is another one */
  async blockOfHash(hash: string, signal: AbortSignal): Promise<Block | undefined> {
    const block = parseBlock(await this.request("eth_getBlockByHash", [hash, false], signal));
    if (block === undefined || block.hash === hash) return block;
    throw new RpcFailure("wrong_block", `answered block ${block.hash} for ${hash}`);
  }

  /** Asks once more whether the block is canonical; those who ask in the same turn share the answer. @throws RpcFailure wrong_block */
  async recheck(at: BlockRef, signal: AbortSignal): Promise<void> {
    const key = `recheck ${at.hash}`;
    // Not longer than this turn: it must be asked after the answers that it is to confirm.
    if (!this.#finding.has(key)) setImmediate(() => this.#finding.delete(key));
    if ((await this.#find(key, () => this.#lookAt(at), signal)) === "held") return;
    this.forget(at);
    throw new RpcFailure("wrong_block", `another block stands at ${at.number} now`, { fault: { kind: "no_block" } });
  }

  /**
   * How it wants blocks of state named, found out by asking for a block that does not exist: whoever answers that ignores the block, and is
   * disqualified. @throws RpcFailure wrong_block when it does
   */
  async parameterOf({ number, hash }: BlockRef, signal: AbortSignal): Promise<BlockParameter> {
    const takesHashes = this.#takesHashes ?? (await this.#find("hashes", () => this.#tryHashes(), signal));
    return takesHashes ? { blockHash: hash, requireCanonical: true } : toQuantity(number);
  }

  async #tryHashes(): Promise<boolean> {
    try {
      const answer = await this.request("eth_getBalance", [nobody, { blockHash: noBlock, requireCanonical: true }], this.#life);
      if (answer === null) return (this.#takesHashes = true);
    } catch (error) {
      // An error that the node itself gave: it looked at the block. Trouble inside it may be how it says so, but is nothing to remember.
      if (!(error instanceof RpcFailure) || error.fault === undefined || passing.has(error.reason)) throw error;
      const takesHashes = error.fault.kind !== "bad_params";
      if (error.reason !== "unavailable") this.#takesHashes = takesHashes;
      return takesHashes;
    }
    const failure = new RpcFailure("wrong_block", "answers about a block that does not exist");
    this.disqualify(failure);
    throw failure;
  }

  /** Whether code can stand in for a contract's during a call (state overrides). */
  async takesOverrides(block: BlockParameter, signal: AbortSignal): Promise<boolean> {
    this.#takesOverrides ??= await this.#find("overrides", () => this.#tryOverride(block), signal);
    return this.#takesOverrides;
  }

  async #tryOverride(block: BlockParameter): Promise<boolean> {
    try {
      const params = [{ to: overridden, data: "0x" }, block, { [overridden]: { code: answer42 } }];
      return (await this.request("eth_call", params, this.#life)) === word42;
    } catch (error) {
      if (error instanceof RpcFailure && (error.fault?.kind === "bad_params" || error.fault?.kind === "no_method")) return false;
      throw error;
    }
  }

  /** What `find` gives, asked for once by all who ask at the same time. */
  #find<T>(key: string, find: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const known = this.#finding.get(key) as Promise<T> | undefined;
    if (known !== undefined) return waitFor(known, signal);
    const finding = find().finally(() => this.#finding.delete(key));
    this.#finding.set(key, finding);
    return waitFor(finding, signal);
  }
}

/** Passes by itself, and says nothing about what the node can do. */
const passing: ReadonlySet<string> = new Set(["rate_limited", "unauthorized"]);
