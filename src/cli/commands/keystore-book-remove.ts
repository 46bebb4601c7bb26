import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";
import { printable } from "../paint.ts";

/** `mfm keystore book remove NAME` */
export const keystoreBookRemove: CommandSpec = {
  path: ["keystore", "book", "remove"],
  summary: "take an address out of the address book",
  arguments: [{ name: "<name>", about: "the entry's name, or its address" }],
  options: keystoreOptions,
  examples: [{ line: "mfm keystore book remove exchange", about: "by its name" }],
  async run(call) {
    const { removeAddress } = await import("../../app/keystore/book.ts");
    const removed = await removeAddress(call.place, vaultOf(call), call.argument(0));
    return { data: removed, text: () => `${printable(removed.name)} (${removed.address}) is gone from the address book` };
  },
};
