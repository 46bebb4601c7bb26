/** The crash matrix: what deployment tools make of a crash, an error or a loss at the moment in which a transaction is sent. */
import { type Line, lineOf } from "./line.ts";
import { forge, ignition, installDeployers } from "./peers/crash-matrix/deployers.ts";
import { faults } from "./peers/crash-matrix/faults.ts";
import { renderMatrix, runMatrix, tellOutcome } from "./peers/crash-matrix/matrix.ts";

/** Each tool's share of cells that end by themselves, with everything done exactly once. */
export async function measureCrashMatrix(isQuick: boolean): Promise<Line[]> {
  await installDeployers();
  const tools = [ignition("Task"), forge()];
  const outcomes = await runMatrix(tools, isQuick);
  process.stderr.write(`\n${renderMatrix(outcomes)}\n`);
  return tools.map(({ name, version }) => {
    const mine = outcomes.filter(({ tool }) => tool === name);
    const failed = mine.filter(({ passed }) => !passed);
    return lineOf({
      benchmark: "crash-matrix",
      measure: `${name} ${version}: exactly once, without a person`,
      value: { amount: mine.length - failed.length, unit: `of ${mine.length} crashes` },
      note: failed.map((outcome) => `${faults[outcome.fault]}, transaction ${outcome.at}: ${tellOutcome(outcome)}`).join("\n    "),
    });
  });
}
