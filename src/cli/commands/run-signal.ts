import type { CommandSpec } from "../command.ts";
import { actorOption, setOption } from "../options.ts";

/** `mfm run signal RUN STEP` */
export const runSignal: CommandSpec = {
  path: ["run", "signal"],
  summary: "send a value to a step that waits for one",
  about: "Without a payload the value is {}. A signal may come before its step waits for it, and comes once.",
  arguments: [
    { name: "<run>", about: "the run's id, or its first characters", completes: "run" },
    { name: "<step>", about: "the key of the signal step; `mfm run status` names those that are waited for" },
  ],
  options: [
    { flags: "-p, --payload <file>", about: "the value: a .json or .toml file, or - for JSON from standard input", completes: "file" },
    { flags: "--value <json>", about: "the value, as JSON" },
    setOption("the value"),
    { flags: "-r, --reason <text>", about: "why, as recorded", required: true },
    actorOption,
  ],
  examples: [
    { line: "mfm run signal 3f2a approve --set approved=true --reason 'checked by Ada'", about: "an object with one member" },
    { line: "mfm run signal 3f2a price --value '\"12.5\"' --reason 'from the broker'", about: "a single value" },
  ],
  async run(call) {
    const [{ signalRun }, { renderRun }] = await Promise.all([import("../../app/runs.ts"), import("../render/run.ts")]);
    const view = await signalRun(call.place, {
      run: call.argument(0),
      step: call.argument(1),
      input: call.input("payload"),
      source: call.inputSource,
      actor: call.text("actor"),
      reason: call.required("reason"),
    });
    return { data: view, text: () => renderRun(view, call.terminal.paint) };
  },
};
