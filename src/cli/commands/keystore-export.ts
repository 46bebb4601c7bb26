import { usage } from "../../app/failure.ts";
import type { CommandSpec } from "../command.ts";
import { entryArgument, entryOf, entryOption, fileSource, keystoreOptions, promptOf, vaultOf } from "../keystore-options.ts";
import { printable } from "../paint.ts";
import { showPath } from "../render/path.ts";

/** `mfm keystore export ID` */
export const keystoreExport: CommandSpec = {
  path: ["keystore", "export"],
  summary: "write a key to a file that other programs read",
  about:
    "The file is encrypted with a passphrase of its own, in a format weaker than the vault's: whoever has both has the key. It is recorded in the audit trail.",
  arguments: [entryArgument],
  options: [
    { flags: "--format <format>", about: "v3: as geth, cast and ethers read it", required: true, choices: ["v3"] },
    { flags: "-o, --out <file>", about: "the file to make; it must not exist", required: true, completes: "file" },
    { flags: "--allow-secret-export", about: "say that the key is to leave the vault" },
    { flags: "--export-passphrase-file <path>", about: "the new file's passphrase; else it is asked for, twice", completes: "file" },
    entryOption,
    ...keystoreOptions,
  ],
  examples: [
    { line: "mfm keystore export 3f2a --format v3 --allow-secret-export --out treasury.json", about: "asks for both passphrases" },
  ],
  async run(call) {
    if (!call.has("allowSecretExport")) throw usage("the key would leave the vault: say so with --allow-secret-export");
    const passphrase = fileSource(call, "exportPassphraseFile") ?? promptOf(call);
    if (passphrase === undefined) throw usage("nobody is at a terminal: give --export-passphrase-file");
    const { exportKey } = await import("../../app/keystore/keys.ts");
    const made = await exportKey(call.place, vaultOf(call), { which: entryOf(call), passphrase, out: call.required("out") });
    const { id, address } = made.entry;
    return {
      data: { id, address, file: made.file },
      text: () => `the key of ${address} is in ${printable(showPath(made.file, call.place.folder))}`,
    };
  },
};
