import type { CommandSpec } from "../command.ts";

const notReady = 3;

/** `mfm doctor` */
export const doctor: CommandSpec = {
  path: ["doctor"],
  summary: "check that this installation can work, and say what to do where it cannot",
  about: "Makes nothing. Exits 3 when something is wrong.",
  examples: [{ line: "mfm doctor", about: "Node, configuration, store and modules" }],
  async run(call) {
    const [{ diagnose }, { renderDiagnosis }] = await Promise.all([import("../../app/doctor.ts"), import("../render/diagnosis.ts")]);
    const diagnosis = await diagnose(call.place, process.version);
    return { data: diagnosis, text: () => renderDiagnosis(diagnosis, call.terminal.paint), exit: diagnosis.healthy ? 0 : notReady };
  },
};
