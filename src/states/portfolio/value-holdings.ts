/**
 * Makes holdings of one page of readings: amounts by the decimals that the chain gave, values by the prices of this run, and what a reader
 * must know of each row. A token is valued only where a list names it and says the same of it as the chain does.
 */
import * as z from "zod";
import { networkId } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import { pinned } from "../evm/pinned.ts";
import { add, fromUnits, multiply } from "./decimals.ts";
import { type Answer, type Proofs, type PublicAnswer, type Reading, type Readings, proofs, readings, token } from "./readings.ts";
import { cutText, isSuspicious } from "./shown-text.ts";
import { type Holding, type PageSummary, type Priced, type Remark, holdings, pageSummary, priced, ticker } from "./snapshot.ts";

const config = z.strictObject({
  network: networkId,
  native: z.strictObject({ symbol: ticker, decimals: z.int().min(0).max(36) }),
  /** What lists say of the tokens of this page. */
  tokens: z.array(token).max(10_000),
});
type Config = z.output<typeof config>;

export const valueHoldings = defineState({
  id: "mfm.portfolio/value-holdings@1",
  effect: "pure",
  config,
  input: z.strictObject({ pin: pinned, readings, proofs, prices: z.array(priced).max(1000) }),
  output: z.strictObject({ page: holdings, summary: pageSummary }),
  run({ config, input }) {
    const describe = describer(config, input.readings);
    const isProven = provenIn(input.proofs);
    const sources = input.pin.kind === "pinned" ? input.pin.sources : 0;
    const rows = input.readings.readings.map((reading): Holding => {
      const { answer } = reading;
      const known = describe(reading);
      const remarks = [...known.remarks];
      if (answer.kind === "ok" && answer.value >= implausible) remarks.push("implausible_amount");
      const amount = answer.kind === "ok" && known.decimals !== undefined ? fromUnits(answer.value, known.decimals) : undefined;
      return {
        account: reading.account,
        asset: reading.asset,
        ...(known.symbol === undefined ? {} : { symbol: known.symbol }),
        ...(known.name === undefined ? {} : { name: known.name }),
        ...(known.decimals === undefined ? {} : { decimals: known.decimals }),
        answer: withoutSources(answer),
        ...(amount === undefined ? {} : { amount }),
        values: amount === undefined || !isTrusted(remarks) ? [] : valuesOf(amount, known.symbol, input.prices),
        evidence: {
          sources: hasAnswer(answer) ? sources : 0,
          attested: hasAnswer(answer) && input.readings.attested,
          proven: isProven(reading),
        },
        remarks,
      };
    });
    const { network } = config;
    const { zero } = input.readings;
    return { page: { network, holdings: rows, zero }, summary: summarize({ network, rows, zero }, input.prices) };
  },
});

/** No honest supply is that large; sums of such numbers would be nonsense. */
const implausible = 2n ** 255n;

interface Known {
  readonly symbol?: string;
  readonly name?: string;
  readonly decimals?: number;
  readonly remarks: readonly Remark[];
}

const longestSymbol = 32;
const longestName = 64;

/** What is known of a reading's asset: from the chain, compared with the lists. */
function describer({ native, tokens }: Config, { tokens: facts }: Readings): (reading: Reading) => Known {
  const claims = new Map(tokens.map((claim) => [claim.address, claim]));
  const known = new Map(facts.map((fact) => [fact.address, fact]));
  return ({ asset }) => {
    if (asset.kind === "native") return { ...native, remarks: [] };
    const claim = claims.get(asset.address);
    const isListed = claim?.symbol !== undefined && claim.decimals !== undefined;
    const remarks: Remark[] = isListed ? [] : ["unlisted"];
    const fact = known.get(asset.address);
    if (fact === undefined) return { remarks };
    const { decimals, symbol, name } = fact;
    if (decimals.kind !== "ok") remarks.push(decimals.kind === "unusable" ? "decimals_unusable" : "decimals_unreadable");
    else if (isListed && decimals.decimals !== claim.decimals) remarks.push("decimals_differ_from_list");
    if (symbol.kind !== "ok") remarks.push("symbol_unreadable");
    else if (isListed && symbol.text !== claim.symbol) remarks.push("symbol_differs_from_list");
    if ((symbol.kind === "ok" && isSuspicious(symbol.text)) || (name.kind === "ok" && isSuspicious(name.text)))
      remarks.push("symbol_suspicious");
    return {
      ...(symbol.kind === "ok" ? { symbol: cutText(symbol.text, longestSymbol) } : {}),
      ...(name.kind === "ok" ? { name: cutText(name.text, longestName) } : {}),
      ...(decimals.kind === "ok" ? { decimals: decimals.decimals } : {}),
      remarks,
    };
  };
}

const distrusted: readonly Remark[] = [
  "unlisted",
  "decimals_differ_from_list",
  "symbol_differs_from_list",
  "decimals_unusable",
  "decimals_unreadable",
  "symbol_unreadable",
  "implausible_amount",
];

/** Whether a row may be in a total at all. */
function isTrusted(remarks: readonly Remark[]): boolean {
  return !remarks.some((remark) => distrusted.includes(remark));
}

function hasAnswer({ kind }: PublicAnswer): boolean {
  return kind !== "not_attempted" && kind !== "source_failed";
}

function withoutSources(answer: Answer): PublicAnswer {
  return answer.kind === "source_failed" ? { kind: "source_failed" } : answer;
}

function provenIn({ proven }: Proofs): (reading: Reading) => boolean {
  const keys = new Set(proven.map(keyOf));
  return (reading) => reading.answer.kind === "ok" && keys.has(keyOf(reading));
}

function keyOf({ account, asset }: Pick<Reading, "account" | "asset">): string {
  return `${account} ${asset.kind === "native" ? "native" : asset.address}`;
}

function valuesOf(amount: string, symbol: string | undefined, prices: readonly Priced[]): Holding["values"] {
  return prices.flatMap((price) =>
    price.kind === "ok" && price.symbol === symbol ? [{ quote: price.quote, value: multiply(amount, price.unitPrice) }] : [],
  );
}

function summarize({ network, rows, zero }: PageRows, prices: readonly Priced[]): PageSummary {
  const quotes = [...new Set(prices.map(({ quote }) => quote))];
  const totals = new Map<string, string>(quotes.map((quote) => [quote, "0"]));
  const unvalued = new Map<string, PageSummary["unvalued"][number]>();
  for (const row of rows) {
    for (const { quote, value } of row.values) totals.set(quote, add(totals.get(quote) ?? "0", value));
    if (row.amount === undefined || row.remarks.includes("unlisted")) continue;
    for (const quote of quotes) {
      if (row.values.some((value) => value.quote === quote)) continue;
      const key = `${quote} ${keyOf(row)}`.replace(`${row.account} `, "");
      const before = unvalued.get(key);
      unvalued.set(key, { quote, asset: row.asset, holdings: (before?.holdings ?? 0) + 1 });
    }
  }
  const missing = rows.filter(({ answer }) => !hasAnswer(answer)).length;
  const zeros = zero.reduce((count, { native, tokens }) => count + (native ? 1 : 0) + tokens.length, 0);
  return {
    network,
    answered: rows.length - missing + zeros,
    missing,
    totals: [...totals].map(([quote, value]) => ({ quote, value })),
    unvalued: [...unvalued.values()],
  };
}

interface PageRows {
  readonly network: PageSummary["network"];
  readonly rows: readonly Holding[];
  readonly zero: Readings["zero"];
}
