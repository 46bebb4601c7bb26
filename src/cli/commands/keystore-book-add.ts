import type { CommandSpec } from "../command.ts";
import { keystoreOptions, vaultOf } from "../keystore-options.ts";
import { printable } from "../paint.ts";

/** `mfm keystore book add NAME ADDRESS` */
export const keystoreBookAdd: CommandSpec = {
  path: ["keystore", "book", "add"],
  summary: "put an address into the address book",
  about:
    "Whatever is signed is compared with the book, the vault's accounts and the policy's destinations: an address whose first and last four digits are those of a known one, but which is another, is refused.",
  arguments: [
    { name: "<name>", about: "whose it is" },
    { name: "<address>", about: "with its EIP-55 checksum, or in lower case" },
  ],
  options: [
    { flags: "--i-have-compared", about: "it looks like a known address, I have compared all 40 digits, and it is meant" },
    ...keystoreOptions,
  ],
  examples: [{ line: "mfm keystore book add exchange 0x52908400098527886E0F7030069857D2E4169EE7", about: "a deposit address" }],
  async run(call) {
    const { addAddress } = await import("../../app/keystore/book.ts");
    const added = await addAddress(call.place, vaultOf(call), {
      name: call.argument(0),
      address: call.argument(1),
      compared: call.has("iHaveCompared") ? "all" : "unknown",
    });
    return { data: added, text: () => `${printable(added.name)} is ${added.address}` };
  },
};
