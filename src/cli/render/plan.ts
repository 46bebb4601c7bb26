/** A plan as a tree: steps by the segments of their keys, each with what it runs and what it waits for. */
import { countOf } from "../../app/count.ts";
import type { PlanView, PlannedStep } from "../../app/plans.ts";
import type { Paint } from "../paint.ts";
import { renderPairs } from "./table.ts";
import { showDuration } from "./time.ts";

/** Of a folder with more children, the first are shown. */
const childrenShown = 20;
const namesShown = 4;

export function renderPlan(view: PlanView, paint: Paint): string {
  const outputs = view.outputs.map(({ name, from }): [string, string] => [name, `from ${from.length === 0 ? "constants" : shorten(from)}`]);
  return [
    `${paint("bold", view.entryPoint)}  ${countOf(view.steps.length, "step")}`,
    ...treeLines(view.steps, paint),
    "",
    paint("bold", "outputs"),
    indent(renderPairs(outputs, paint)),
    "",
    renderPairs(
      [
        ["specRef", view.specRef],
        ["configDigest", view.configDigest],
      ],
      paint,
    ),
  ].join("\n");
}

interface Node {
  readonly name: string;
  step: PlannedStep | undefined;
  readonly children: Map<string, Node>;
}

function treeLines(steps: readonly PlannedStep[], paint: Paint): string[] {
  const root: Node = { name: "", step: undefined, children: new Map() };
  for (const step of steps) {
    let at = root;
    for (const name of step.key.split("/")) {
      const next: Node = at.children.get(name) ?? { name, step: undefined, children: new Map() };
      at.children.set(name, next);
      at = next;
    }
    at.step = step;
  }
  const rows = rowsOf(root, "");
  const width = Math.max(...rows.filter(({ step }) => step !== undefined).map(({ label }) => label.length));
  return rows.map(({ label, step }) => (step === undefined ? label : `${label.padEnd(width)}  ${describeStep(step, paint)}`));
}

interface Row {
  readonly label: string;
  readonly step: PlannedStep | undefined;
}

function rowsOf(node: Node, prefix: string): Row[] {
  const children = [...node.children.values()];
  const shown = children.length > childrenShown + 1 ? children.slice(0, childrenShown) : children;
  const left = children.length - shown.length;
  const rows: Row[] = [];
  for (const [index, child] of shown.entries()) {
    const last = left === 0 && index === shown.length - 1;
    rows.push({ label: `${prefix}${last ? "└─" : "├─"} ${child.name}`, step: child.step });
    rows.push(...rowsOf(child, `${prefix}${last ? "   " : "│  "}`));
  }
  if (left > 0) rows.push({ label: `${prefix}└─ ... ${left} more (all of them with --output-format json)`, step: undefined });
  return rows;
}

function describeStep(step: PlannedStep, paint: Paint): string {
  const parts = [paint("cyan", (step.effect ?? step.kind).padEnd(6))];
  if (step.runs !== null) parts.push(step.runs);
  if (step.durationMs !== null) parts.push(showDuration(step.durationMs));
  if (step.needs.length > 0) parts.push(paint("dim", `after ${shorten(step.needs)}`));
  if (step.timeLimitMs !== null) parts.push(`time limit ${showDuration(step.timeLimitMs)}`);
  if (step.retry !== null) parts.push(describeRetry(step.retry));
  return parts.join("  ");
}

function describeRetry({ maxAttempts, firstDelayMs, maxDelayMs, factor }: NonNullable<PlannedStep["retry"]>): string {
  if (maxAttempts === 1) return "tried once";
  return `tried ${maxAttempts} times, after ${showDuration(firstDelayMs)} growing x${factor} to ${showDuration(maxDelayMs)}`;
}

function shorten(names: readonly string[]): string {
  const more = names.length - namesShown;
  return more > 0 ? `${names.slice(0, namesShown).join(", ")} and ${more} more` : names.join(", ");
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
