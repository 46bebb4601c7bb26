/** Signing policies for people. */
import type { PolicyTrial, PolicyView } from "../../app/keystore/policies.ts";
import { type Paint, printable } from "../paint.ts";
import { renderPairs } from "./table.ts";

export function renderPolicy({ entry, policy, digest }: PolicyView, paint: Paint): string {
  const rows: [string, string][] = [
    ["entry", printable(entry.label)],
    ["address", entry.address],
    ["policy", digest ?? "none: it signs only where somebody agrees"],
  ];
  const pairs = renderPairs(rows, paint);
  return policy === null ? pairs : `${pairs}\n${printable(JSON.stringify(policy, null, 2))}`;
}

export function renderTrial({ allowed, refusals }: PolicyTrial, paint: Paint): string {
  const lines = refusals.map(({ rule, reason }) => `  ${printable(rule)}: ${printable(reason)}`);
  return [allowed ? paint("green", "allowed") : paint("red", "refused"), ...lines].join("\n");
}
