/** The report as a table for people. */
import { cpus, totalmem } from "node:os";
import type { Bar, Line, Quantity } from "./line.ts";

export interface Machine {
  readonly cpus: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  const all = cpus();
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return {
    cpus: all.length,
    cpu: all[0]?.model.trim() ?? "unknown",
    memoryGiB,
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

const headings = ["measure", "value", "floor or peer", "ratio", "bar", ""];

/** With `verbose`, each line's note stands under it. */
export function renderTable(lines: readonly Line[]): string {
  const rows = [headings, ...lines.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const numeric = new Set([1, 3]);
  const shown = rows.map((row) =>
    row
      .map((cell, column) => (numeric.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const [heading = "", ...body] = shown;
  const noted = body.map((row, index) => {
    const note = lines[index]?.note;
    return typeof note === "string" ? `${row}\n    ${note}` : row;
  });
  return [heading, "-".repeat(heading.length), ...noted, ""].join("\n");
}

function cellsOf({ measure, value, reference, ratio, bar, verdict }: Line): string[] {
  return [
    measure,
    show(value),
    reference === null ? "" : `${show(reference)} ${reference.what}`,
    ratio === null ? "" : `${significant(ratio)}x`,
    bar === null ? "" : showBar(bar, value.unit),
    verdict === "info" ? "" : verdict,
  ];
}

function showBar({ on, limit, sense, words }: Bar, unit: string): string {
  const bound = `${sense} ${on === "ratio" ? `${limit}x` : show({ amount: limit, unit })}`;
  return words === undefined ? bound : `${bound} = ${words}`;
}

function show({ amount, unit }: Quantity): string {
  return `${significant(amount)} ${unit}`;
}

/** Three digits, and all of those before the point. */
function significant(amount: number): string {
  if (amount >= 100) return Math.round(amount).toLocaleString("en");
  return String(Number(amount.toPrecision(3)));
}
