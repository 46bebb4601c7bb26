import type { CommandSpec } from "../command.ts";

/** `mfm worker list` */
export const workerList: CommandSpec = {
  path: ["worker", "list"],
  summary: "show who drives runs now: workers, and commands in the foreground",
  about: "Made from the leases in the store. A worker that has nothing to drive holds none, and is not shown.",
  examples: [{ line: "mfm worker list", about: "name (host, process, a random part), runs, and when their leases end" }],
  async run(call) {
    const [{ listDrivers }, { renderTable }, { showInstant }] = await Promise.all([
      import("../../app/workers.ts"),
      import("../render/table.ts"),
      import("../render/time.ts"),
    ]);
    const drivers = await listDrivers(call.place);
    const rows = drivers.map(({ owner, runs, until }) => [owner, String(runs), showInstant(until)]);
    return {
      data: { drivers },
      text: () =>
        rows.length === 0 ? "nobody drives a run" : renderTable(["NAME", "RUNS", "LEASED UNTIL (UTC)"], rows, call.terminal.paint),
    };
  },
};
