/** Ops for people. */
import type { DescribedOp, OpSummary } from "../../app/ops.ts";
import { type Paint, printable } from "../paint.ts";
import { showPath } from "./path.ts";
import { renderPairs, renderTable } from "./table.ts";

/** How ops are shown: modules as paths from the working folder. */
export interface OpsView {
  readonly folder: string;
  readonly paint: Paint;
}

export function renderOps(ops: readonly OpSummary[], { folder, paint }: OpsView): string {
  const rows = ops.map(({ id, description, module }) => [id, printable(description), originOf(module, folder)]);
  return renderTable(["OP", "WHAT IT DOES", "FROM"], rows, paint);
}

export function renderOp({ op, fields, outputs }: DescribedOp, { folder, paint }: OpsView): string {
  const about: [string, string][] = [
    ["op", op.id],
    ...(op.description === "" ? [] : [["does", printable(op.description)] as [string, string]]),
    ["from", originOf(op.module, folder)],
  ];
  const sections = [renderPairs(about, paint), `${paint("bold", "configuration")}\n${renderFields(fields, "it takes none")}`];
  sections.push(`${paint("bold", "output")}\n${renderFields(outputs, `as its plan says: mfm plan ${op.id}`)}`);
  return sections.join("\n\n");
}

function originOf(module: string | null, folder: string): string {
  return module === null ? "in the box" : printable(showPath(module, folder));
}

function renderFields(fields: DescribedOp["outputs"], otherwise: string): string {
  if (fields === null || fields.length === 0) return `  ${otherwise}`;
  const width = Math.max(...fields.map(({ name }) => name.length));
  return fields.map(({ name, expected }) => `  ${name.padEnd(width)}  ${expected}`).join("\n");
}
