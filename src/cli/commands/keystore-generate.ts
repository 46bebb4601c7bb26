import type { CommandSpec } from "../command.ts";
import { hdOf, hdOptions, keystoreOptions, labelOption, vaultOf } from "../keystore-options.ts";
import { scribeOn } from "../prompts.ts";

/** `mfm keystore generate` */
export const keystoreGenerate: CommandSpec = {
  path: ["keystore", "generate"],
  summary: "make a key from a new mnemonic, which you write down",
  about: "The words are shown once and typed again; the vault keeps the key at the path, not the words.",
  options: [
    { flags: "--words <count>", about: "how many; default 24", choices: ["12", "24"] },
    labelOption,
    ...hdOptions,
    ...keystoreOptions,
  ],
  examples: [{ line: "mfm keystore generate --label treasury", about: "at a terminal only" }],
  async run(call) {
    const [{ generateKey }, { renderEntry }] = await Promise.all([
      import("../../app/keystore/generate-key.ts"),
      import("../render/keystore.ts"),
    ]);
    const entry = await generateKey(call.place, vaultOf(call), {
      words: call.text("words") === "12" ? 12 : 24,
      hd: hdOf(call),
      label: call.text("label"),
      scribe: scribeOn(call),
    });
    return { data: entry, text: () => renderEntry(entry, call.terminal.paint) };
  },
};
