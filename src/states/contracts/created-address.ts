/**
 * The address that a creation gets, known before it happens: by CREATE from the sender and its nonce, by CREATE2 from the factory, a salt and
 * the creation code. @see https://eips.ethereum.org/EIPS/eip-1014
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { codecs } from "../../kernel/codecs.ts";
import type { Hex } from "../evm/asking.ts";

/** Deployed by nobody's key at the same address of every chain. @see https://github.com/Arachnid/deterministic-deployment-proxy */
export const deterministicFactory = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** Of an account's transaction that creates. */
export function deriveCreateAddress(sender: Hex, nonce: bigint): Hex {
  const digits = nonce.toString(16);
  const bytes = digits.length % 2 === 0 ? digits : `0${digits}`;
  const item = nonce === 0n ? "80" : nonce < 0x80n ? bytes : lengthByte(0x80, bytes) + bytes;
  const content = `94${sender.slice(2)}${item}`;
  return lastOf(lengthByte(0xc0, content) + content);
}

/** RLP of what is shorter than 56 bytes. A nonce has at most 8. @see https://ethereum.org/developers/docs/data-structures-and-encoding/rlp */
function lengthByte(base: number, content: string): string {
  return (base + content.length / 2).toString(16);
}

/** Of creation code that a factory creates with a salt of 32 bytes. */
export function deriveCreate2Address({
  factory,
  salt,
  creationCode,
}: {
  readonly factory: Hex;
  readonly salt: Hex;
  readonly creationCode: Hex;
}): Hex {
  const codeHash = keccak_256(Buffer.from(creationCode.slice(2), "hex"));
  return lastOf(`ff${factory.slice(2)}${salt.slice(2)}${Buffer.from(codeHash).toString("hex")}`);
}

/** The last 20 bytes of the hash, with their checksum. */
function lastOf(content: string): Hex {
  const hash = Buffer.from(keccak_256(Buffer.from(content, "hex"))).toString("hex");
  return codecs.address.decode(`0x${hash.slice(24)}`) as Hex;
}
