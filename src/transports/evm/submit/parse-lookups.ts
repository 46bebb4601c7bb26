/** What a node answers about transactions by hash, and the transactions of a block. @see https://ethereum.github.io/execution-apis/ */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import {
  type Fields,
  type Hex,
  parseAddress,
  parseBytes,
  parseHash,
  parseIndex,
  parseList,
  parseObject,
  parseOptional,
  parseQuantity,
} from "../parse.ts";

/** Where a transaction is by the node's index; undefined where it knows none. @throws RpcFailure malformed */
export function parseTransaction(answer: unknown): "pending" | BlockRef | undefined {
  if (answer === null) return undefined;
  const { blockHash, blockNumber } = parseObject(answer, "transaction");
  const hash = parseOptional(blockHash, "blockHash", parseHash);
  const number = parseOptional(blockNumber, "blockNumber", parseQuantity);
  // anvil names the block that a pending transaction may come into, without its hash.
  return hash === undefined || number === undefined ? "pending" : { number, hash };
}

/** A transaction of a block, as far as it says whose nonces it uses up. */
export interface BlockTransaction {
  readonly hash: Hex;
  readonly from: Hex;
  readonly nonce: number;
  /** Absent where a contract is created. */
  readonly to: Hex | undefined;
  readonly value: bigint;
  readonly data: Hex;
  readonly authorizations: readonly Authorization[];
}

export interface Authorization {
  readonly chainId: number;
  readonly address: Hex;
  readonly nonce: number;
  readonly yParity: number;
  readonly r: Hex;
  readonly s: Hex;
}

export interface WholeBlock {
  readonly block: BlockRef;
  readonly parentHash: Hex;
  readonly transactions: readonly BlockTransaction[];
}

const mostTransactions = 12_000;

/** A block with all its transactions; undefined where the node has none. @throws RpcFailure malformed, too_large */
export function parseWholeBlock(answer: unknown): WholeBlock | undefined {
  if (answer === null) return undefined;
  const block = parseObject(answer, "block");
  const transactions = parseList(block["transactions"], "transactions", mostTransactions).map(parseBlockTransaction);
  return {
    block: { number: parseQuantity(block["number"], "number"), hash: parseHash(block["hash"], "hash") },
    parentHash: parseHash(block["parentHash"], "parentHash"),
    transactions,
  };
}

function parseBlockTransaction(entry: unknown): BlockTransaction {
  const transaction = parseObject(entry, "transaction");
  const list = parseOptional(transaction["authorizationList"], "authorizationList", (value, what) => parseList(value, what, 1000)) ?? [];
  return {
    hash: parseHash(transaction["hash"], "hash"),
    from: parseAddress(transaction["from"], "from"),
    nonce: parseIndex(transaction["nonce"], "nonce"),
    to: parseOptional(transaction["to"], "to", parseAddress),
    value: parseQuantity(transaction["value"], "value"),
    data: parseBytes(transaction["input"], "input"),
    authorizations: list.map((item) => parseAuthorization(parseObject(item, "authorization"))),
  };
}

function parseAuthorization(fields: Fields): Authorization {
  const word = (name: string): Hex => `0x${parseQuantity(fields[name], name).toString(16).padStart(64, "0")}`;
  return {
    chainId: parseIndex(fields["chainId"], "chainId"),
    address: parseAddress(fields["address"], "address"),
    nonce: parseIndex(fields["nonce"], "nonce"),
    yParity: parseIndex(fields["yParity"] ?? fields["v"], "yParity"),
    r: word("r"),
    s: word("s"),
  };
}
