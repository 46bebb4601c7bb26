import type { CommandSpec } from "../command.ts";

/** `mfm demo` */
export const demo: CommandSpec = {
  path: ["demo"],
  summary: "see it work: a snapshot that is killed in the middle, goes on, and is verified offline",
  about:
    "Needs no internet and no configuration, and touches nothing of yours: a chain on this machine and a temporary folder, both gone at the end. " +
    "With json it prints one document with what was counted.",
  options: [{ flags: "--keep", about: "leave the folder with store, bundle and token list, to look at" }],
  examples: [
    { line: "mfm demo", about: "a few seconds" },
    { line: "mfm demo --keep", about: "and look at the run afterwards with mfm run events" },
  ],
  async run(call) {
    const { showDemo } = await import("../show-demo.ts");
    return showDemo(call, call.has("keep"));
  },
};
