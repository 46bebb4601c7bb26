/**
 * The address that a creation by CREATE2 gets, known before it happens: from the factory, a salt and the creation code. @see https://eips.ethereum.org/EIPS/eip-1014
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { codecs } from "../../kernel/codecs.ts";
import type { Hex } from "../evm/asking.ts";

/** Deployed by nobody's key at the same address of every chain. @see https://github.com/Arachnid/deterministic-deployment-proxy */
export const deterministicFactory = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

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
