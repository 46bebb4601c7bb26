import { usage } from "../../app/failure.ts";
import type { CommandSpec } from "../command.ts";
import { entryArgument, entryOf, entryOption, keystoreOptions, vaultOf } from "../keystore-options.ts";
import { printable } from "../paint.ts";
import { askOn } from "../prompts.ts";

/** `mfm keystore delete ID` */
export const keystoreDelete: CommandSpec = {
  path: ["keystore", "delete"],
  summary: "delete a key from the vault",
  arguments: [entryArgument],
  options: [entryOption, { flags: "-y, --yes", about: "do not ask" }, ...keystoreOptions],
  examples: [{ line: "mfm keystore delete --by-label old-hot-wallet", about: "asks first" }],
  async run(call) {
    const ask = call.has("yes") ? undefined : askOn(call);
    if (ask === undefined && !call.has("yes")) throw usage("nobody is at a terminal to be asked: give --yes");
    const { deleteKey } = await import("../../app/keystore/keys.ts");
    const { id, label, address } = await deleteKey(call.place, vaultOf(call), { which: entryOf(call), ask });
    return { data: { id, label, address }, text: () => `deleted ${id} (${printable(label)}, ${address})` };
  },
};
