/** Mnemonics: words of an official list to a seed (BIP-39, NFKD throughout), and from that a key at a path (BIP-32). */
import { HDKey } from "@scure/bip32";
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeed } from "@scure/bip39";
import { wordlist as english } from "@scure/bip39/wordlists/english.js";
import { randomBytes } from "node:crypto";
import { MfmError } from "../../kernel/errors.ts";
import type { Hex } from "../vault/bytes.ts";
import { parsePath } from "./derivation-path.ts";

/** All official lists but the English, which is tried first. Loaded when they are needed. */
const otherLists: readonly (() => Promise<{ readonly wordlist: string[] }>)[] = [
  () => import("@scure/bip39/wordlists/czech.js"),
  () => import("@scure/bip39/wordlists/french.js"),
  () => import("@scure/bip39/wordlists/italian.js"),
  () => import("@scure/bip39/wordlists/japanese.js"),
  () => import("@scure/bip39/wordlists/korean.js"),
  () => import("@scure/bip39/wordlists/portuguese.js"),
  () => import("@scure/bip39/wordlists/simplified-chinese.js"),
  () => import("@scure/bip39/wordlists/spanish.js"),
  () => import("@scure/bip39/wordlists/traditional-chinese.js"),
];

const wordCounts = [12, 15, 18, 21, 24];

/** The words as they are written: single spaces, lower case, NFKD. @throws MNEMONIC_INVALID without any of the words */
export async function normalizeMnemonic(text: string): Promise<string> {
  const words = text.normalize("NFKD").trim().toLowerCase().split(/\s+/u);
  if (!wordCounts.includes(words.length))
    throw new MfmError("MNEMONIC_INVALID", `a mnemonic has ${wordCounts.join(", ")} words, this ${words.length}`);
  const phrase = words.join(" ");
  if (isOf(english, phrase)) return phrase;
  for (const load of otherLists) if (isOf((await load()).wordlist, phrase)) return phrase;
  throw new MfmError("MNEMONIC_INVALID", "a word is in no official list, or the checksum in the last word does not hold");
}

function isOf(list: string[], phrase: string): boolean {
  try {
    mnemonicToEntropy(phrase, list).fill(0);
    return true;
  } catch {
    return false;
  }
}

/** Random, in English. */
export function generateMnemonic(words: 12 | 24): string {
  const entropy = randomBytes((words / 3) * 4);
  try {
    return entropyToMnemonic(entropy, english);
  } finally {
    entropy.fill(0);
  }
}

export interface HdKey {
  /** The caller wipes it. */
  readonly privateKey: Uint8Array;
  /** Of the master key. */
  readonly fingerprint: Hex;
}

export interface Derivation {
  /** Normalised. */
  readonly mnemonic: string;
  /** BIP-39's; empty where there is none. */
  readonly passphrase: string;
  readonly path: string;
  readonly allowed: "usual" | "any";
}

/** @throws DERIVATION_PATH_INVALID */
export async function deriveFromMnemonic({ mnemonic, passphrase, path, allowed }: Derivation): Promise<HdKey> {
  const indices = parsePath(path, allowed);
  const seed = await mnemonicToSeed(mnemonic, passphrase);
  try {
    return deriveFromSeed(seed, indices);
  } finally {
    seed.fill(0);
  }
}

/** Each step's key is wiped when the next is made. */
export function deriveFromSeed(seed: Uint8Array, indices: readonly number[]): HdKey {
  let node = HDKey.fromMasterSeed(seed);
  const fingerprint: Hex = `0x${node.fingerprint.toString(16).padStart(8, "0")}`;
  for (const index of indices) {
    const child = node.deriveChild(index);
    node.wipePrivateData();
    node = child;
  }
  const { privateKey } = node;
  if (privateKey === null) throw new MfmError("INTERNAL", "a derived node has a private key");
  const copy = Uint8Array.from(privateKey);
  node.wipePrivateData();
  return { privateKey: copy, fingerprint };
}
