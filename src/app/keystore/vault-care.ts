/** Making a vault, and changing what it is locked with. */
import { totalmem } from "node:os";
import { type KdfCost, calibrateKdf, deriveWithArgon2, kdfDefault } from "../../keystore/vault/kdf.ts";
import { assertVaultFree, createVault, newKdf } from "../../keystore/vault/open-vault.ts";
import { assertStrongPassphrase, normalizePassphrase } from "../../keystore/vault/passphrase.ts";
import type { UnlockedVault } from "../../keystore/vault/unlocked-vault.ts";
import { failure } from "../failure.ts";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";
import { readNewSecret, type SecretSource } from "./secrets.ts";
import { type VaultChoice, withVault } from "./unlock.ts";

export interface VaultState {
  readonly path: string;
  readonly vaultId: string;
  readonly generation: number;
}

export interface MadeVault extends VaultState {
  readonly kdf: KdfCost;
}

/** Undefined: as much as half a second to a second pays for on this machine, at least 256 MiB. */
export interface KdfChoice {
  readonly memoryMib: number | undefined;
}

/** @throws KEYSTORE_EXISTS; KEYSTORE_LOCKED; PASSPHRASE_WEAK, PASSPHRASE_INVALID, SECRET_UNCONFIRMED; FILE_UNSAFE */
export async function initVault(place: Place, { keystore, unlock }: VaultChoice, choice: KdfChoice): Promise<MadeVault> {
  const at = await locateVault(place, keystore);
  // Before anybody is asked for anything.
  assertVaultFree(at.path);
  const passphrase = await readNewPassphrase(place, unlock);
  try {
    const kdf = await costOf(choice);
    const vault = await createVault({ ...at, passphrase, cost: kdf });
    const { path, vaultId, generation } = vault;
    vault.close();
    return { path, vaultId, generation, kdf };
  } finally {
    passphrase.fill(0);
  }
}

export interface NewLock {
  /** Where the new passphrase comes from. */
  readonly passphrase: SecretSource | undefined;
  readonly kdf: KdfChoice;
}

/** @throws what `withVault` and a change throw; PASSPHRASE_WEAK */
export function changePassphrase(place: Place, choice: VaultChoice, lock: NewLock): Promise<MadeVault> {
  return relock(place, choice, lock, (vault, rewrap) => vault.changePassphrase(rewrap));
}

/** @throws what `withVault` and a change throw; PASSPHRASE_WEAK */
export function rekeyVault(place: Place, choice: VaultChoice, lock: NewLock): Promise<MadeVault> {
  return relock(place, choice, lock, (vault, rewrap) => vault.rekey(rewrap));
}

async function relock(
  place: Place,
  choice: VaultChoice,
  { passphrase: source, kdf: wanted }: NewLock,
  change: (vault: UnlockedVault, rewrap: Parameters<UnlockedVault["rekey"]>[0]) => Promise<void>,
): Promise<MadeVault> {
  return withVault(place, choice, async (vault) => {
    const raw = await readNewPassphrase(place, source);
    const passphrase = normalizePassphrase(raw);
    raw.fill(0);
    try {
      assertStrongPassphrase(passphrase);
      const kdf = await costOf(wanted);
      await change(vault, { passphrase, kdf: newKdf(kdf) });
      const { path, vaultId, generation } = vault;
      return { path, vaultId, generation, kdf };
    } finally {
      passphrase.fill(0);
    }
  });
}

function readNewPassphrase(place: Place, source: SecretSource | undefined): Promise<Uint8Array> {
  if (source === undefined) throw failure("KEYSTORE_LOCKED", "a new passphrase is needed, and nothing says where it comes from");
  return readNewSecret(place, source, "new passphrase of the vault");
}

async function costOf({ memoryMib }: KdfChoice): Promise<KdfCost> {
  if (memoryMib !== undefined) return { ...kdfDefault, memoryKib: memoryMib * 1024 };
  return calibrateKdf(deriveWithArgon2, () => performance.now(), memoryKib() / 8);
}

/** What this process may have at most, in a container too. */
function memoryKib(): number {
  const constrained = process.constrainedMemory();
  return Math.min(totalmem(), constrained > 0 ? constrained : Infinity) / 1024;
}
