/** secp256k1 private keys: reading them, their address, and a test that a key signs before anything depends on it (SEC 1, RFC 6979). */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { addressOfPublic } from "../../capabilities/signature.ts";
import { MfmError } from "../../kernel/errors.ts";

/** Any 32 bytes that are a scalar of the curve. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && secp256k1.utils.isValidSecretKey(bytes);
}

/**
 * Reads 64 hex digits, with 0x or without, from ASCII text that never becomes a string. The caller wipes both.
 * @throws KEY_INVALID without any of the text
 */
export function parsePrivateKey(text: Uint8Array): Uint8Array {
  const digits = text[0] === 0x30 && (text[1] === 0x78 || text[1] === 0x58) ? text.subarray(2) : text;
  const key = new Uint8Array(32);
  let wrong = digits.length === 64 ? 0 : 1;
  for (let at = 0; at < key.length && wrong === 0; at++) {
    const [high, low] = [digitOf(digits[2 * at]), digitOf(digits[2 * at + 1])];
    wrong += high < 0 || low < 0 ? 1 : 0;
    key[at] = high * 16 + low;
  }
  if (wrong === 0 && isPrivateKey(key)) return key;
  key.fill(0);
  throw new MfmError("KEY_INVALID", digits.length === 64 ? "this is no private key of secp256k1" : "a private key has 64 hex digits");
}

function digitOf(character: number | undefined): number {
  if (character === undefined) return -1;
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** EIP-55. */
export function addressOf(privateKey: Uint8Array): `0x${string}` {
  return addressOfPublic(secp256k1.getPublicKey(privateKey, false));
}

/** Signs and recovers: a key that does not must never be stored as if it did. @throws KEY_INVALID */
export function assertSigns(privateKey: Uint8Array): void {
  const message = keccak_256(new TextEncoder().encode("mfm keystore self-test"));
  const signature = secp256k1.sign(message, privateKey, { prehash: false, format: "recovered" });
  const recovered = secp256k1.recoverPublicKey(signature, message, { prehash: false });
  const expected = secp256k1.getPublicKey(privateKey, true);
  if (Buffer.compare(recovered, expected) !== 0) throw new MfmError("KEY_INVALID", "the key's signature does not lead back to its address");
}
