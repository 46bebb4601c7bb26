import type { CommandSpec } from "../command.ts";
import { actorOption } from "../options.ts";

/** `mfm run cancel RUN` */
export const runCancel: CommandSpec = {
  path: ["run", "cancel"],
  summary: "end a run for good, and its child runs",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  options: [{ flags: "-r, --reason <text>", about: "why, as recorded", required: true }, actorOption],
  examples: [{ line: "mfm run cancel 3f2a --reason 'wrong account'", about: "who and why stay in its history" }],
  async run(call) {
    const [{ cancelRun }, { renderRun }] = await Promise.all([import("../../app/runs.ts"), import("../render/run.ts")]);
    const view = await cancelRun(call.place, { run: call.argument(0), actor: call.text("actor"), reason: call.required("reason") });
    return { data: view, text: () => renderRun(view, call.terminal.paint) };
  },
};
