/** The two derivations of a V3 key file (Web3 Secret Storage): scrypt (RFC 7914) and PBKDF2-HMAC-SHA256 (RFC 8018), within bounds. */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { pbkdf2, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { MfmError } from "../../kernel/errors.ts";

export interface ScryptParameters {
  readonly kdf: "scrypt";
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
}

interface Pbkdf2Parameters {
  readonly kdf: "pbkdf2";
  readonly c: number;
  readonly salt: Uint8Array;
}

export type KeyFileKdf = ScryptParameters | Pbkdf2Parameters;

/** 128 bytes of memory for each unit of n times r: at most 1 GiB. Four times the work of geth's own files, and more, fits. */
const mostMemory = 2 ** 30;
const mostWork = 2 ** 25;
const mostIterations = 10_000_000;

/** What OWASP asks for: n = 2^17 with r = 8; 600,000 iterations. */
const goodWork = 2 ** 20;
const goodIterations = 600_000;

const keyLength = 32;

/** @throws KEY_FILE_INVALID when it would cost more than any program asks for, before anything is derived */
export function assertBounded(kdf: KeyFileKdf): void {
  if (kdf.kdf === "pbkdf2") {
    if (!isWithin(kdf.c, mostIterations)) throw refused(`pbkdf2 with c=${kdf.c}`);
    return;
  }
  const { n, r, p } = kdf;
  const isPower = isWithin(n, mostWork) && n >= 2 && (n & (n - 1)) === 0;
  if (!isPower || !isWithin(r, 1024) || !isWithin(p, 1024) || 128 * n * r > mostMemory || n * r * p > mostWork)
    throw refused(`scrypt with n=${n}, r=${r}, p=${p}`);
}

function isWithin(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= most;
}

function refused(what: string): MfmError {
  return new MfmError("KEY_FILE_INVALID", `${what} is outside what is derived`, { reason: what });
}

/** What makes guessing the file's passphrase cheap; undefined where nothing does. */
export function weaknessOf(kdf: KeyFileKdf): string | undefined {
  if (kdf.kdf === "pbkdf2") return kdf.c < goodIterations ? `pbkdf2 with c=${kdf.c} (recommended: ${goodIterations})` : undefined;
  const { n, r, p } = kdf;
  return n * r * p < goodWork ? `scrypt with n=${n}, r=${r}, p=${p} (recommended: n=131072, r=8, p=1)` : undefined;
}

/** 32 bytes, which the caller wipes. */
export async function deriveFileKey(passphrase: Uint8Array, kdf: KeyFileKdf): Promise<Uint8Array> {
  if (kdf.kdf === "pbkdf2") return promisify(pbkdf2)(passphrase, kdf.salt, kdf.c, keyLength, "sha256");
  const { n, r, p, salt } = kdf;
  // OpenSSL holds to n < 2^(16 r), which the specification's own example (n = 2^18, r = 1) does not.
  if (Math.log2(n) >= 16 * r) return scryptAsync(passphrase, salt, { N: n, r, p, dkLen: keyLength, maxmem: 2 * mostMemory });
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, keyLength, { N: n, r, p, maxmem: 2 * mostMemory }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
