/** The hash of a block header: keccak-256 of its RLP, whose members grew with the forks (yellow paper 4.4; EIP-1559, 4895, 4844, 4788, 7685). */
import { encode } from "@ethereumjs/rlp";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Header } from "./block.ts";

type Hex = `0x${string}`;

/** Each came with a fork, in this order: none can be there without those before it. */
const laterMembers = [
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
] as const satisfies readonly (keyof Header)[];

/**
 * The hash that these members lead to; undefined where they are no header of Ethereum's form. A chain with members of its own has another
 * hash than this: compare.
 */
export function hashHeader(header: Header): Hex | undefined {
  const { mixHash, nonce } = header;
  if (mixHash === undefined || nonce === undefined) return undefined;
  const later = laterMembers.map((name) => header[name]);
  const count = later.findIndex((value) => value === undefined);
  const present = count < 0 ? later : later.slice(0, count);
  if (later.slice(present.length).some((value) => value !== undefined)) return undefined;
  const members = [
    header.parentHash,
    header.sha3Uncles,
    header.miner,
    header.stateRoot,
    header.transactionsRoot,
    header.receiptsRoot,
    header.logsBloom,
    header.difficulty,
    header.number,
    header.gasLimit,
    header.gasUsed,
    header.timestamp,
    header.extraData,
    mixHash,
    nonce,
    ...present,
  ];
  return `0x${Buffer.from(keccak_256(encode(members.map(bytesOf)))).toString("hex")}`;
}

/** RLP has a quantity as its bytes without leading zeros: zero is the empty string. */
function bytesOf(member: bigint | Hex | undefined): bigint | Uint8Array {
  if (typeof member === "bigint") return member;
  return Buffer.from((member ?? "0x").slice(2), "hex");
}
