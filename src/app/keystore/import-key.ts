/** Putting a key into a vault: read from where it is, checked, and only then is the vault unlocked. */
import { deriveFromMnemonic, type HdKey, normalizeMnemonic } from "../../keystore/keys/mnemonic.ts";
import { addressOf, parsePrivateKey } from "../../keystore/keys/private-key.ts";
import { codecs } from "../../kernel/codecs.ts";
import { wiping } from "../../keystore/vault/bytes.ts";
import { normalizePassphrase, withoutLineEnd } from "../../keystore/vault/passphrase.ts";
import type { EntryKind, EntryView } from "../../keystore/vault/session.ts";
import { openKeyFile, parseKeyFile } from "../../keystore/web3/key-file.ts";
import { failure, usage } from "../failure.ts";
import type { Place } from "../place.ts";
import { type Ask, readSecret, type SecretSource } from "./secrets.ts";
import { type VaultChoice, withVault } from "./unlock.ts";

export type ImportType = "privatekey" | "mnemonic" | "v3";

/** A mnemonic's part of what is given. */
export interface HdChoice {
  readonly path: string;
  readonly allowed: "usual" | "any";
  /** BIP-39's passphrase; undefined: there is none. */
  readonly passphrase: SecretSource | undefined;
}

export interface KeyImport {
  readonly type: ImportType;
  /** Where the key, the words or the key file come from. */
  readonly secret: SecretSource;
  readonly hd: HdChoice;
  /** A key file's passphrase; undefined where nothing says it. */
  readonly sourcePassphrase: SecretSource | undefined;
  readonly label: string | undefined;
  readonly expectAddress: string | undefined;
  /** Somebody who can say whether the address is the right one. */
  readonly ask: Ask | undefined;
}

export interface ImportedKey {
  readonly entry: EntryView;
  readonly warnings: readonly string[];
}

/** A key out of its wrapping; whoever has it wipes it. */
interface FoundKey {
  readonly privateKey: Uint8Array;
  readonly kind: EntryKind;
  readonly warnings: readonly string[];
  /** Whether what it was found in vouches for its address. */
  readonly isSure: boolean;
}

/**
 * @throws KEY_INVALID, MNEMONIC_INVALID, DERIVATION_PATH_INVALID, KEY_FILE_INVALID, KEY_FILE_PASSPHRASE_WRONG when there is no key
 * @throws ADDRESS_MISMATCH when it is not the expected one's; ADDRESS_UNCONFIRMED when nothing says which it is; CANCELLED
 * @throws KEY_EXISTS, KEY_LABEL_INVALID, and what `withVault` and a change throw
 */
export async function importKey(place: Place, choice: VaultChoice, order: KeyImport): Promise<ImportedKey> {
  const expected = expectedAddress(order.expectAddress);
  const found = await findKey(place, order);
  try {
    await confirmAddress(found, expected, order.ask);
    const label = order.label ?? defaultLabel(order.type);
    const { privateKey, kind, warnings } = found;
    return await withVault(place, choice, async (vault) => ({
      entry: await vault.addKey({ label, kind, privateKey }, "key-imported"),
      warnings,
    }));
  } finally {
    found.privateKey.fill(0);
  }
}

function expectedAddress(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const address = codecs.address.decode(written);
  if (typeof address !== "string")
    throw usage(`--expect-address ${JSON.stringify(written)} is no address, or its checksum is wrong`, { option: "--expect-address" });
  return address;
}

async function findKey(place: Place, order: KeyImport): Promise<FoundKey> {
  switch (order.type) {
    case "privatekey":
      return wiping(await readSecret(place, order.secret, "private key"), (bytes) => ({
        privateKey: parsePrivateKey(trim(bytes)),
        kind: { type: "private-key" },
        warnings: [],
        isSure: true,
      }));
    case "mnemonic": {
      const words = await readText(place, order.secret, "mnemonic");
      return keyOfMnemonic(await deriveKey(place, words, order.hd), order.hd.path);
    }
    case "v3":
      return findInKeyFile(place, order);
  }
}

export function keyOfMnemonic({ privateKey, fingerprint }: HdKey, path: string): FoundKey {
  return { privateKey, kind: { type: "hd", path, fingerprint }, warnings: [], isSure: true };
}

/** @throws MNEMONIC_INVALID, DERIVATION_PATH_INVALID */
export async function deriveKey(place: Place, words: string, { path, allowed, passphrase: source }: HdChoice): Promise<HdKey> {
  const mnemonic = await normalizeMnemonic(words);
  const passphrase = source === undefined ? "" : await readMnemonicPassphrase(place, source);
  return deriveFromMnemonic({ mnemonic, passphrase, path, allowed });
}

async function findInKeyFile(place: Place, { secret, sourcePassphrase }: KeyImport): Promise<FoundKey> {
  const file = parseKeyFile(await readSecret(place, secret, "key file", "accepted"));
  if (sourcePassphrase === undefined)
    throw failure("SECRET_UNAVAILABLE", "the passphrase of the key file is needed: --source-passphrase-file says where it is", {});
  const raw = await readSecret(place, sourcePassphrase, "passphrase of the key file");
  try {
    const { privateKey, weakness } = await openKeyFile(file, withoutLineEnd(raw));
    const warnings =
      weakness === undefined ? [] : [`the key file's passphrase is cheap to guess: ${weakness}; do not leave the file around`];
    return { privateKey, kind: { type: "private-key" }, warnings, isSure: file.address !== null };
  } finally {
    raw.fill(0);
  }
}

/** BIP-39 works on strings, which cannot be wiped. */
async function readText(place: Place, source: SecretSource, what: string): Promise<string> {
  return wiping(await readSecret(place, source, what), (raw) => new TextDecoder().decode(raw));
}

/** @throws PASSPHRASE_INVALID */
async function readMnemonicPassphrase(place: Place, source: SecretSource): Promise<string> {
  const raw = await readSecret(place, source, "BIP-39 passphrase");
  return wiping(raw, () => wiping(normalizePassphrase(raw), (line) => new TextDecoder().decode(line)));
}

/** Without spaces and line ends around. A view of the same bytes. */
function trim(bytes: Uint8Array): Uint8Array {
  const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
  let [start, end] = [0, bytes.length];
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}

async function confirmAddress({ privateKey, isSure }: FoundKey, expected: string | undefined, ask: Ask | undefined): Promise<void> {
  const address = addressOf(privateKey);
  if (expected !== undefined) {
    if (expected === address) return;
    throw failure("ADDRESS_MISMATCH", `the key is that of ${address}, not of ${expected}`, { address, expected });
  }
  if (ask !== undefined) {
    if (await ask.confirm(`The key is that of ${address}. Is it the one you mean?`)) return;
    throw failure("CANCELLED", "nothing was imported");
  }
  if (!isSure) throw failure("ADDRESS_UNCONFIRMED", `the key file names no address; its key is that of ${address}`, { address });
}

const labelWords = { privatekey: "imported-key", mnemonic: "imported-hd", v3: "imported-v3" } as const;

function defaultLabel(type: ImportType): string {
  return labelAt(labelWords[type]);
}

/** With the time, UTC: `imported-key-20260131-120000`. */
export function labelAt(words: string): string {
  const [day = "", time = ""] = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  return `${words}-${day}-${time}`;
}
