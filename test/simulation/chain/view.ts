/** A provider of the simulated chain: a node that may lag, forget its pool, hide receipts, fail, or lose an answer after it acted. */
import type { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { rpcFailure } from "../../../src/transports/evm/json-rpc.ts";
import type { Hex } from "../../../src/transports/evm/parse.ts";
import { type Provider, RpcFailure } from "../../../src/transports/evm/provider.ts";
import type { Chance } from "../chance.ts";
import { type Block, NodeError, type SimulatedChain, type Transaction, chainId } from "./chain.ts";
import { decode } from "./decode.ts";
import { balance, proofOf } from "./leaf-state.ts";

export interface ViewFaults {
  /** Blocks that it is behind, at most. */
  readonly lag: number;
  /** How often a request fails, a request's answer is lost after it acted, and a transaction or receipt is not found that is there. */
  readonly failing: number;
  readonly losing: number;
  readonly hiding: number;
  /** How often it answers with the count that the block will have which it is making, whatever block it is asked for by number. */
  readonly racing: number;
}

export interface ViewOptions {
  readonly ref: string;
  readonly chain: SimulatedChain;
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly faults: () => ViewFaults;
  /** Told of the hash of every transaction that arrives. */
  readonly onArrival: (hash: Hex) => void;
}

export function chainView(options: ViewOptions): Provider {
  const { ref, clock, chance, faults } = options;
  return {
    ref,
    async request(method, params) {
      const { failing, losing } = faults();
      await clock.sleep(chance.int(1, 60));
      if (chance.is(failing)) throw new RpcFailure(chance.pick(["unreachable", "unavailable", "rate_limited"]), "no answer, on purpose");
      let answer: unknown;
      try {
        answer = await respond(options, method, params);
      } catch (error) {
        if (!(error instanceof NodeError)) throw error;
        throw rpcFailure({ code: error.code, message: error.message }, (text) => text);
      }
      await clock.sleep(chance.int(1, 60));
      if (chance.is(losing)) throw new RpcFailure("timeout", "its answer is lost, on purpose");
      return answer;
    },
  };
}

const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

async function respond(options: ViewOptions, method: string, params: readonly unknown[]): Promise<unknown> {
  const { chain, chance, faults, onArrival } = options;
  const { lag, hiding } = faults();
  const head = Math.max(0, chain.height - (lag === 0 ? 0 : chance.int(0, lag)));
  const numberOf = (tag: unknown): number => {
    if (typeof tag === "object" && tag !== null && "blockHash" in tag) {
      const block = chain.blockOf(tag.blockHash as string);
      const number = Number(block?.header.number ?? -1);
      if (block === undefined || number > head || chain.blockAt(number) !== block) throw new NodeError("header not found", -32001);
      return number;
    }
    if (tag === "latest" || tag === "pending") return head;
    if (tag === "finalized" || tag === "safe") return Math.max(0, Math.min(head, chain.finalHeight));
    return tag === "earliest" ? 0 : Number(tag);
  };
  switch (method) {
    case "eth_chainId":
      return quantity(chainId);
    case "eth_blockNumber":
      return quantity(head);
    case "eth_getBlockByNumber": {
      const number = numberOf(params[0]);
      return number > head ? null : blockJson(chain.blockAt(number), params[1] === true);
    }
    case "eth_getBlockByHash": {
      const block = chain.blockOf(params[0] as string);
      return block === undefined || Number(block.header.number) > head ? null : blockJson(block, params[1] === true);
    }
    case "eth_getTransactionCount":
    case "eth_getProof":
    case "eth_getBalance":
    case "eth_getCode": {
      const number = numberOf(params.at(-1));
      if (number > head) throw new NodeError("header not found");
      return respondOfState(options, { method, account: params[0] as Hex, tag: params.at(-1), number });
    }
    case "eth_getTransactionReceipt": {
      const block = chain.blockWith(params[0] as string);
      if (block === undefined || Number(block.header.number) > head || chance.is(hiding)) return null;
      return receiptJson(block, params[0] as string, chain.reverts(params[0] as string));
    }
    case "eth_getTransactionByHash": {
      const hash = params[0] as string;
      const block = chain.blockWith(hash);
      if (chance.is(hiding)) return null;
      const found = block?.transactions.find((one) => one.hash === hash) ?? chain.pool.find((one) => one.hash === hash);
      return found === undefined ? null : transactionJson(found, block, 0);
    }
    case "eth_getRawTransactionByHash": {
      const hash = params[0] as string;
      return chain.blockWith(hash)?.transactions.find((one) => one.hash === hash)?.raw ?? null;
    }
    case "eth_feeHistory":
      return feeHistory(chain, head, params);
    case "eth_sendRawTransaction": {
      const raw = params[0] as Hex;
      const transaction = decode(raw);
      onArrival(transaction.hash);
      chain.take(transaction);
      return transaction.hash;
    }
    default:
      throw new NodeError(`the method ${method} does not exist/is not available`, -32601);
  }
}

interface StateQuestion {
  readonly method: string;
  readonly account: Hex;
  readonly tag: unknown;
  readonly number: number;
}

function respondOfState({ chain, chance, faults }: ViewOptions, { method, account, tag, number }: StateQuestion): unknown {
  const count = chain.countAt(account, number);
  switch (method) {
    case "eth_getTransactionCount": {
      const { racing } = faults();
      if (typeof tag === "string" && tag.startsWith("0x") && racing > 0 && chance.is(racing))
        return quantity(pendingCount(chain, account, chain.countAt(account, chain.height)));
      return quantity(tag === "pending" ? pendingCount(chain, account, count) : count);
    }
    case "eth_getProof":
      if (account !== chain.account) throw new NodeError("missing trie node");
      return proofOf(account, count);
    case "eth_getBalance":
      return quantity(balance);
    default:
      return "0x";
  }
}

function feeHistory(chain: SimulatedChain, head: number, params: readonly unknown[]): unknown {
  const count = Math.min(Number(params[0]), head + 1);
  const blocks = Array.from({ length: count }, (_, index) => chain.blockAt(head - count + 1 + index));
  return {
    oldestBlock: quantity(head - count + 1),
    baseFeePerGas: [...blocks.map((block) => quantity(block?.header.baseFeePerGas ?? 1n)), quantity(chain.baseFee)],
    gasUsedRatio: blocks.map((block) => ((block?.transactions.length ?? 0) > 0 ? 0.5 : 0)),
    reward: blocks.map(() => Array.from(params[2] as number[], () => quantity(1_000_000_000))),
  };
}

function pendingCount(chain: SimulatedChain, account: Hex, count: number): number {
  let next = count;
  while (chain.pool.some(({ from, nonce }) => from === account && nonce === next)) next++;
  return next;
}

function blockJson(block: Block | undefined, whole: boolean): unknown {
  if (block === undefined) return null;
  const header = Object.fromEntries(
    Object.entries(block.header).map(([name, value]) => [name, typeof value === "bigint" ? quantity(value) : value]),
  );
  const transactions = block.transactions.map((transaction, index) =>
    whole ? transactionJson(transaction, block, index) : transaction.hash,
  );
  return { ...header, hash: block.hash, size: "0x1", uncles: [], transactions };
}

function transactionJson(transaction: Transaction, block: Block | undefined, index: number): unknown {
  const { hash, from, nonce, to, value, data, gas, maxFeePerGas, maxPriorityFeePerGas, authorizations } = transaction;
  return {
    type: authorizations === undefined ? "0x2" : "0x4",
    hash,
    from,
    nonce: quantity(nonce),
    to: to ?? null,
    value: quantity(value),
    input: data,
    gas: quantity(gas),
    gasPrice: quantity(maxFeePerGas),
    maxFeePerGas: quantity(maxFeePerGas),
    maxPriorityFeePerGas: quantity(maxPriorityFeePerGas),
    chainId: quantity(chainId),
    accessList: [],
    blockHash: block?.hash ?? null,
    blockNumber: block === undefined ? null : quantity(block.header.number),
    transactionIndex: block === undefined ? null : quantity(index),
    v: "0x0",
    r: "0x1",
    s: "0x1",
    yParity: "0x0",
    ...(authorizations === undefined
      ? {}
      : {
          authorizationList: authorizations.map((one) =>
            Object.assign({}, one, { chainId: quantity(one.chainId), nonce: quantity(one.nonce), yParity: quantity(one.yParity) }),
          ),
        }),
  };
}

function receiptJson(block: Block, hash: string, isReverted: boolean): unknown {
  const index = block.transactions.findIndex((one) => one.hash === hash);
  const transaction = block.transactions[index];
  return {
    transactionHash: hash,
    transactionIndex: quantity(index),
    blockHash: block.hash,
    blockNumber: quantity(block.header.number),
    from: transaction?.from,
    to: transaction?.to ?? null,
    contractAddress: null,
    cumulativeGasUsed: "0x5208",
    gasUsed: "0x5208",
    effectiveGasPrice: quantity(block.header.baseFeePerGas ?? 1n),
    logs: [],
    logsBloom: block.header.logsBloom,
    status: isReverted ? "0x0" : "0x1",
    type: "0x2",
  };
}
