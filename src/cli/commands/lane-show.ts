import type { CommandSpec } from "../command.ts";

/** `mfm lane show LANE` */
export const laneShow: CommandSpec = {
  path: ["lane", "show"],
  summary: "show a lane: what is under way on it, and who waits",
  arguments: [{ name: "<lane>", about: "its name, or a part that no other has, such as an address", completes: "lane" }],
  examples: [{ line: "mfm lane show eip155:1/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", about: "an account on Ethereum" }],
  async run(call) {
    const [{ showLane }, { renderLane }] = await Promise.all([import("../../app/evm/lanes.ts"), import("../render/lane.ts")]);
    const view = await showLane(call.place, call.argument(0));
    return { data: view, text: () => renderLane(view, call.terminal.paint) };
  },
};
