import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";

/** `mfm keystore verify` */
export const keystoreVerify: CommandSpec = {
  path: ["keystore", "verify"],
  summary: "check every key of the vault, its version and its audit trail",
  options: [
    { flags: "--accept", about: "take the vault and the end of its trail for the latest, after you restored them from a backup yourself" },
    ...keystoreOptions,
  ],
  examples: [{ line: "mfm keystore verify", about: "after the disk or the machine changed" }],
  async run(call) {
    const [{ verifyVault }, { renderChecked }] = await Promise.all([
      import("../../app/keystore/verify-vault.ts"),
      import("../render/keystore.ts"),
    ]);
    const checked = await verifyVault(call.place, vaultOf(call), call.has("accept") ? "accept" : "latest");
    return { data: checked, text: () => renderChecked(checked, call.terminal.paint) };
  },
};
