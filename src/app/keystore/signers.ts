/** The signer that a command uses: the signer process where one runs, unless its options name a vault; else the vault, unlocked for this command. */
import { join } from "node:path";
import { SignerClient } from "../../keystore/process/client.ts";
import type { Signer, SignerAccount } from "../../keystore/signer-port.ts";
import type { Agree } from "../../keystore/vault-signer.ts";
import { MfmError } from "../../kernel/errors.ts";
import { closing } from "../closing.ts";
import { failure } from "../failure.ts";
import { stateFolder } from "../folders.ts";
import { machineTime } from "../machine.ts";
import type { Place } from "../place.ts";
import { locateVault } from "./location.ts";
import type { VaultChoice } from "./unlock.ts";

export interface SignerChoice extends VaultChoice {
  /** Whether options name a vault or a source of its passphrase: then no signer process is looked for. */
  readonly isNamed: boolean;
  /** Asked where an entry has no policy. A signer process does not ask: it was started with or without. */
  readonly agree: Agree | undefined;
}

/** Where socket and token of this user's signer process are. */
export function signerFolder(place: Place): string {
  return join(stateFolder(place), "signer");
}

/** One for all vaults of this user on this machine: the same key in two vaults has one set of nonces. */
export function guardPath(keystoreStateFolder: string): string {
  return join(keystoreStateFolder, "nonce-guard");
}

/** @throws what unlocking a vault throws, where no signer process is there to ask */
export async function withSigner<T>(place: Place, choice: SignerChoice, work: (signer: Signer) => Promise<T>): Promise<T> {
  const client = choice.isNamed ? undefined : await findSigner(place);
  if (client !== undefined) return closing(client, () => work(client));
  // Codecs and cryptography are loaded only where this process signs.
  const [{ NonceGuard }, { VaultSigner }, { withVault }] = await Promise.all([
    import("../../keystore/guard/guard-file.ts"),
    import("../../keystore/vault-signer.ts"),
    import("./unlock.ts"),
  ]);
  const { stateFolder: folder } = await locateVault(place, choice.keystore);
  return withVault(place, choice, async (session) => {
    const guard = await NonceGuard.open({ path: guardPath(folder) });
    const signer = new VaultSigner({ session, guard, now: () => machineTime.now(), agree: choice.agree });
    return closing(guard, () => work(signer));
  });
}

/** The process that is running and unlocked. @throws as connectSigner */
export async function findSigner(place: Place): Promise<SignerClient | undefined> {
  const client = await connectSigner(place);
  if (client === undefined || (await client.status()).state === "unlocked") return client;
  await client.close();
  return undefined;
}

/** Undefined where none runs. @throws SIGNER_DENIED, SIGNER_PROTOCOL, FILE_UNSAFE */
export async function connectSigner(place: Place): Promise<SignerClient | undefined> {
  try {
    return await SignerClient.connect(signerFolder(place));
  } catch (error) {
    if (error instanceof MfmError && error.code === "SIGNER_NOT_RUNNING") return undefined;
    throw error;
  }
}

/** The account that is meant. @throws SIGNER_ACCOUNT_UNKNOWN; KEY_AMBIGUOUS */
export function selectAccount(accounts: readonly SignerAccount[], given: string): SignerAccount {
  const account = findAccount(accounts, given);
  if (account === undefined)
    throw failure("SIGNER_ACCOUNT_UNKNOWN", `the signer has no account with address, label or id ${JSON.stringify(given)}`, { given });
  return account;
}

/** By address, label, or the first characters of its id; undefined where the signer has none such. @throws KEY_AMBIGUOUS */
export function findAccount(accounts: readonly SignerAccount[], given: string): SignerAccount | undefined {
  const wanted = given.toLowerCase();
  const exact = accounts.filter(({ address, label }) => address.toLowerCase() === wanted || label === given);
  const found = exact.length > 0 ? exact : accounts.filter(({ id }) => wanted !== "" && id.startsWith(wanted));
  if (found.length > 1)
    throw failure("KEY_AMBIGUOUS", `${found.length} accounts are called ${JSON.stringify(given)}`, { ids: found.map(({ id }) => id) });
  return found[0];
}
