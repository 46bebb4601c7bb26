/** The crash matrix: what deployment tools make of a crash, an error or a loss at the moment in which a transaction is sent. */
import { type Line, lineOf } from "./line.ts";
import { forge, ignition, installDeployers } from "./peers/crash-matrix/deployers.ts";
import type { Outcome } from "./peers/crash-matrix/cell.ts";
import { faults } from "./peers/crash-matrix/faults.ts";
import { mfm } from "./peers/crash-matrix/mfm.ts";
import { orderTask } from "./peers/crash-matrix/mfm-order.ts";
import { renderMatrix, runMatrix, tellOutcome } from "./peers/crash-matrix/matrix.ts";
import type { Tool } from "./peers/crash-matrix/tool.ts";

/** Each tool's share of cells that end by themselves, with everything done exactly once. */
export async function measureCrashMatrix(isQuick: boolean): Promise<Line[]> {
  await installDeployers();
  const ours = mfm(orderTask());
  const tools = [ignition("Task"), forge(), ours];
  const outcomes = await runMatrix(tools, isQuick);
  process.stderr.write(`\n${renderMatrix(outcomes)}\n`);
  return tools.map((tool) => lineOfTool(tool, outcomes, tool === ours ? "all" : "none"));
}

/** `bar`: how many of the cells must have ended well. */
export function lineOfTool({ name, version }: Pick<Tool, "name" | "version">, outcomes: readonly Outcome[], bar: "all" | "none"): Line {
  const mine = outcomes.filter(({ tool }) => tool === name);
  const passed = mine.filter((outcome) => outcome.passed);
  return lineOf({
    benchmark: "crash-matrix",
    measure: `${name} ${version}: exactly once, without a person`,
    value: { amount: passed.length, unit: `of ${mine.length} crashes` },
    ...(bar === "none" ? {} : { bar: { on: "value", limit: mine.length, sense: "at least" } as const }),
    note: tellByFault(mine),
  });
}

/** For each fault the transactions at which the tool did not get over it, and what became of the last of them. */
function tellByFault(outcomes: readonly Outcome[]): string {
  const lines = Object.entries(faults).flatMap(([fault, words]) => {
    const failed = outcomes.filter((outcome) => outcome.fault === fault && !outcome.passed);
    const last = failed.at(-1);
    return last === undefined ? [] : [`${words}, transaction ${failed.map(({ at }) => at).join(", ")}: ${tellOutcome(last)}`];
  });
  return lines.join("\n    ");
}
