import type { CommandSpec } from "../command.ts";

const longest = 1000;

/** `mfm run list` */
export const runList: CommandSpec = {
  path: ["run", "list"],
  summary: "list runs, newest first",
  options: [
    {
      flags: "-s, --status <status>",
      about: "only runs in this status",
      choices: ["running", "waiting", "paused", "blocked", "compensating", "succeeded", "failed", "compensated", "resolved", "cancelled"],
    },
    { flags: "-e, --entry-point <op>", about: "only runs of this op", completes: "op" },
    { flags: "-n, --limit <count>", about: "at most so many; default 50" },
    { flags: "-w, --watch", about: "go on, and show each run again when it changes; with json, a document per line" },
  ],
  examples: [
    { line: "mfm run list --status paused", about: "what waits for somebody" },
    { line: "mfm --output-format json run list --watch", about: "one line of JSON per change" },
  ],
  async run(call) {
    const { terminal, format, place } = call;
    const { renderRunLine, renderRuns } = await import("../render/run.ts");
    const query = {
      status: call.text("status"),
      entryPoint: call.text("entryPoint"),
      limit: call.count("limit", { default: 50, min: 1, max: longest }),
    };
    if (call.has("watch")) {
      const { watchRuns } = await import("../../app/run-stream.ts");
      const signal = call.interrupts.listen(() => undefined);
      await watchRuns(place, query, {
        signal,
        onRun: (run) => terminal.write(`${format === "json" ? JSON.stringify(run) : renderRunLine(run, terminal.paint)}\n`),
      });
      return undefined;
    }
    const { listRuns } = await import("../../app/run-list.ts");
    const runs = await listRuns(place, query);
    return { data: { runs }, text: () => renderRuns(runs, terminal.paint) };
  },
};
