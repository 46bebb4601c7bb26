/** A snapshot as CSV: a record for each balance, whole numbers of the smallest unit beside decimals. */
import { csvRecord } from "../csv.ts";
import { printableToken } from "../token-text.ts";
import type { Snapshot } from "../../states/portfolio/snapshot.ts";

type Page = Snapshot["pages"][number];
type Holding = Page["holdings"][number];
type NetworkReport = Snapshot["report"]["networks"][number];

const columns = [
  "network",
  "block_number",
  "block_hash",
  "block_time",
  "account",
  "label",
  "asset",
  "contract",
  "symbol",
  "name",
  "decimals",
  "answer",
  "raw",
  "amount",
  "sources",
  "attested",
  "proven",
  "remarks",
];

/** Lines, the header first; balances of zero only where they are asked for. */
export function* snapshotCsv({ report, pages }: Snapshot, withZeros: boolean): Generator<string> {
  const quotes = quotesOf(report);
  const labels = new Map(report.lookedAt.accounts.map(({ address, label = "" }) => [address, label]));
  yield csvRecord([...columns, ...quotes.map((quote) => `value_${quote}`)]);
  for (const page of pages) {
    const network = networkFields(
      report.networks.find((entry) => entry.network === page.network),
      page.network,
    );
    for (const row of page.holdings)
      yield csvRecord([
        ...network,
        row.account,
        labels.get(row.account) ?? "",
        ...rowFields(row),
        ...quotes.map((quote) => valueOf(row, quote)),
      ]);
    if (!withZeros) continue;
    for (const { account, native, tokens } of page.zero) {
      for (const contract of native ? ["", ...tokens] : tokens)
        yield csvRecord([...network, account, labels.get(account) ?? "", ...zeroFields(contract), ...quotes.map(() => "")]);
    }
  }
}

/** In the order of the report's prices. */
export function quotesOf({ prices }: Snapshot["report"]): readonly string[] {
  return [...new Set(prices.map(({ quote }) => quote))];
}

function networkFields(found: NetworkReport | undefined, network: string): readonly string[] {
  return found?.kind === "pinned" ? [network, found.block.number.toString(), found.block.hash, found.timestamp] : [network, "", "", ""];
}

function rowFields({ asset, symbol = "", name = "", decimals, answer, amount = "", evidence, remarks }: Holding): readonly string[] {
  return [
    asset.kind,
    asset.kind === "native" ? "" : asset.address,
    printableToken(symbol),
    printableToken(name),
    decimals === undefined ? "" : String(decimals),
    answer.kind,
    answer.kind === "ok" ? answer.value.toString() : "",
    amount,
    String(evidence.sources),
    String(evidence.attested),
    String(evidence.proven),
    remarks.join(" "),
  ];
}

function zeroFields(contract: string): readonly string[] {
  return [contract === "" ? "native" : "erc20", contract, "", "", "", "zero", "0", "0", "", "", "", ""];
}

function valueOf({ values }: Holding, quote: string): string {
  return values.find((value) => value.quote === quote)?.value ?? "";
}
