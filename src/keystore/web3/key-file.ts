/**
 * V3 key files (Web3 Secret Storage), as geth, cast, ethers and ox write them. Their MAC covers the ciphertext only: a changed IV gives another
 * key without a word, so what is read counts only with the address that was expected.
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { createCipheriv, createDecipheriv, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { codecs } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { isPlainObject } from "../../kernel/json.ts";
import { addressOf, isPrivateKey } from "../keys/private-key.ts";
import { wiping } from "../vault/bytes.ts";
import { type KeyFileKdf, type ScryptParameters, assertBounded, deriveFileKey, weaknessOf } from "./key-file-kdf.ts";

const longestKeyFile = 65_536;

export interface KeyFile {
  /** EIP-55; null where the file names none, as cast's do not. */
  readonly address: `0x${string}` | null;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly mac: Uint8Array;
  readonly kdf: KeyFileKdf;
}

export interface OpenedKeyFile {
  /** The caller wipes it. */
  readonly privateKey: Uint8Array;
  readonly address: `0x${string}`;
  /** What makes the file's passphrase cheap to guess, in words. */
  readonly weakness: string | undefined;
}

/** @throws KEY_FILE_INVALID when it is no such file, or its derivation is out of bounds; nothing of the file is repeated */
export function parseKeyFile(bytes: Uint8Array): KeyFile {
  const file = readJson(bytes);
  if (field(file, "version") !== 3) throw invalid("its version is not 3");
  // ethers writes `Crypto`; the specification, `crypto`.
  const crypto = object(field(file, "crypto") ?? field(file, "Crypto"), "crypto");
  if (field(crypto, "cipher") !== "aes-128-ctr") throw invalid("its cipher is not aes-128-ctr");
  const kdf = parseKdf(field(crypto, "kdf"), object(field(crypto, "kdfparams"), "kdfparams"));
  assertBounded(kdf);
  return {
    address: parseAddress(field(file, "address")),
    iv: hexField(object(field(crypto, "cipherparams"), "cipherparams"), "iv", 16),
    ciphertext: hexField(crypto, "ciphertext", 32),
    mac: hexField(crypto, "mac", 32),
    kdf,
  };
}

function parseKdf(name: unknown, parameters: Fields): KeyFileKdf {
  if (field(parameters, "dklen") !== 32) throw invalid("its dklen is not 32");
  const salt = hexField(parameters, "salt");
  const number = (member: string): number => {
    const value = field(parameters, member);
    return typeof value === "number" ? value : Number.NaN;
  };
  if (name === "scrypt") return { kdf: name, n: number("n"), r: number("r"), p: number("p"), salt };
  if (name !== "pbkdf2") throw invalid("its kdf is neither scrypt nor pbkdf2");
  if (field(parameters, "prf") !== "hmac-sha256") throw invalid("its prf is not hmac-sha256");
  return { kdf: name, c: number("c"), salt };
}

/** Absent, empty and null are none. */
function parseAddress(value: unknown): KeyFile["address"] {
  if (value === undefined || value === null || value === "") return null;
  const address = typeof value === "string" ? codecs.address.decode(/^0x/i.test(value) ? `0x${value.slice(2)}` : `0x${value}`) : undefined;
  if (typeof address !== "string") throw invalid("its address is none");
  return address as `0x${string}`;
}

/**
 * The key. The passphrase is tried as it is, in NFKC (as ethers has it) and in NFKD.
 * @throws KEY_FILE_PASSPHRASE_WRONG; KEY_FILE_INVALID when it holds no key, or that of another address than it names
 */
export async function openKeyFile(file: KeyFile, passphrase: Uint8Array): Promise<OpenedKeyFile> {
  for (const form of formsOf(passphrase)) {
    const derived = await deriveFileKey(form, file.kdf);
    form.fill(0);
    const privateKey = wiping(derived, (key) => decrypt(file, key));
    if (privateKey === undefined) continue;
    const address = isPrivateKey(privateKey) ? addressOf(privateKey) : undefined;
    if (address === undefined || (file.address !== null && file.address !== address)) {
      privateKey.fill(0);
      throw invalid("its key is not that of the address it names: it was altered");
    }
    return { privateKey, address, weakness: weaknessOf(file.kdf) };
  }
  throw new MfmError("KEY_FILE_PASSPHRASE_WRONG", "the passphrase is not the key file's, or the file was altered");
}

function decrypt({ iv, ciphertext, mac }: KeyFile, key: Uint8Array): Uint8Array | undefined {
  if (!timingSafeEqual(macOf(key, ciphertext), mac)) return undefined;
  const decipher = createDecipheriv("aes-128-ctr", key.subarray(0, 16), iv);
  return wiping(decipher.update(ciphertext), (plain) => Uint8Array.from(plain));
}

function macOf(key: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return wiping(Buffer.concat([key.subarray(16, 32), ciphertext]), keccak_256);
}

/** Each distinct form once. */
function formsOf(passphrase: Uint8Array): readonly Uint8Array[] {
  if (passphrase.every((byte) => byte < 0x80)) return [Uint8Array.from(passphrase)];
  const text = new TextDecoder().decode(passphrase);
  const forms = [Uint8Array.from(passphrase), ...["NFKC", "NFKD"].map((form) => new TextEncoder().encode(text.normalize(form)))];
  return forms.filter((form, index) => forms.findIndex((other) => Buffer.compare(form, other) === 0) === index);
}

/** geth's own cost. */
const exportCost = { n: 2 ** 18, r: 8, p: 1 } as const;

/** A file that geth, cast and ethers read. */
export async function writeKeyFile(
  privateKey: Uint8Array,
  passphrase: Uint8Array,
  cost: Pick<ScryptParameters, "n" | "r" | "p"> = exportCost,
): Promise<string> {
  const [salt, iv] = [randomBytes(32), randomBytes(16)];
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  return wiping(await deriveFileKey(passphrase, { kdf: "scrypt", ...cost, salt }), (key) => {
    const ciphertext = createCipheriv("aes-128-ctr", key.subarray(0, 16), iv).update(privateKey);
    const crypto = {
      cipher: "aes-128-ctr",
      cipherparams: { iv: hex(iv) },
      ciphertext: hex(ciphertext),
      kdf: "scrypt",
      kdfparams: { dklen: 32, ...cost, salt: hex(salt) },
      mac: hex(macOf(key, ciphertext)),
    };
    return `${JSON.stringify({ address: addressOf(privateKey).slice(2).toLowerCase(), crypto, id: randomUUID(), version: 3 })}\n`;
  });
}

type Fields = { readonly [name: string]: unknown };

function readJson(bytes: Uint8Array): Fields {
  if (bytes.length > longestKeyFile) throw invalid(`it has over ${longestKeyFile} bytes`);
  try {
    return object(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), "the file");
  } catch (error) {
    // The parser's own message repeats the text.
    throw error instanceof MfmError ? error : invalid("it is no JSON");
  }
}

function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function object(value: unknown, what: string): Fields {
  if (!isPlainObject(value)) throw invalid(`${what} is no object`);
  return value;
}

function hexField(fields: Fields, name: string, length?: number): Uint8Array {
  const value = field(fields, name);
  const digits = typeof value === "string" ? value.replace(/^0x/, "") : "";
  if (!/^(?:[0-9a-fA-F]{2}){1,128}$/.test(digits) || (length !== undefined && digits.length !== 2 * length))
    throw invalid(`its ${name} is no hex of the right length`);
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

function invalid(reason: string): MfmError {
  return new MfmError("KEY_FILE_INVALID", `this is no V3 key file: ${reason}`, { reason });
}
