/** A portfolio snapshot for people: where it was read, what is held, what it is worth, and what a reader must know before trusting it. */
import { countOf } from "../../app/count.ts";
import type { TakenSnapshot } from "../../app/portfolio/take-snapshot.ts";
import { type Paint, printable } from "../paint.ts";
import { type HoldingsView, type Snapshot, renderHoldings } from "./holdings.ts";
import { shortId } from "./run.ts";
import { renderPairs, renderTable } from "./table.ts";
import { showInstant } from "./time.ts";

type Report = Snapshot["report"];
type NetworkReport = Report["networks"][number];

export interface SnapshotView {
  readonly snapshot: Snapshot;
  readonly run: TakenSnapshot["run"];
  /** What networks are called here, by their ids. */
  readonly names: ReadonlyMap<string, string>;
  /** What lists call tokens that hold nothing, by network and contract: the chain was not asked for their names. */
  readonly symbols: ReadonlyMap<string, string>;
  /** Zeros too. */
  readonly all: boolean;
  /** What was said of the file that the snapshot went to. */
  readonly csv: string | undefined;
  readonly paint: Paint;
}

export function renderSnapshot({ snapshot, run, names, symbols, all, csv, paint }: SnapshotView): string {
  const { report } = snapshot;
  const view: HoldingsView = {
    nameOf: (network) => printable(names.get(network) ?? network),
    symbols,
    all,
    paint,
  };
  const { runId, outputs } = run;
  const id = shortId(runId);
  const pairs: [string, string][] = [["run", runId]];
  if (outputs !== null) pairs.push(["output", outputs.digest]);
  if (csv !== undefined) pairs.push(["csv", csv]);
  pairs.push(["verify", `mfm run replay ${id}`], ["for others", `mfm run export ${id} --out snapshot.ndjson`]);
  const parts = [
    renderNetworks(report.networks, view),
    renderHoldings(snapshot, view),
    renderTotals(report, paint),
    warningsOf(report, view)
      .map((warning) => `${paint("yellow", "warning:")} ${warning}`)
      .join("\n"),
    renderPairs(pairs, paint),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function renderNetworks(networks: readonly NetworkReport[], { nameOf, paint }: HoldingsView): string {
  const rows = networks.map((network) => {
    const place = [nameOf(network.network), network.network.slice("eip155:".length)];
    if (network.kind === "source_failed") return [...place, paint("red", "no source could be read"), "", "", "", ""];
    const { block, timestamp, header, sources } = network;
    return [...place, block.number.toString(), block.hash, showInstant(timestamp), header, String(sources)];
  });
  return renderTable(["NETWORK", "CHAIN", "BLOCK", "HASH", "TIME (UTC)", "HEADER", "SOURCES"], rows, paint);
}

function renderTotals(report: Report, paint: Paint): string {
  const rows = report.totals.map(({ quote, value }): [string, string] => {
    const isWhole = report.complete && report.unvaluedOmitted === 0 && !report.unvalued.some((entry) => entry.quote === quote);
    return [printable(quote), isWhole ? value : `at least ${value}`];
  });
  return rows.length === 0 ? "" : `${paint("bold", "TOTAL")}\n${renderPairs(rows, paint)}`;
}

const unusable: { readonly [why: string]: string } = {
  stale: "the feed's last answer is too old",
  not_positive: "the feed's answer is not above zero",
  incomplete_round: "the feed's round is not complete",
  future: "the feed's answer is from after the block",
  no_code: "no contract stands at the feed's address",
  reverted: "the feed reverted",
  malformed: "the feed's answer is malformed",
  source_failed: "no source could read the feed",
};

/** What a reader must know before the numbers are used. */
function warningsOf(report: Report, { nameOf }: HoldingsView): readonly string[] {
  const warnings: string[] = [];
  if (!report.complete) warnings.push("this snapshot is not complete: totals are lower bounds");
  for (const network of report.networks) {
    const name = nameOf(network.network);
    if (network.missing > 0) warnings.push(`${name}: ${countOf(network.missing, "balance")} could not be read`);
    if (network.kind === "pinned" && network.header === "reported")
      warnings.push(
        `${name}: the block's hash is as reported; it could not be computed from its header, so nothing can be proven against it`,
      );
  }
  for (const price of report.prices) {
    if (price.kind === "unusable")
      warnings.push(`no price of ${printable(`${price.symbol} in ${price.quote}`)}: ${unusable[price.why] ?? price.why}`);
  }
  for (const [quote, count] of unvaluedByQuote(report))
    warnings.push(`${countOf(count, "listed asset")} without a price in ${printable(quote)}: not in the total`);
  return warnings;
}

function unvaluedByQuote({ unvalued, unvaluedOmitted }: Report): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { quote } of unvalued) counts.set(quote, (counts.get(quote) ?? 0) + 1);
  if (unvaluedOmitted > 0) counts.set("some quotes", unvaluedOmitted);
  return counts;
}
