/** Tables without lines: aligned columns that can be cut and pasted. */
import Table from "cli-table3";
import type { Paint } from "../paint.ts";

const none = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
};
const inner = { left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  " };

function render(rows: readonly (readonly string[])[]): string {
  const table = new Table({
    chars: { ...none, ...inner },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

export function renderTable(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  return render([head.map((name) => paint("bold", name)), ...rows]);
}

/** Names and values, a pair a line. */
export function renderPairs(pairs: readonly (readonly [string, string])[], paint: Paint): string {
  return render(pairs.map(([name, value]) => [paint("dim", name), value]));
}

/** Texts of one column with the same end. */
export function alignRight(texts: readonly string[]): readonly string[] {
  const width = texts.reduce((longest, { length }) => Math.max(longest, length), 0);
  return texts.map((text) => text.padStart(width));
}
