import type { CommandSpec } from "../command.ts";

/** `mfm lane list` */
export const laneList: CommandSpec = {
  path: ["lane", "list"],
  summary: "list lanes: what is exclusive, such as an account's nonces, and how many wait for it",
  examples: [{ line: "mfm lane list", about: "an EVM account's lane is its network and address" }],
  async run(call) {
    const [{ listLanes }, { renderLanes }] = await Promise.all([import("../../app/evm/lanes.ts"), import("../render/lane.ts")]);
    const lanes = await listLanes(call.place);
    return { data: { lanes }, text: () => renderLanes(lanes, call.terminal.paint) };
  },
};
