/** Runs for people: one in full, many in a table, one in a line. */
import type { RunView } from "../../app/runs.ts";
import { hintOf } from "../../app/failure.ts";
import { type Paint, paintStatus, printable } from "../paint.ts";
import { renderPairs, renderTable } from "./table.ts";
import { showInstant, showSeconds } from "./time.ts";

type Run = RunView["run"];
type Wait = Run["waitingFor"][number];

/** Enough of an id to find the run again among millions. */
export function shortId(runId: string): string {
  return runId.slice(0, "run:".length + 12);
}

export function renderRuns(runs: readonly Run[], paint: Paint): string {
  if (runs.length === 0) return "no runs";
  const rows = runs.map((run) => [
    shortId(run.runId),
    run.entryPoint,
    paintStatus(paint, run.status),
    stepsOf(run),
    showInstant(run.startedAt),
    printable(remarkOf(run)),
  ]);
  return renderTable(["RUN", "ENTRY POINT", "STATUS", "STEPS", "STARTED (UTC)", ""], rows, paint);
}

export function renderRunLine(run: Run, paint: Paint): string {
  const remark = remarkOf(run);
  return `${showInstant(run.updatedAt)}  ${shortId(run.runId)}  ${run.entryPoint}  ${paintStatus(paint, run.status)}  ${stepsOf(run)}${remark === "" ? "" : `  ${printable(remark)}`}`;
}

function stepsOf({ steps }: Run): string {
  return `${steps.done}/${steps.total}`;
}

function remarkOf(run: Run): string {
  if (run.failure !== null) return `${run.failure.code} in ${run.failure.step}`;
  return run.waitingFor.map((wait) => nameWait(wait)).join(", ");
}

export function renderRun({ run, driver, causes, ending }: RunView, paint: Paint): string {
  const pairs: [string, string][] = [
    ["run", run.runId],
    ["entry point", run.entryPoint],
    ["status", paintStatus(paint, run.status)],
    ["steps", `${run.steps.done} of ${run.steps.total} done`],
    ["started", `${showInstant(run.startedAt)} UTC`],
    ["updated", `${showInstant(run.updatedAt)} UTC`],
    ["head", `${run.head.digest} (seq ${run.head.seq})`],
  ];
  if (run.failure !== null)
    pairs.push(["failed", `${run.failure.code} in step ${run.failure.step}`], ["look at", `mfm run events ${shortId(run.runId)}`]);
  for (const { runId, step, code } of causes)
    pairs.push(["because", printable(`${code} in step ${step}${runId === run.runId ? "" : ` of child ${shortId(runId)}`}`)]);
  const code = causes.at(-1)?.code ?? run.failure?.code;
  const hint = code === undefined ? undefined : hintOf(code, run.runId);
  if (hint !== undefined) pairs.push(["hint", printable(hint)]);
  if (ending !== null) pairs.push(["cancelled", printable(`by ${ending.actor}: ${ending.reason}`)]);
  for (const wait of run.waitingFor) pairs.push(["waits for", printable(describeWait(wait, run.runId))]);
  const isStuck = run.status === "blocked" && run.waitingFor.some(({ kind }) => kind === "effect");
  if (isStuck) pairs.push(["next", `mfm run obligations ${shortId(run.runId)}`]);
  if (run.outputs !== null) pairs.push(["output", `${run.outputs.digest} (mfm run output ${shortId(run.runId)})`]);
  if (driver !== null) pairs.push(["driven by", printable(`${driver.owner}, lease until ${showInstant(driver.until)} UTC`)]);
  else if (run.status === "running" || run.status === "waiting" || isStuck)
    pairs.push(["driven by", `nobody now: a worker, or mfm run resume ${shortId(run.runId)}`]);
  return renderPairs(pairs, paint);
}

function nameWait(wait: Wait): string {
  return wait.kind === "resume" ? wait.code : `${wait.kind} ${wait.step}`;
}

/** What is waited for, and what a person can do about it. */
export function describeWait(wait: Wait, runId: string): string {
  const id = shortId(runId);
  switch (wait.kind) {
    case "timer":
      return `timer ${wait.step} until ${showInstant(wait.until)} UTC`;
    case "retry":
      return `retry of ${wait.step} at ${showInstant(wait.until)} UTC (${wait.code})`;
    case "signal":
      return `signal ${wait.step}: mfm run signal ${id} ${wait.step} --value JSON --reason WHY`;
    case "child":
      return `child ${wait.step}: mfm run status ${shortId(wait.runId)}`;
    case "effect":
      return `effect ${wait.step}: ${describeSight(wait)}`;
    case "lane":
      return `its turn for ${wait.step} in the lane ${wait.lane}: mfm lane show ${wait.lane}`;
    case "approval":
      return `${wait.need - wait.have} of ${wait.need} people to agree to ${wait.step}: mfm run approve ${id} --step ${wait.step}`;
    case "resolution":
      return `people to decide about ${wait.step} (${wait.obligation}): mfm run obligations ${id}`;
    case "resume":
      return `somebody to resume it (${wait.code}${wait.step === undefined ? "" : ` in ${wait.step}`}): mfm run resume ${id}`;
  }
}

function describeSight({ seen, why }: Extract<Wait, { kind: "effect" }>): string {
  switch (seen) {
    case null:
      return "recorded as sent, no answer seen yet";
    case "unknown":
      return "sent, and its answer was lost: it is looked up";
    case "notFound":
      return "sent, and not known there: it is sent again as it is";
    case "accepted":
      return "accepted, and not carried out yet";
    case "included":
      return "carried out, and not final yet";
    case "stuck":
      return `accepted, and it does not get on (${why ?? ""})`;
  }
}

/** The last line of a drive. */
export function renderEnd(run: Run, { seconds, paint }: { readonly seconds: number; readonly paint: Paint }): string {
  return `${paintStatus(paint, run.status)}: ${run.steps.done}/${run.steps.total} steps in ${showSeconds(seconds)}`;
}
