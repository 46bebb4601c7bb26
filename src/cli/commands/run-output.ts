import type { CommandSpec } from "../command.ts";

/** `mfm run output RUN` */
export const runOutput: CommandSpec = {
  path: ["run", "output"],
  summary: "print the result of a run that succeeded",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  examples: [{ line: "mfm run output 3f2a > result.json", about: "as JSON, also as text" }],
  async run(call) {
    const { showOutput } = await import("../../app/runs.ts");
    const shown = await showOutput(call.place, call.argument(0));
    return { data: shown, text: () => JSON.stringify(shown.output, null, 2) };
  },
};
