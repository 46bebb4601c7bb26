/** A block as `eth_getBlockByHash` and `eth_getBlockByNumber` answer it. */
import type { Header } from "../../capabilities/evm/block.ts";
import { type Hex, parseAddress, parseBytes, parseHash, parseObject, parseOptional, parseQuantity } from "./parse.ts";

export interface Block {
  /** As the node reports it. */
  readonly hash: Hex;
  readonly header: Header;
}

/** The block, or undefined where the node has none. @throws RpcFailure malformed */
export function parseBlock(answer: unknown): Block | undefined {
  if (answer === null) return undefined;
  const block = parseObject(answer, "block");
  return { hash: parseHash(block["hash"], "hash"), header: { ...requiredMembers(block), ...optionalMembers(block) } };
}

function requiredMembers(block: { readonly [name: string]: unknown }) {
  return {
    parentHash: parseHash(block["parentHash"], "parentHash"),
    sha3Uncles: parseHash(block["sha3Uncles"], "sha3Uncles"),
    miner: parseAddress(block["miner"], "miner"),
    stateRoot: parseHash(block["stateRoot"], "stateRoot"),
    transactionsRoot: parseHash(block["transactionsRoot"], "transactionsRoot"),
    receiptsRoot: parseHash(block["receiptsRoot"], "receiptsRoot"),
    logsBloom: parseBytes(block["logsBloom"], "logsBloom"),
    difficulty: parseQuantity(block["difficulty"], "difficulty"),
    number: parseQuantity(block["number"], "number"),
    gasLimit: parseQuantity(block["gasLimit"], "gasLimit"),
    gasUsed: parseQuantity(block["gasUsed"], "gasUsed"),
    timestamp: parseQuantity(block["timestamp"], "timestamp"),
    extraData: parseBytes(block["extraData"], "extraData"),
  };
}

const optional = {
  mixHash: parseHash,
  nonce: parseBytes,
  baseFeePerGas: parseQuantity,
  withdrawalsRoot: parseHash,
  blobGasUsed: parseQuantity,
  excessBlobGas: parseQuantity,
  parentBeaconBlockRoot: parseHash,
  requestsHash: parseHash,
} as const;

/** Absent members stay absent. */
function optionalMembers(block: { readonly [name: string]: unknown }): Partial<Header> {
  const read = Object.entries(optional).flatMap(([name, parse]) => {
    const value = parseOptional<bigint | Hex>(block[name], name, parse);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(read);
}
