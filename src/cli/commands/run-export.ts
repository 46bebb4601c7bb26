import type { CommandSpec } from "../command.ts";
import { printable } from "../paint.ts";

/** `mfm run export RUN` */
export const runExport: CommandSpec = {
  path: ["run", "export"],
  summary: "write a run as a bundle that anyone can verify offline",
  about:
    "A bundle is lines of JSON; without --out it goes to stdout as it is, in either output format. A file is made new, readable by you only.",
  arguments: [{ name: "<run>", about: "the run's id, or its first characters", completes: "run" }],
  options: [{ flags: "-o, --out <file>", about: "the file to make; it must not exist", completes: "file" }],
  examples: [
    { line: "mfm run export 3f2a --out run.ndjson", about: "prints the head, which `mfm verify --head` checks" },
    { line: "mfm run export 3f2a | mfm verify -", about: "straight to a verifier" },
  ],
  async run(call) {
    const { exportTo, exportToFile } = await import("../../app/export-run.ts");
    const out = call.text("out");
    if (out === undefined) {
      await exportTo(call.place, call.argument(0), (line) => call.terminal.write(line));
      return undefined;
    }
    const [{ renderPairs }, { showPath }, { countOf }] = await Promise.all([
      import("../render/table.ts"),
      import("../render/path.ts"),
      import("../../app/count.ts"),
    ]);
    const made = await exportToFile(call.place, call.argument(0), out);
    const rows: [string, string][] = [
      ["run", made.runId],
      ["file", `${printable(showPath(made.file, call.place.folder))} (${countOf(made.bytes, "byte")})`],
      ["holds", `${countOf(made.counts.events, "event")}, ${countOf(made.counts.artifacts, "artifact")}`],
      ["head", made.head.digest],
    ];
    return { data: made, text: () => renderPairs(rows, call.terminal.paint) };
  },
};
