import type { CommandSpec } from "../command.ts";

/** `mfm store check` */
export const storeCheck: CommandSpec = {
  path: ["store", "check"],
  summary: "look for damage: the file, every chain, every digest, orphans",
  about: "Reads the whole store while others go on working. Exits 1 with STORE_CORRUPT and every problem found.",
  examples: [{ line: "mfm store check", about: "before a backup, and after a crash of the machine" }],
  async run(call) {
    const [{ checkStore }, { countOf }] = await Promise.all([import("../../app/store-care.ts"), import("../../app/count.ts")]);
    const checked = await checkStore(call.place);
    return {
      data: checked,
      text: () =>
        `${call.terminal.paint("green", "ok")}: ${countOf(checked.runs, "run")}, ${countOf(checked.events, "event")} and ${countOf(checked.artifacts, "artifact")} in ${checked.url}`,
    };
  },
};
