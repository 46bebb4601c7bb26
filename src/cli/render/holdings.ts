/** Holdings for people, by account and network: listed assets first, then what no list vouches for, then what is zero. */
import type { TakenSnapshot } from "../../app/portfolio/take-snapshot.ts";
import { countOf } from "../../app/count.ts";
import { printableToken } from "../../app/token-text.ts";
import { type Paint, printable } from "../paint.ts";
import { alignRight, renderTable } from "./table.ts";

export type Snapshot = NonNullable<TakenSnapshot["snapshot"]>;
type Page = Snapshot["pages"][number];
type Holding = Page["holdings"][number];
type Answer = Holding["answer"];

export interface HoldingsView {
  readonly nameOf: (network: string) => string;
  /** By network and contract. */
  readonly symbols: ReadonlyMap<string, string>;
  readonly all: boolean;
  readonly paint: Paint;
}

interface Group {
  readonly network: string;
  readonly account: string;
  readonly rows: Holding[];
  /** Contracts; null is the network's own asset. */
  readonly zeros: (string | null)[];
}

export function renderHoldings(snapshot: Snapshot, view: HoldingsView): string {
  const labels = new Map(snapshot.report.lookedAt.accounts.map(({ address, label }) => [address as string, label]));
  const quotes = [...new Set(snapshot.report.prices.map(({ quote }) => quote))];
  return groupsOf(snapshot)
    .map((group) => {
      const label = labels.get(group.account);
      const name = label === undefined ? group.account : `${printable(label)} ${group.account}`;
      return `${view.paint("bold", `${name} on ${view.nameOf(group.network)}`)}\n${renderGroup(group, quotes, view)}`;
    })
    .join("\n\n");
}

/** By account, then network, in the order in which they were asked for. */
function groupsOf({ report, pages }: Snapshot): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { address: account } of report.lookedAt.accounts)
    for (const { network } of report.networks) groups.set(`${network} ${account}`, { network, account, rows: [], zeros: [] });
  for (const { network, holdings: rows, zero } of pages) {
    for (const row of rows) groups.get(`${network} ${row.account}`)?.rows.push(row);
    for (const { account, native, tokens } of zero) {
      const zeros = groups.get(`${network} ${account}`)?.zeros;
      if (native) zeros?.push(null);
      for (const contract of tokens) zeros?.push(contract);
    }
  }
  return [...groups.values()];
}

/** A row that no source answered says nothing of its asset: many of them are one line. */
const unreadNamed = 5;

function renderGroup({ network, rows, zeros }: Group, quotes: readonly string[], view: HoldingsView): string {
  const unread = rows.filter((row) => !isRead(row));
  const shown = unread.length > unreadNamed ? rows.filter(isRead) : rows;
  const [unlisted, listed] = [shown.filter(isUnlisted), shown.filter((row) => !isUnlisted(row))];
  const parts: string[] = [];
  if (listed.length > 0) parts.push(renderRows(listed, quotes, view.paint));
  if (shown !== rows) parts.push(view.paint("red", `${countOf(unread.length, "balance")} not read: ${wordsOf(unread)}`));
  if (unlisted.length > 0)
    parts.push(
      `${view.paint("yellow", "UNVERIFIED")}: no list names these; anybody can make one under any name. Not in the totals.`,
      renderRows(unlisted, quotes, view.paint),
    );
  if (view.all && zeros.length > 0) parts.push(renderZeros(network, zeros, view));
  else if (zeros.length > 0) parts.push(view.paint("dim", `${countOf(zeros.length, "balance")} of zero (--all shows them)`));
  return parts.length === 0 ? "nothing was looked at" : parts.join("\n");
}

/** Whether the chain said anything. */
function isRead({ answer }: Holding): boolean {
  return answer.kind !== "source_failed" && answer.kind !== "not_attempted";
}

function isUnlisted({ remarks }: Holding): boolean {
  return remarks.includes("unlisted");
}

function wordsOf(rows: readonly Holding[]): string {
  return [...new Set(rows.map(({ answer }) => describeAnswer(answer)))].join(", ");
}

function renderRows(rows: readonly Holding[], quotes: readonly string[], paint: Paint): string {
  const [amountHead = "", ...amounts] = alignRight(["AMOUNT", ...rows.map(showAmount)]);
  const values = quotes.map((quote) => alignRight([printable(quote), ...rows.map((row) => showValue(row, quote))]));
  const cells = rows.map((row, index) => [
    row.symbol === undefined ? "?" : printableToken(row.symbol),
    amounts[index] ?? "",
    ...values.map((column) => column[index + 1] ?? ""),
    describeEvidence(row),
    row.asset.kind === "native" ? "" : row.asset.address,
    describeTrouble(row, paint),
  ]);
  return renderTable(["ASSET", amountHead, ...values.map(([head = ""]) => head), "EVIDENCE", "CONTRACT", ""], cells, paint);
}

function showAmount({ answer, amount }: Holding): string {
  return answer.kind === "ok" ? (amount ?? `${answer.value} raw`) : "-";
}

function showValue({ values }: Holding, quote: string): string {
  return values.find((value) => value.quote === quote)?.value ?? "-";
}

/** Why there is no number, and what a reader must know of the one that there is. */
function describeTrouble({ answer, remarks }: Holding, paint: Paint): string {
  const known = remarks.flatMap((remark) => remarkWords[remark] ?? []);
  const words = answer.kind === "ok" ? known : [describeAnswer(answer), ...known];
  return words.length === 0 ? "" : paint(answer.kind === "ok" ? "yellow" : "red", words.join("; "));
}

function renderZeros(network: string, zeros: Group["zeros"], { symbols, paint }: HoldingsView): string {
  const rows = zeros.map((contract) => {
    const symbol = contract === null ? "(own asset)" : printableToken(symbols.get(`${network} ${contract}`) ?? "?");
    return [symbol, "0", contract ?? ""];
  });
  return renderTable(["ZERO", "AMOUNT", "CONTRACT"], rows, paint);
}

/** Why there is no number. */
export function describeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case "ok":
      return answer.value.toString();
    case "no_code":
      return "no contract there";
    case "reverted":
      return answer.cause === "out_of_gas" ? "used up its gas" : "reverted";
    case "malformed":
      return `malformed answer of ${countOf(answer.size, "byte")}`;
    case "not_attempted":
      return "no call had room for it";
    case "source_failed":
      return "no source could read it";
  }
}

function describeEvidence(row: Holding): string {
  const { evidence } = row;
  if (!isRead(row)) return "";
  if (evidence.proven) return "proven";
  return evidence.attested ? "attested" : "reported";
}

/** Of those that the group of a row does not say already. */
const remarkWords: { readonly [remark: string]: string } = {
  decimals_differ_from_list: "its decimals are not those of the list: not in the totals",
  symbol_differs_from_list: "its symbol is not that of the list: not in the totals",
  decimals_unusable: "its decimals cannot be used",
  decimals_unreadable: "its decimals could not be read",
  symbol_unreadable: "its symbol could not be read",
  symbol_suspicious: "its name or symbol holds look-alike or hidden characters, or a web address",
  implausible_amount: "no honest supply is that large",
};
