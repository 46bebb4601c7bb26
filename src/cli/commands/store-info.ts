import type { CommandSpec } from "../command.ts";

/** `mfm store info` */
export const storeInfo: CommandSpec = {
  path: ["store", "info"],
  summary: "show which store is used and what is in it",
  examples: [{ line: "mfm store info", about: "its place, size and counts" }],
  async run(call) {
    const [{ describeStore }, { renderPairs }] = await Promise.all([import("../../app/store-care.ts"), import("../render/table.ts")]);
    const info = await describeStore(call.place);
    const rows: [string, string][] = [
      ["store", info.url],
      ["named by", info.source === "default" ? "nothing: it is the default" : `the ${info.source}`],
      ["scope", info.scope],
      ["schema", String(info.schema)],
      ["runs", String(info.runs)],
      ["events", String(info.events)],
      ["artifacts", String(info.artifacts)],
      ["bytes", String(info.bytes)],
    ];
    return { data: info, text: () => renderPairs(rows, call.terminal.paint) };
  },
};
