/** Unlocking the vault that a command is about, with a passphrase from wherever its options say. */
import { type OpenVaultOptions, openVault } from "../../keystore/vault/open-vault.ts";
import type { UnlockedVault } from "../../keystore/vault/unlocked-vault.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";
import { type SecretSource, readSecret } from "./secrets.ts";

export interface VaultChoice {
  /** A path, from a flag. */
  readonly keystore: string | undefined;
  /** Undefined: no option names a source, and nobody is there to be asked. */
  readonly unlock: SecretSource | undefined;
}

/**
 * The unlocked vault; whoever asks for it closes it.
 * @throws KEYSTORE_LOCKED, SECRET_UNAVAILABLE, SECRET_EXPOSED, CANCELLED, and what `openVault` throws
 */
export async function unlockVault(
  place: Place,
  { keystore, unlock }: VaultChoice,
  extra: Pick<OpenVaultOptions, "acceptAnyGeneration"> = {},
): Promise<UnlockedVault> {
  const at = await locateVault(place, keystore);
  const passphrase = await readVaultPassphrase(place, unlock);
  try {
    return await openVault({ ...at, passphrase, ...extra });
  } finally {
    passphrase.fill(0);
  }
}

/** What `work` returns, with the vault locked afterwards. @throws what `unlockVault` throws */
export async function withVault<T>(place: Place, choice: VaultChoice, work: (vault: UnlockedVault) => T | Promise<T>): Promise<T> {
  const vault = await unlockVault(place, choice);
  try {
    return await work(vault);
  } finally {
    vault.close();
  }
}

/** The caller wipes it. @throws KEYSTORE_LOCKED, SECRET_UNAVAILABLE, SECRET_EXPOSED, CANCELLED */
export function readVaultPassphrase(place: Place, unlock: SecretSource | undefined): Promise<Uint8Array> {
  if (unlock === undefined) throw failure("KEYSTORE_LOCKED", "the vault's passphrase is needed, and nothing says where it comes from");
  return readSecret(place, unlock, "passphrase of the vault");
}
