import type { CommandSpec } from "../command.ts";
import { configOptions } from "../options.ts";

/** `mfm plan ENTRY_POINT` */
export const plan: CommandSpec = {
  path: ["plan"],
  summary: "show what a run would do; starts nothing and opens no store",
  about:
    "The plan is certified as for a start. The specRef is the content address of everything that decides what the run does: the same op with the same configuration always has the same.",
  arguments: [{ name: "<entry-point>", about: "the op to plan", completes: "op" }],
  options: configOptions,
  examples: [
    { line: "mfm plan mfm.proof/hello@1 --set names.0=Ada", about: "the steps, what each waits for, and the outputs" },
    { line: "mfm --output-format json plan mfm.proof/hello@1", about: "the whole spec as data" },
  ],
  async run(call) {
    const [{ planRun }, { renderPlan }] = await Promise.all([import("../../app/plans.ts"), import("../render/plan.ts")]);
    const view = await planRun(call.place, { entryPoint: call.argument(0), input: call.input("config"), source: call.inputSource });
    return { data: view, text: () => renderPlan(view, call.terminal.paint) };
  },
};
