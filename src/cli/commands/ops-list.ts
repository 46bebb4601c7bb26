import type { CommandSpec } from "../command.ts";

/** `mfm ops list` */
export const opsList: CommandSpec = {
  path: ["ops", "list"],
  summary: "list the ops that can be run",
  examples: [{ line: "mfm ops list", about: "those in the box, and those of the modules that mfm.toml names" }],
  async run(call) {
    const [{ listOps }, { renderOps }] = await Promise.all([import("../../app/ops.ts"), import("../render/ops.ts")]);
    const ops = await listOps(call.place);
    return { data: { ops }, text: () => renderOps(ops, { folder: call.place.folder, paint: call.terminal.paint }) };
  },
};
