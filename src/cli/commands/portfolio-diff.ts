import type { CommandSpec } from "../command.ts";

/** `mfm portfolio diff RUN_A RUN_B` */
export const portfolioDiff: CommandSpec = {
  path: ["portfolio", "diff"],
  summary: "what changed between two snapshots",
  about:
    "Row by row: changed, new, gone; was not looked at, where one snapshot did not look there; unknown, where one could not read it. Gone is only what the later snapshot looked at and the chain called zero. Asks no provider.",
  arguments: [
    { name: "<before>", about: "a snapshot's run id, or its first characters", completes: "run" },
    { name: "<after>", about: "another's", completes: "run" },
  ],
  options: [{ flags: "-a, --all", about: "also what is the same, and what neither could read" }],
  examples: [{ line: "mfm portfolio diff 3f2a 9c81", about: "from the first run to the second" }],
  async run(call) {
    const [{ diffRuns }, { renderDiff }] = await Promise.all([import("../../app/portfolio/diff-runs.ts"), import("../render/diff.ts")]);
    const diff = await diffRuns(call.place, call.argument(0), call.argument(1));
    return { data: diff, text: () => renderDiff(diff, call.has("all"), call.terminal.paint) };
  },
};
