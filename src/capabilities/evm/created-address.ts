/** Where a contract goes that an account creates with a nonce: the end of the hash of both. @see https://ethereum.github.io/yellowpaper/paper.pdf 7 */
import { encode } from "@ethereumjs/rlp";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { codecs } from "../../kernel/codecs.ts";

type Hex = `0x${string}`;

export function createdAddress(from: Hex, nonce: number | bigint): Hex {
  const hash = keccak_256(encode([Uint8Array.from(Buffer.from(from.slice(2), "hex")), BigInt(nonce)]));
  return codecs.address.decode(`0x${Buffer.from(hash.subarray(12)).toString("hex")}`) as Hex;
}
