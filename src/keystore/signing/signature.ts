/**
 * ECDSA over secp256k1 as Ethereum has it: deterministic nonces (RFC 6979), low s (EIP-2), a recovery bit. Not exported to users: what is signed
 * here is always the hash of a typed intent.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { isSignatureOf } from "../../capabilities/signature.ts";
import { MfmError, invariant } from "../../kernel/errors.ts";
import { type Hex, bytesOf, hexOf } from "../vault/bytes.ts";

export interface Signature {
  readonly r: Hex;
  readonly s: Hex;
  readonly yParity: 0 | 1;
}

/**
 * Signs 32 bytes and checks that the result leads to the sender, so that a fault of the machine or a wrong key never leaves.
 * @throws INTERNAL when it is the signature of another address
 */
export function signHash(hash: Hex, privateKey: Uint8Array, sender: Hex): Signature {
  const bytes = secp256k1.sign(bytesOf(hash), privateKey, { prehash: false, lowS: true, format: "recovered" });
  const [recovery] = bytes;
  invariant(recovery === 0 || recovery === 1, "a signature's r is below the curve's order");
  const signature: Signature = { r: hexOf(bytes.subarray(1, 33)), s: hexOf(bytes.subarray(33, 65)), yParity: recovery };
  invariant(isSignatureOf(sender, hash, signature), "the signature recovers its sender");
  return signature;
}

/** 65 bytes r, s, v with v of 27 and 28, as `eth_sign` returns them. */
export function packSignature({ r, s, yParity }: Signature): Hex {
  return `0x${r.slice(2)}${s.slice(2)}${yParity === 0 ? "1b" : "1c"}`;
}

/** Reads 65 bytes with v of 0, 1, 27 or 28. @throws SIGNATURE_INVALID */
export function unpackSignature(written: string): Signature {
  const match = /^0x([0-9a-f]{64})([0-9a-f]{64})(00|01|1b|1c)$/i.exec(written);
  if (match === null) throw new MfmError("SIGNATURE_INVALID", "a signature is 0x and 65 bytes of hex, its last byte 27 or 28 (or 0 or 1)");
  const [, r = "", s = "", v = ""] = match;
  return { r: `0x${r.toLowerCase()}`, s: `0x${s.toLowerCase()}`, yParity: /^(?:00|1b)$/i.test(v) ? 0 : 1 };
}

export function keccak(data: Uint8Array): Hex {
  return hexOf(keccak_256(data));
}
