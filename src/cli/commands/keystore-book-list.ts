import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";
import { printable } from "../paint.ts";

/** `mfm keystore book list` */
export const keystoreBookList: CommandSpec = {
  path: ["keystore", "book", "list"],
  summary: "show the address book",
  options: keystoreOptions,
  examples: [{ line: "mfm keystore book list", about: "names and addresses" }],
  async run(call) {
    const [{ listAddresses }, { renderTable }] = await Promise.all([import("../../app/keystore/book.ts"), import("../render/table.ts")]);
    const book = await listAddresses(call.place, vaultOf(call));
    const rows = book.entries.map(({ name, address }) => [printable(name), address]);
    return {
      data: book,
      text: () => (rows.length === 0 ? "the address book is empty" : renderTable(["NAME", "ADDRESS"], rows, call.terminal.paint)),
    };
  },
};
