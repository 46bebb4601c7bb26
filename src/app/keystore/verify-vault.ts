/** Checking all of a vault, and reading its audit trail. */
import { unwatched } from "../../keystore/files/fault-point.ts";
import type { Standing } from "../../keystore/vault/anchor.ts";
import type { ReadTrail } from "../../keystore/vault/read-trail.ts";
import { VaultFile } from "../../keystore/vault/vault-file.ts";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";
import { unlockVault, type VaultChoice, withVault } from "./unlock.ts";
import type { VaultState } from "./vault-care.ts";

export interface Checked extends VaultState {
  /** How many keys were opened and have the address that stands beside them. */
  readonly keys: number;
  /** Against what this machine saw last: `held`, the same; `moved`, the same in another place; `newer`, changed elsewhere; `unknown`, seen for the first time. */
  readonly anchor: Standing;
  readonly trail: Pick<ReadTrail, "records" | "head" | "result">;
}

/**
 * `accept`: the vault and the end of its trail are taken for the latest, whatever this machine saw before.
 * @throws KEYSTORE_TAMPERED, KEYSTORE_ROLLED_BACK, KEYSTORE_AUDIT_INVALID; what `unlockVault` throws
 */
export async function verifyVault(place: Place, choice: VaultChoice, trust: "latest" | "accept"): Promise<Checked> {
  const vault = await unlockVault(place, choice, trust === "accept" ? { acceptAnyGeneration: true } : {});
  try {
    vault.checkKeys();
    if (trust === "accept") await vault.acceptTrail();
    const { records, head, result } = vault.readTrail(1);
    const { path, vaultId, generation, standing } = vault;
    return { path, vaultId, generation, keys: vault.entries().length, anchor: standing, trail: { records, head, result } };
  } finally {
    vault.close();
  }
}

/** The last records of the trail; verified where the vault is unlocked, else chained only. @throws KEYSTORE_AUDIT_INVALID; what `withVault` throws */
export async function readAuditTrail(place: Place, choice: VaultChoice, last: number): Promise<ReadTrail> {
  if (choice.unlock !== undefined) return withVault(place, choice, (vault) => vault.readTrail(last));
  const file = new VaultFile(await locateVault(place, choice.keystore), unwatched);
  return file.readTrail({ vaultId: file.read().vault.vaultId, by: undefined, last });
}
