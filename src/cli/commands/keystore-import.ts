import type { ImportType } from "../../app/keystore/import-key.ts";
import type { SecretSource } from "../../app/keystore/secrets.ts";
import { usage } from "../../app/failure.ts";
import type { Call } from "../call.ts";
import type { CommandSpec } from "../command.ts";
import { fileSource, hdOf, hdOptions, keystoreOptions, labelOption, promptOf, vaultOf } from "../keystore-options.ts";
import { askOn } from "../prompts.ts";

const types: readonly ImportType[] = ["privatekey", "mnemonic", "v3"];

/** `mfm keystore import` */
export const keystoreImport: CommandSpec = {
  path: ["keystore", "import"],
  summary: "put a key into the vault",
  about: "A key or its words are never an argument, which others could read: they are asked for, or read from --stdin or --file.",
  options: [
    { flags: "-t, --import-type <type>", about: "what is imported", required: true, choices: types },
    { flags: "--stdin", about: "read the key or the words from standard input" },
    { flags: "--file <path>", about: "read the key, the words or the V3 key file from this file", completes: "file" },
    { flags: "--source-passphrase-file <path>", about: "v3: the key file's passphrase; else it is asked for", completes: "file" },
    { flags: "--expect-address <address>", about: "refuse a key of any other address" },
    labelOption,
    ...hdOptions,
    ...keystoreOptions,
  ],
  examples: [
    { line: "mfm keystore import -t privatekey", about: "asks for the key, hidden" },
    {
      line: "mfm keystore import -t v3 --file UTC--2026 --expect-address 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
      about: "a file of cast names no address",
    },
  ],
  async run(call) {
    const type = typeOf(call);
    const [{ importKey }, { renderEntry }] = await Promise.all([
      import("../../app/keystore/import-key.ts"),
      import("../render/keystore.ts"),
    ]);
    const made = await importKey(call.place, vaultOf(call), {
      type,
      secret: secretOf(call),
      hd: hdOf(call),
      sourcePassphrase: fileSource(call, "sourcePassphraseFile") ?? promptOf(call),
      label: call.text("label"),
      expectAddress: call.text("expectAddress"),
      ask: askOn(call),
    });
    for (const warning of made.warnings) if (call.format === "text") call.terminal.note(`warning: ${warning}`);
    return { data: { ...made.entry, warnings: made.warnings }, text: () => renderEntry(made.entry, call.terminal.paint) };
  },
};

/** @throws USAGE for an option of another type */
function typeOf(call: Call): ImportType {
  const type = types.find((known) => known === call.required("importType")) ?? "privatekey";
  const foreign =
    type === "mnemonic"
      ? ["sourcePassphraseFile"]
      : ["derivationPath", "unusualPath", "passphrasePrompt", "passphraseFile", ...(type === "v3" ? [] : ["sourcePassphraseFile"])];
  const given = foreign.find((name) => call.has(name) || call.text(name) !== undefined);
  if (given === undefined) return type;
  throw usage(`--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} does not go with --import-type ${type}`);
}

/** @throws USAGE */
function secretOf(call: Call): SecretSource {
  const file = fileSource(call, "file");
  if (call.has("stdin")) {
    if (file !== undefined) throw usage("give one of --stdin and --file");
    if (call.text("unlockFd") === "0") throw usage("standard input cannot be both the key and the vault's passphrase");
    return { kind: "fd", fd: 0 };
  }
  const source = file ?? promptOf(call);
  if (source === undefined) throw usage("nobody is at a terminal: give --stdin or --file");
  return source;
}
