import type { CommandSpec } from "../command.ts";

/** `mfm store copy FROM TO` */
export const storeCopy: CommandSpec = {
  path: ["store", "copy"],
  summary: "copy a whole store to another database: SQLite to PostgreSQL and back",
  about:
    "Every run keeps its id, history and artifacts; what was read and what was written is checked. Nobody may drive runs meanwhile, and only one of the two may be used afterwards. A copy that was interrupted is not whole, and looks as if it were: repeat it to go on, before anybody uses it.",
  arguments: [
    { name: "<from>", about: "the URL of the store to copy" },
    { name: "<to>", about: "the URL of a place that holds no store, or an earlier copy of this one" },
  ],
  examples: [
    {
      line: "mfm store copy sqlite:./mfm.db postgres://mfm_owner@db.internal/treasury",
      about: "then mfm store migrate --grant for the workers' role",
    },
  ],
  async run(call) {
    const [{ copyStore }, { countOf }] = await Promise.all([import("../../app/store-copy.ts"), import("../../app/count.ts")]);
    const signal = call.interrupts.listen((name) => {
      if (call.format === "text") call.terminal.note(`${name}: stopping after this run (once more ends at once)`);
    });
    try {
      const report = await copyStore(call.place, { from: call.argument(0), to: call.argument(1), signal });
      const { from, to, runs, events, artifacts, known } = report;
      const before = known === 0 ? "" : ` (${known} of the runs were there)`;
      return {
        data: report,
        text: () =>
          `${from} was copied to ${to}: ${countOf(runs, "run")}, ${countOf(events, "event")} and ${countOf(artifacts, "artifact")}${before}`,
      };
    } finally {
      call.interrupts.stop();
    }
  },
};
