import type { CommandSpec } from "../command.ts";

/** `mfm store sweep` */
export const storeSweep: CommandSpec = {
  path: ["store", "sweep"],
  summary: "compute again what the store keeps beside its histories, and put right what differs",
  about:
    "Rows of runs, effects and lanes, and who is to be woken, follow from the histories. mfm store check says where they do not; this writes them anew. Nothing in a history changes. Lanes are looked at only while nobody drives runs.",
  examples: [{ line: "mfm store sweep", about: "after mfm store check found rows that are not what the streams say" }],
  async run(call) {
    const [{ sweepStore }, { countOf }] = await Promise.all([import("../../app/store-care.ts"), import("../../app/count.ts")]);
    const swept = await sweepStore(call.place);
    const { url, runs, lanes, found, repaired } = swept;
    const looked = `${countOf(runs, "run")} and ${countOf(lanes, "lane")} in ${url}`;
    const lines = found.map(({ where, what }) => `\n  ${where}: ${what}`).join("");
    return {
      data: swept,
      text: () => (found.length === 0 ? `nothing to put right: ${looked}` : `${repaired} put right: ${looked}${lines}`),
    };
  },
};
