import type { CommandSpec } from "../command.ts";
import { kdfMemory, kdfMemoryOption, keystoreOptions, vaultOf } from "../keystore-options.ts";

/** `mfm keystore init` */
export const keystoreInit: CommandSpec = {
  path: ["keystore", "init"],
  summary: "make a vault for keys",
  about: "Its folder is made for you only. Without --kdf-memory the derivation is made as slow as a second of this machine allows.",
  options: [...keystoreOptions, kdfMemoryOption],
  examples: [
    { line: "mfm keystore init", about: "asks for a passphrase, twice" },
    { line: "mfm keystore init --unlock-command 'pass mfm/vault'", about: "takes it from a password manager" },
  ],
  async run(call) {
    const [{ initVault }, { renderVault }] = await Promise.all([
      import("../../app/keystore/vault-care.ts"),
      import("../render/keystore.ts"),
    ]);
    const made = await initVault(call.place, vaultOf(call), kdfMemory(call));
    return { data: made, text: () => renderVault(made, call.terminal.paint) };
  },
};
