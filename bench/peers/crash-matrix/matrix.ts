/** All cells of the crash matrix for some tools, and the table of them. */
import { inScratch } from "../../scratch.ts";
import { inParallel } from "../../measure.ts";
import { type Outcome, runCell } from "./cell.ts";
import { type Fault, faults, strikesAt } from "./faults.ts";
import type { Ending, Tool } from "./tool.ts";

/** Cells mostly wait. */
const width = 3;

/** Every fault at every place, for every tool, in the order of the table. */
export async function runMatrix(tools: readonly Tool[], isQuick: boolean): Promise<Outcome[]> {
  const places = isQuick ? strikesAt.slice(0, 1) : strikesAt;
  const cells = tools.flatMap((tool) =>
    (Object.keys(faults) as Fault[]).flatMap((fault) => places.map((at) => ({ tool, strike: { fault, at } }))),
  );
  const outcomes: Outcome[] = [];
  await inParallel(cells.length, width, async (index) => {
    const cell = cells[index];
    if (cell === undefined) return;
    const outcome = await inScratch((folder) => runCell(cell.tool, cell.strike, folder));
    outcomes[index] = outcome;
    process.stderr.write(`${outcome.tool}, ${faults[outcome.fault]}, transaction ${outcome.at}: ${tellOutcome(outcome)}\n`);
  });
  return outcomes;
}

/** A row for each fault, a column for each tool: how many of its cells passed. */
export function renderMatrix(outcomes: readonly Outcome[]): string {
  const tools = [...new Set(outcomes.map(({ tool }) => tool))];
  const rowOf = (name: string, among: readonly Outcome[]): string[] =>
    [name].concat(tools.map((tool) => countPassed(among.filter((outcome) => outcome.tool === tool))));
  const rows = Object.entries(faults).map(([fault, words]) =>
    rowOf(
      words,
      outcomes.filter((outcome) => outcome.fault === fault),
    ),
  );
  const table = [["fault", ...tools], ...rows, rowOf("all", outcomes)];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function countPassed(outcomes: readonly Outcome[]): string {
  return `${outcomes.filter(({ passed }) => passed).length}/${outcomes.length}`;
}

/** In one line: whether it passed, in which run, what is on the chain, and the tool's own words for why it did not go on. */
export function tellOutcome({ passed, endings, deeds }: Outcome): string {
  const { sent, created, counted, paid } = deeds;
  const chain = `${sent} transactions, ${created} contracts, count ${counted}, ${paid} wei`;
  const last = endings.at(-1);
  if (passed || last === undefined) return `passed in run ${endings.length}`;
  return `FAILED after ${endings.length} runs (${endings.map(({ kind }) => kind).join(", ")}); ${chain}; ${complaintOf(last)}`;
}

function complaintOf({ kind, said }: Ending): string {
  if (kind === "hung") return "it did not end by itself";
  const lines = said.split("\n").map((line) => line.trim());
  const telling = lines.find((line) => /IGN\d+|error|failed|nonce/i.test(line)) ?? lines.findLast((line) => line !== "") ?? "";
  return `"${telling.slice(0, 160)}"`;
}
