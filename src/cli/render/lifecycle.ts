/** A lifecycle that ran: where its contracts are, which calls were made, and what was found of what must be true. */
import type { LifecycleFindings } from "../../app/contracts/lifecycle-findings.ts";
import { type Paint, printable } from "../paint.ts";
import { renderTable } from "./table.ts";

export function renderLifecycle({ deployments, calls, assertions }: LifecycleFindings, paint: Paint): string {
  const did = ({ kind }: { readonly kind: "sent" | "skipped" }): string => (kind === "sent" ? "sent" : "there already");
  const failed = assertions.filter(({ result }) => result.kind === "failed");
  const parts = [
    deployments.length === 0
      ? ""
      : renderTable(
          ["CONTRACT", "ADDRESS", "DEPLOYMENT"],
          deployments.map(({ name, address, outcome }) => [printable(name), address, did(outcome)]),
          paint,
        ),
    calls.length === 0
      ? ""
      : renderTable(
          ["CALL", "DONE"],
          calls.map(({ name, outcome, undone }) => [printable(name), undone ? `${did(outcome)}, and undone` : did(outcome)]),
          paint,
        ),
    assertions.length === 0
      ? ""
      : renderTable(
          ["ASSERTION", "IS", "EVIDENCE"],
          assertions.map(({ name, result }) => [printable(name), result.kind === "held" ? "so" : paint("red", "not so"), result.evidence]),
          paint,
        ),
    ...failed.map(
      ({ name, result: { subject, expected, found } }) =>
        `${paint("red", printable(name))}  ${printable(subject)}\n  expected  ${printable(expected)}\n  found     ${printable(found)}`,
    ),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}
