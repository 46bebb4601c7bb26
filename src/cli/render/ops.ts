/** Ops for people. */
import type { DescribedOp, OpSummary } from "../../app/ops.ts";
import { type Paint, printable } from "../paint.ts";
import { renderPairs, renderTable } from "./table.ts";

export function renderOps(ops: readonly OpSummary[], paint: Paint): string {
  const rows = ops.map(({ id, description, module }) => [id, printable(description), module ?? "in the box"]);
  return renderTable(["OP", "WHAT IT DOES", "FROM"], rows, paint);
}

export function renderOp({ op, fields, outputs }: DescribedOp, paint: Paint): string {
  const about: [string, string][] = [
    ["op", op.id],
    ...(op.description === "" ? [] : [["does", printable(op.description)] as [string, string]]),
    ["from", op.module ?? "in the box"],
  ];
  const sections = [renderPairs(about, paint), `${paint("bold", "configuration")}\n${renderFields(fields, "it takes none")}`];
  sections.push(`${paint("bold", "output")}\n${renderFields(outputs, `as its plan says: mfm plan ${op.id}`)}`);
  return sections.join("\n\n");
}

function renderFields(fields: DescribedOp["outputs"], otherwise: string): string {
  if (fields === null || fields.length === 0) return `  ${otherwise}`;
  const width = Math.max(...fields.map(({ name }) => name.length));
  return fields.map(({ name, expected }) => `  ${name.padEnd(width)}  ${expected}`).join("\n");
}
