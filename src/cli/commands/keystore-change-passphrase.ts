import type { CommandSpec } from "../command.ts";
import { kdfMemoryOption, keystoreOptions, newLockOf, newPassphraseOption, vaultOf } from "../keystore-options.ts";

/** `mfm keystore change-passphrase` */
export const keystoreChangePassphrase: CommandSpec = {
  path: ["keystore", "change-passphrase"],
  summary: "give the vault another passphrase",
  about: "The keys stay encrypted as they are; copies of the file that were made before still open with the old passphrase.",
  options: [newPassphraseOption, kdfMemoryOption, ...keystoreOptions],
  examples: [{ line: "mfm keystore change-passphrase", about: "asks for the old one, and for the new one twice" }],
  async run(call) {
    const [{ changePassphrase }, { renderVault }] = await Promise.all([
      import("../../app/keystore/vault-care.ts"),
      import("../render/keystore.ts"),
    ]);
    const changed = await changePassphrase(call.place, vaultOf(call), newLockOf(call));
    return { data: changed, text: () => renderVault(changed, call.terminal.paint) };
  },
};
