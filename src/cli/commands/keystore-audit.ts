import type { CommandSpec } from "../command.ts";
import { keystoreOptions, lockedVaultOf, verifiedOption } from "../keystore-options.ts";

const longest = 10_000;

/** `mfm keystore audit` */
export const keystoreAudit: CommandSpec = {
  path: ["keystore", "audit"],
  summary: "show what was done with the vault's keys",
  about: "The whole trail is checked, also where only its end is shown. With the vault locked its chain is, but not who wrote it.",
  options: [{ flags: "-n, --limit <count>", about: "at most so many of the last records; default 50" }, verifiedOption, ...keystoreOptions],
  examples: [{ line: "mfm keystore audit --verified", about: "asks for the passphrase, and checks the MACs too" }],
  async run(call) {
    const [{ readAuditTrail }, { renderTrail }] = await Promise.all([
      import("../../app/keystore/verify-vault.ts"),
      import("../render/keystore.ts"),
    ]);
    const trail = await readAuditTrail(call.place, lockedVaultOf(call), call.count("limit", { default: 50, min: 1, max: longest }));
    return { data: trail, text: () => renderTrail(trail, call.terminal.paint) };
  },
};
