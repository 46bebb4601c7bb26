/** Where the vault is, and where this machine keeps what it knows about vaults: a flag over the environment over `mfm.toml` over the default. */
import { dirname, join, resolve } from "node:path";
import type { VaultPlace } from "../../keystore/vault/vault-file.ts";
import { readConfigFileOf } from "../configuration.ts";
import { dataFolder, expandHome, stateFolder } from "../folders.ts";
import { type Place, readVariable } from "../place.ts";

/** @throws CONFIG_INVALID */
export async function locateVault(place: Place, flag: string | undefined): Promise<VaultPlace> {
  return { path: await locatePath(place, flag), stateFolder: join(stateFolder(place), "keystore") };
}

async function locatePath(place: Place, flag: string | undefined): Promise<string> {
  const given = flag ?? readVariable(place, "MFM_KEYSTORE");
  if (given !== undefined) return resolve(place.folder, expandHome(given));
  const file = await readConfigFileOf(place);
  if (file?.keystorePath !== undefined) return resolve(dirname(file.path), expandHome(file.keystorePath));
  return join(dataFolder(place), "keystore.json");
}
