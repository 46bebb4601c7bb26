/** How the keys of a vault hang together: passphrase, key-encryption key, vault key, and from that one key per entry, the MAC's and the trail's. */
import { MfmError, invariant } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { wiping } from "./bytes.ts";
import { type Content, type Entry, type Header, type Vault, headerOf, jsonOf, viewOf } from "./document.ts";
import type { DeriveKey } from "./kdf.ts";
import { deriveSubkey, isSameMac, keyBytes, macOf, newNonce, type Sealed, seal, unseal } from "./sealing.ts";
import type { EntryView } from "./session.ts";

/** What a passphrase becomes. */
interface KeyEncryption {
  readonly encryption: Uint8Array;
  readonly mac: Uint8Array;
}

async function deriveKeyEncryption(derive: DeriveKey, passphrase: Uint8Array, header: Header): Promise<KeyEncryption> {
  const derived = await derive(passphrase, header.kdf);
  const keys = { encryption: Uint8Array.from(derived.subarray(0, keyBytes)), mac: Uint8Array.from(derived.subarray(keyBytes)) };
  derived.fill(0);
  return keys;
}

function wipe({ encryption, mac }: KeyEncryption): void {
  encryption.fill(0);
  mac.fill(0);
}

/** Covers the whole header, and commits to the key: AES-GCM alone would let a file be made that opens under two passphrases. */
function checkOf(keys: KeyEncryption, header: Header): Content["passphraseCheck"] {
  return macOf(keys.mac, "mfm/kek-check/1", jsonOf(headerOf(header)));
}

function wrapContext(header: Header): Json {
  return { purpose: "mfm/vault-key/1", header: jsonOf(headerOf(header)) };
}

/** Puts the vault key under a passphrase. */
export async function wrapVaultKey(
  derive: DeriveKey,
  passphrase: Uint8Array,
  header: Header,
  vaultKey: Uint8Array,
): Promise<Pick<Content, "passphraseCheck" | "vaultKey">> {
  const keys = await deriveKeyEncryption(derive, passphrase, header);
  try {
    return { passphraseCheck: checkOf(keys, header), vaultKey: sealChecked(keys.encryption, vaultKey, () => wrapContext(header)) };
  } finally {
    wipe(keys);
  }
}

/** The vault key; undefined where the passphrase does not fit the header. @throws KEYSTORE_TAMPERED when it fits, and the key does not open */
export async function unwrapVaultKey(derive: DeriveKey, passphrase: Uint8Array, vault: Vault): Promise<Uint8Array | undefined> {
  const keys = await deriveKeyEncryption(derive, passphrase, vault);
  try {
    if (!isSameMac(checkOf(keys, vault), vault.passphraseCheck)) return undefined;
    const vaultKey = unseal(keys.encryption, vault.vaultKey, wrapContext(vault));
    if (vaultKey === undefined) throw tampered("its vault key does not open");
    return vaultKey;
  } finally {
    wipe(keys);
  }
}

function manifestMac(vaultKey: Uint8Array, content: Content): Vault["mac"] {
  return wiping(deriveSubkey(vaultKey, content.vaultId, "mfm/manifest/1"), (key) => macOf(key, "mfm/manifest/1", jsonOf(content)));
}

export function authenticate(vaultKey: Uint8Array, content: Content): Vault {
  return { ...content, mac: manifestMac(vaultKey, content) };
}

export function isAuthentic(vaultKey: Uint8Array, { mac, ...content }: Vault): boolean {
  return isSameMac(manifestMac(vaultKey, content), mac);
}

/** Everything about an entry but its ciphertext, and the vault it belongs to. */
function entryContext(vaultId: string, view: EntryView, nonce: Sealed["nonce"]): Json {
  return { purpose: "mfm/entry/1", vaultId, ...jsonOf(viewOf(view)), nonce };
}

/** Opened again before it is believed: what is sealed here may be the only copy. */
function sealChecked(key: Uint8Array, secret: Uint8Array, contextOf: (nonce: Sealed["nonce"]) => Json): Sealed {
  const nonce = newNonce();
  const context = contextOf(nonce);
  const sealed = { nonce, ciphertext: seal(key, nonce, secret, context) };
  const opened = unseal(key, sealed, context);
  invariant(opened !== undefined && Buffer.compare(opened, secret) === 0, "what was sealed opens again");
  opened.fill(0);
  return sealed;
}

function entryKey(vaultKey: Uint8Array, entryId: string): Uint8Array {
  return deriveSubkey(vaultKey, entryId, "mfm/entry/1");
}

export function sealEntry(vaultKey: Uint8Array, vaultId: string, view: EntryView, privateKey: Uint8Array): Entry {
  const sealed = wiping(entryKey(vaultKey, view.id), (key) => sealChecked(key, privateKey, (nonce) => entryContext(vaultId, view, nonce)));
  return { ...viewOf(view), ...sealed };
}

/** The private key, which the caller wipes. @throws KEYSTORE_TAMPERED when it does not open */
export function unsealEntry(vaultKey: Uint8Array, vaultId: string, entry: Entry): Uint8Array {
  const context = entryContext(vaultId, entry, entry.nonce);
  const privateKey = wiping(entryKey(vaultKey, entry.id), (key) => unseal(key, entry, context));
  if (privateKey === undefined) throw tampered(`entry ${entry.id} does not open`);
  return privateKey;
}

/** The key of the audit trail's MACs. */
export function auditKeyOf(vaultKey: Uint8Array, vaultId: string): Uint8Array {
  return deriveSubkey(vaultKey, vaultId, "mfm/audit/1");
}

export function tampered(reason: string): MfmError {
  return new MfmError("KEYSTORE_TAMPERED", `the vault was altered: ${reason}`, { reason });
}
