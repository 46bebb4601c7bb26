import type { CommandSpec } from "../command.ts";

/** `mfm store check` */
export const storeCheck: CommandSpec = {
  path: ["store", "check"],
  summary: "look for damage: the file, every chain, every digest, orphans",
  about: "Reads the whole store while others go on working. Exits 1 with STORE_CORRUPT and every problem found.",
  examples: [{ line: "mfm store check", about: "before a backup, and after a crash of the machine" }],
  async run(call) {
    const { checkStore } = await import("../../app/store-care.ts");
    const checked = await checkStore(call.place);
    return {
      data: checked,
      text: () =>
        `${call.terminal.paint("green", "ok")}: ${checked.runs} runs, ${checked.events} events and ${checked.artifacts} artifacts in ${checked.url}`,
    };
  },
};
