/** What a verification found, for people. */
import { countOf } from "../../app/count.ts";
import type { Report } from "../../app/verification.ts";
import { type Paint, paintStatus } from "../paint.ts";
import { renderPairs } from "./table.ts";

export function renderReport(report: Report, paint: Paint): string {
  const { run, head, counts, unknown, children } = report;
  const pairs: [string, string][] = [
    ["result", report.result === "verified" ? paint("green", "verified") : paint("yellow", "consistent")],
    ["run", run.runId],
    ["entry point", run.entryPoint],
    ["status", `${paintStatus(paint, run.status)}, ${run.steps.done} of ${run.steps.total} steps done`],
    ["head", `${head.digest} (seq ${head.seq})`],
    [
      "checked",
      `${countOf(counts.events, "event")}, ${countOf(counts.artifacts, "artifact")}, ${countOf(counts.facts, "fact")}; ${countOf(counts.recomputed, "step")} recomputed`,
    ],
  ];
  if (run.outputs !== null) pairs.push(["output", run.outputs.digest]);
  for (const id of unknown) pairs.push(["code missing", id]);
  if (report.descendants === null) {
    for (const { runId, head: taken, step } of children) {
      pairs.push([
        "child",
        `${runId}${taken === null ? ", not ended" : `, head ${taken.digest}`} (step ${step}): a history of its own, not read here`,
      ]);
    }
  } else if (report.descendants > 0) pairs.push(["children", `${countOf(report.descendants, "child run")} verified too`]);
  return renderPairs(pairs, paint);
}
