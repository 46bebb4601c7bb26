/** What changed between two snapshots, for people. */
import { countOf } from "../../app/count.ts";
import type { RunsDiff } from "../../app/portfolio/diff-runs.ts";
import { printableToken } from "../../app/token-text.ts";
import { type Paint, printable } from "../paint.ts";
import { shortId } from "./run.ts";
import { alignRight, renderTable } from "./table.ts";
import { showInstant } from "./time.ts";

type Change = RunsDiff["changes"][number];
type Side = Change["before"];
type Kind = Change["kind"];

const kindWords: { readonly [kind in Kind]: string } = {
  changed: "changed",
  new: "new",
  gone: "gone",
  not_looked_at: "was not looked at",
  unknown: "unknown",
  unchanged: "unchanged",
  unknown_in_both: "unknown in both",
};

/** Shown only where everything is. */
const quiet: readonly Kind[] = ["unchanged", "unknown_in_both"];

export function renderDiff(diff: RunsDiff, all: boolean, paint: Paint): string {
  const shown = diff.changes.filter(({ kind }) => all || !quiet.includes(kind));
  const parts = [renderBlocks(diff, paint), shown.length === 0 ? "nothing changed" : renderChanges(shown, paint), countsOf(diff)];
  for (const { runId, complete } of [diff.before, diff.after])
    if (!complete) parts.push(`${paint("yellow", "warning:")} ${shortId(runId)} is not complete: what it could not read is unknown`);
  return parts.join("\n\n");
}

function renderBlocks({ networks, before, after }: RunsDiff, paint: Paint): string {
  const rows = networks.map((network) => [network.network, showBlock(network.before), showBlock(network.after)]);
  return renderTable(["NETWORK", `BEFORE ${shortId(before.runId)}`, `AFTER ${shortId(after.runId)}`], rows, paint);
}

function showBlock(block: RunsDiff["networks"][number]["before"]): string {
  return block === null ? "not read" : `block ${block.number} of ${showInstant(block.timestamp)} UTC`;
}

function renderChanges(changes: readonly Change[], paint: Paint): string {
  const quotes = [...new Set(changes.flatMap(({ values }) => values.map(({ quote }) => quote)))];
  const columns = [
    alignRight(["BEFORE", ...changes.map(({ before }) => showSide(before))]),
    alignRight(["AFTER", ...changes.map(({ after }) => showSide(after))]),
    alignRight(["CHANGE", ...changes.map(showDelta)]),
    ...quotes.map((quote) => alignRight([`IN ${printable(quote)}`, ...changes.map((change) => showValueDelta(change, quote))])),
  ];
  const rows = changes.map((change, index) => [
    change.label === null ? change.account : printable(change.label),
    change.network,
    change.symbol === null ? "?" : printableToken(change.symbol),
    paintKind(change.kind, paint),
    ...columns.map((column) => column[index + 1] ?? ""),
    change.contract ?? "",
  ]);
  const heads = ["ACCOUNT", "NETWORK", "ASSET", "", ...columns.map(([head = ""]) => head), "CONTRACT"];
  return renderTable(heads, rows, paint);
}

function paintKind(kind: Kind, paint: Paint): string {
  if (kind === "new") return paint("green", kindWords[kind]);
  if (kind === "gone") return paint("red", kindWords[kind]);
  return kind === "changed" ? kindWords[kind] : paint("yellow", kindWords[kind]);
}

function showSide(side: Side): string {
  switch (side.kind) {
    case "not_looked_at":
      return "-";
    case "no_number":
      return side.answer.replaceAll("_", " ");
    case "number":
      return side.amount ?? `${side.raw} raw`;
  }
}

function showDelta({ delta }: Change): string {
  if (delta === null) return "";
  return delta.amount === null ? `${signed(delta.raw)} raw` : signed(delta.amount);
}

function showValueDelta({ values }: Change, quote: string): string {
  return signed(values.find((value) => value.quote === quote)?.delta);
}

function signed(decimal: string | undefined): string {
  if (decimal === undefined) return "";
  return decimal === "0" || decimal.startsWith("-") ? decimal : `+${decimal}`;
}

function countsOf({ counts }: RunsDiff): string {
  const words = (Object.keys(kindWords) as Kind[]).flatMap((kind) => (counts[kind] > 0 ? [`${counts[kind]} ${kindWords[kind]}`] : []));
  return words.length === 0 ? countOf(0, "row") : words.join(", ");
}
