import type { CommandSpec } from "../command.ts";
import { entryArgument, entryOf, entryOption, keystoreOptions, lockedVaultOf, verifiedOption } from "../keystore-options.ts";

/** `mfm keystore show ID` */
export const keystoreShow: CommandSpec = {
  path: ["keystore", "show"],
  summary: "show a key of the vault: all but the key",
  arguments: [entryArgument],
  options: [entryOption, verifiedOption, ...keystoreOptions],
  examples: [{ line: "mfm keystore show 3f2a", about: "the beginning of its id is enough" }],
  async run(call) {
    const [{ showKey }, { renderShown }] = await Promise.all([import("../../app/keystore/keys.ts"), import("../render/keystore.ts")]);
    const shown = await showKey(call.place, lockedVaultOf(call), entryOf(call));
    return { data: shown, text: () => renderShown(shown, call.terminal.paint) };
  },
};
