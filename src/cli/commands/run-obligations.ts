import type { CommandSpec } from "../command.ts";

/** `mfm run obligations RUN` */
export const runObligations: CommandSpec = {
  path: ["run", "obligations"],
  summary: "show what people have to decide about a run that stands still",
  about:
    "Each effect that took effect and is not undone, and each of which nobody can say what happened, with the evidence that is recorded; and who decides. Before that, each that was sent and is stuck at its fee ceiling, which keeps the run from its end.",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  examples: [{ line: "mfm run obligations 3f2a", about: "before `mfm run resolve`" }],
  async run(call) {
    const [{ showObligations }, { renderObligations }] = await Promise.all([
      import("../../app/resolutions.ts"),
      import("../render/obligations.ts"),
    ]);
    const view = await showObligations(call.place, call.argument(0));
    return { data: view, text: () => renderObligations(view, call.terminal.paint) };
  },
};
