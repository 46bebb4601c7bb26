import type { CommandSpec } from "../command.ts";

/** `mfm run status RUN` */
export const runStatus: CommandSpec = {
  path: ["run", "status"],
  summary: "show where a run stands and what it waits for",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  examples: [{ line: "mfm run status 3f2a", about: "from the run's verified history" }],
  async run(call) {
    const [{ showRun }, { renderRun }] = await Promise.all([import("../../app/runs.ts"), import("../render/run.ts")]);
    const view = await showRun(call.place, call.argument(0));
    return { data: view, text: () => renderRun(view, call.terminal.paint) };
  },
};
