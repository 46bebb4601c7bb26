import type { CommandSpec } from "../command.ts";

/** `mfm ops describe OP` */
export const opsDescribe: CommandSpec = {
  path: ["ops", "describe"],
  summary: "show what an op takes and gives",
  arguments: [{ name: "<op>", about: "the op's id, such as mfm.proof/hello@1", completes: "op" }],
  examples: [{ line: "mfm ops describe mfm.proof/hello@1", about: "its configuration, member by member" }],
  async run(call) {
    const [{ describeOp }, { renderOp }] = await Promise.all([import("../../app/ops.ts"), import("../render/ops.ts")]);
    const described = await describeOp(call.place, call.argument(0));
    return { data: { op: described.op }, text: () => renderOp(described, { folder: call.place.folder, paint: call.terminal.paint }) };
  },
};
