/** The first page of a snapshot: what was looked at and where, whether anything is missing, and the totals over all pages. */
import * as z from "zod";
import { defineState } from "../../kernel/state.ts";
import { pinned } from "../evm/pinned.ts";
import { add } from "./decimals.ts";
import { type NetworkReport, type PageSummary, type Report, pageSummary, priced, report } from "./snapshot.ts";

export const makeReport = defineState({
  id: "mfm.portfolio/make-report@1",
  effect: "pure",
  config: z.strictObject({ lookedAt: report.shape.lookedAt }),
  input: z.strictObject({
    pins: z.array(pinned).max(100),
    pages: z.array(pageSummary).max(10_000),
    prices: z.array(priced).max(1000),
  }),
  output: report,
  run({ config, input }): Report {
    const networks = input.pins.map((pin): NetworkReport => {
      const pages = input.pages.filter(({ network }) => network === pin.network);
      const missing = pages.reduce((sum, page) => sum + page.missing, 0);
      if (pin.kind === "source_failed") return { kind: "source_failed", network: pin.network, missing };
      const { network, block, timestamp, header, sources } = pin;
      const answered = pages.reduce((sum, page) => sum + page.answered, 0);
      return { kind: "pinned", network, block, timestamp, header, sources, answered, missing };
    });
    const unvalued = unvaluedOf(input.pages);
    return {
      complete: networks.every((network) => network.kind === "pinned" && network.missing === 0),
      lookedAt: config.lookedAt,
      networks,
      totals: totalsOf(input.pages),
      prices: input.prices,
      unvalued: unvalued.slice(0, unvaluedNamed),
      unvaluedOmitted: Math.max(0, unvalued.length - unvaluedNamed),
    };
  },
});

const unvaluedNamed = 2000;

function totalsOf(pages: readonly PageSummary[]): Report["totals"] {
  const totals = new Map<string, string>();
  for (const { quote, value } of pages.flatMap((page) => page.totals)) totals.set(quote, add(totals.get(quote) ?? "0", value));
  return [...totals].map(([quote, value]) => ({ quote, value }));
}

/** A token stands in one page only, so pages never name the same asset twice. */
function unvaluedOf(pages: readonly PageSummary[]): Report["unvalued"] {
  return pages.flatMap(({ network, unvalued }) => unvalued.map((entry) => ({ ...entry, network })));
}
