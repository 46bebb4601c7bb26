/** The cryptography of a vault: HKDF and HMAC with SHA-256 (RFC 5869, RFC 2104) and AES-256-GCM (NIST SP 800-38D), each from `node:crypto`. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { Json } from "../../kernel/json.ts";
import { toCanonical } from "../../kernel/canonical.ts";
import { type Hex, bytesOf, hexOf, secretBytes } from "./bytes.ts";

export const keyBytes = 32;
export const nonceBytes = 12;
export const tagBytes = 16;

/** A fresh nonce, and ciphertext followed by its tag. */
export interface Sealed {
  readonly nonce: Hex;
  readonly ciphertext: Hex;
}

/** A fresh random key. */
export function randomKey(): Uint8Array {
  const pooled = randomBytes(keyBytes);
  const key = Uint8Array.from(pooled);
  pooled.fill(0);
  return key;
}

/** 32 bytes for one purpose. */
export function deriveSubkey(key: Uint8Array, salt: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, salt, purpose, keyBytes));
}

/** HMAC-SHA256 over a purpose and the canonical bytes of a value. */
export function macOf(key: Uint8Array, purpose: string, value: Json): Hex {
  return `0x${createHmac("sha256", key).update(purpose).update(toCanonical(value)).digest("hex")}`;
}

/** In constant time. */
export function isSameMac(left: Hex, right: Hex): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

export function newNonce(): Hex {
  return hexOf(randomBytes(nonceBytes));
}

/** The ciphertext with its tag; `context` is authenticated with it. The nonce must never have been used with this key. */
export function seal(key: Uint8Array, nonce: Hex, secret: Uint8Array, context: Json): Hex {
  const cipher = createCipheriv("aes-256-gcm", key, bytesOf(nonce));
  cipher.setAAD(Buffer.from(toCanonical(context)));
  return hexOf(Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]));
}

/** The secret, which the caller wipes; undefined where key, nonce, ciphertext or context are not those it was sealed with. */
export function unseal(key: Uint8Array, { nonce, ciphertext }: Sealed, context: Json): Uint8Array | undefined {
  const sealed = bytesOf(ciphertext);
  const decipher = createDecipheriv("aes-256-gcm", key, bytesOf(nonce), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(toCanonical(context)));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const open = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
  const secret = secretBytes(open.length);
  secret.set(open);
  open.fill(0);
  try {
    decipher.final();
    return secret;
  } catch {
    secret.fill(0);
    return undefined;
  }
}
