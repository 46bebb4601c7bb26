/** The keys of a vault: listing and showing them, with the vault locked or not, deleting and exporting one. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { unwatched } from "../../keystore/files/fault-point.ts";
import { viewOf } from "../../keystore/vault/document.ts";
import { assertStrongPassphrase, normalizePassphrase } from "../../keystore/vault/passphrase.ts";
import type { EntryView } from "../../keystore/vault/session.ts";
import type { UnlockedVault } from "../../keystore/vault/unlocked-vault.ts";
import { VaultFile } from "../../keystore/vault/vault-file.ts";
import { writeKeyFile } from "../../keystore/web3/key-file.ts";
import { failure, usage } from "../failure.ts";
import { writeNewFile } from "../new-file.ts";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";
import { type Ask, readNewSecret, type SecretSource } from "./secrets.ts";
import { type EntryChoice, selectEntry } from "./select-entry.ts";
import type { VaultState } from "./vault-care.ts";
import { type VaultChoice, withVault } from "./unlock.ts";

export interface Listing extends VaultState {
  /** False: read without the passphrase, so whoever can write the file may have written it. */
  readonly verified: boolean;
  readonly entries: readonly EntryView[];
}

export const sortings = ["created", "label", "type"] as const;
export type Sorting = (typeof sortings)[number];

export interface Query {
  readonly filterLabel: string | undefined;
  readonly sortBy: Sorting;
}

/** Without a source of the passphrase the vault stays locked. @throws what `withVault` throws; USAGE for a filter that is no pattern */
export async function listKeys(place: Place, choice: VaultChoice, { filterLabel, sortBy }: Query): Promise<Listing> {
  const pattern = patternOf(filterLabel);
  const listing = await readListing(place, choice);
  const entries = listing.entries.filter(({ label }) => pattern.test(label)).toSorted((left, right) => compare(left, right, sortBy));
  return { ...listing, entries };
}

function patternOf(filter: string | undefined): RegExp {
  try {
    return new RegExp(filter ?? "", "u");
  } catch {
    throw usage(`--filter-label ${JSON.stringify(filter)} is no regular expression`, { option: "--filter-label" });
  }
}

function compare(left: EntryView, right: EntryView, by: Sorting): number {
  const keys = ({ label, kind, createdAt }: EntryView) => ({ label, type: kind.type, created: createdAt });
  const [one, other] = [keys(left)[by], keys(right)[by]];
  return one < other ? -1 : one > other ? 1 : 0;
}

async function readListing(place: Place, choice: VaultChoice): Promise<Listing> {
  if (choice.unlock === undefined) {
    const file = new VaultFile(await locateVault(place, choice.keystore), unwatched);
    const { vaultId, generation, entries } = file.read().vault;
    return { path: file.path, vaultId, generation, verified: false, entries: entries.map(viewOf) };
  }
  return withVault(place, choice, (vault) => {
    const { path, vaultId, generation } = vault;
    return { path, vaultId, generation, verified: true, entries: vault.entries() };
  });
}

export interface Shown extends VaultState {
  readonly verified: boolean;
  readonly entry: EntryView;
}

/** @throws KEY_UNKNOWN, KEY_AMBIGUOUS, and what `withVault` throws */
export async function showKey(place: Place, choice: VaultChoice, which: EntryChoice): Promise<Shown> {
  const { entries, ...listing } = await readListing(place, choice);
  return { ...listing, entry: selectEntry(entries, which) };
}

export interface Deletion {
  readonly which: EntryChoice;
  /** Undefined: it was confirmed already. */
  readonly ask: Ask | undefined;
}

/** @throws KEY_UNKNOWN, KEY_AMBIGUOUS, CANCELLED, and what a change throws */
export function deleteKey(place: Place, choice: VaultChoice, { which, ask }: Deletion): Promise<EntryView> {
  return withVault(place, choice, async (vault) => {
    const entry = selectEntry(vault.entries(), which);
    const question = `Delete ${entry.label} (${entry.address})? Without a backup its key is gone for ever`;
    if (ask !== undefined && !(await ask.confirm(question))) throw failure("CANCELLED", "nothing was deleted");
    await vault.removeKey(entry.id);
    return entry;
  });
}

export interface KeyExport {
  readonly which: EntryChoice;
  /** Where the passphrase of the exported file comes from. */
  readonly passphrase: SecretSource;
  readonly out: string;
}

export interface ExportedKey {
  readonly entry: EntryView;
  readonly file: string;
}

/** Writes a V3 key file, new and for this user only. Recorded before it is written. @throws FILE_EXISTS, FILE_UNWRITABLE; PASSPHRASE_WEAK; what `withVault` throws */
export function exportKey(place: Place, choice: VaultChoice, { which, passphrase: source, out }: KeyExport): Promise<ExportedKey> {
  return withVault(place, choice, async (vault) => {
    const entry = selectEntry(vault.entries(), which);
    const file = resolve(place.folder, out);
    // Before it is recorded and derived; that nothing is overwritten is decided when it is made.
    if (existsSync(file)) throw failure("FILE_EXISTS", `${file} exists`, { file });
    const raw = await readNewSecret(place, source, "passphrase of the exported file");
    const passphrase = normalizePassphrase(raw);
    raw.fill(0);
    try {
      assertStrongPassphrase(passphrase);
      await vault.audit({ kind: "key-exported", entry: entry.id });
      writeNewFile(file, [await encrypt(vault, entry, passphrase)]);
      return { entry, file };
    } finally {
      passphrase.fill(0);
    }
  });
}

async function encrypt(vault: UnlockedVault, entry: EntryView, passphrase: Uint8Array): Promise<string> {
  const privateKey = vault.useKey(entry.id, (key) => Uint8Array.from(key));
  try {
    return await writeKeyFile(privateKey, passphrase);
  } finally {
    privateKey.fill(0);
  }
}
