import type { CommandSpec } from "../command.ts";
import { kdfMemoryOption, keystoreOptions, newLockOf, newPassphraseOption, vaultOf } from "../keystore-options.ts";

/** `mfm keystore rekey` */
export const keystoreRekey: CommandSpec = {
  path: ["keystore", "rekey"],
  summary: "encrypt every key of the vault anew, under a new passphrase",
  about:
    "For when the vault was open where it should not have been. Whoever had the old vault and passphrase has the keys in it: move the funds.",
  options: [newPassphraseOption, kdfMemoryOption, ...keystoreOptions],
  examples: [{ line: "mfm keystore rekey", about: "asks for the old passphrase, and for the new one twice" }],
  async run(call) {
    const [{ rekeyVault }, { renderVault }] = await Promise.all([
      import("../../app/keystore/vault-care.ts"),
      import("../render/keystore.ts"),
    ]);
    const changed = await rekeyVault(call.place, vaultOf(call), newLockOf(call));
    return { data: changed, text: () => renderVault(changed, call.terminal.paint) };
  },
};
