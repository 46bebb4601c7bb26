/**
 * The parts of a portfolio snapshot's public result. It holds what was looked at, where (one block per network) and what came back; no run,
 * no source, no time of reading: the same question at the same blocks gives the same bytes.
 */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { address, decimal, digest, instant, networkId } from "../../kernel/codecs.ts";
import { asset, publicAnswer } from "./readings.ts";

/** A code such as USD, EUR or ETH: what values are counted in. */
export const quoteCode = z.string().min(1).max(16);
/** A ticker such as WETH. Compared as it is written, case and all. */
export const ticker = z.string().min(1).max(64);

export const account = z.strictObject({ address, label: z.string().min(1).max(100).optional() });

/** Something about a row that a reader must know before trusting it. */
export const remark = z.enum([
  /** No list names this token: anybody can deploy one, under any name. Never in a total. */
  "unlisted",
  "decimals_differ_from_list",
  "symbol_differs_from_list",
  "decimals_unusable",
  "decimals_unreadable",
  "symbol_unreadable",
  /** Control or direction characters, letters that look like others, or a web address. */
  "symbol_suspicious",
  /** At least 2^255: no honest supply is that large. */
  "implausible_amount",
]);
export type Remark = z.output<typeof remark>;

/** `attested`: the read said from inside which block it ran on. `proven`: a state proof against the recomputed header bears the value out. */
export const evidence = z.strictObject({ sources: z.int().min(0), attested: z.boolean(), proven: z.boolean() });

export const holding = z.strictObject({
  account: address,
  asset,
  /** As the contract says (the network's own for its native asset): text of strangers, to be escaped by whoever shows it. */
  symbol: z.string().max(32).optional(),
  name: z.string().max(64).optional(),
  decimals: z.int().min(0).max(36).optional(),
  answer: publicAnswer,
  /** In units of the asset; absent where the answer is no number or the decimals are not known. */
  amount: decimal.optional(),
  /** One for each quote that has a price for this symbol; the unit prices stand in the report. */
  values: z.array(z.strictObject({ quote: quoteCode, value: decimal })).max(4),
  evidence,
  remarks: z.array(remark).max(8),
});
export type Holding = z.output<typeof holding>;

/** A page of holdings: everything but zeros in full, zeros by account. Pages follow the order of networks and tokens in the configuration. */
export const holdings = z.strictObject({
  network: networkId,
  holdings: z.array(holding).max(20_000),
  zero: z.array(z.strictObject({ account: address, native: z.boolean(), tokens: z.array(address).max(10_000) })).max(1000),
});
export type Holdings = z.output<typeof holdings>;

/** What a page adds to the report. */
export const pageSummary = z.strictObject({
  network: networkId,
  /** Balances with an answer of the chain, zeros included; and those without. */
  answered: z.int().min(0),
  missing: z.int().min(0),
  totals: z.array(z.strictObject({ quote: quoteCode, value: decimal })).max(4),
  unvalued: z.array(z.strictObject({ quote: quoteCode, asset, holdings: z.int().min(1) })).max(2000),
});
export type PageSummary = z.output<typeof pageSummary>;

export const price = z.strictObject({
  quote: quoteCode,
  symbol: ticker,
  from: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("fixed"), unitPrice: decimal }),
    /** A Chainlink aggregator, read at the pinned block of its network. */
    z.strictObject({
      kind: z.literal("feed"),
      network: networkId,
      address,
      /** Older than this at the pinned block: not used. */
      maxAgeSeconds: z.int().min(1).max(31_536_000),
    }),
  ]),
});
export type Price = z.output<typeof price>;

/** What came of a price. */
export const priced = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ok"), quote: quoteCode, symbol: ticker, unitPrice: decimal }),
  z.strictObject({
    kind: z.literal("unusable"),
    quote: quoteCode,
    symbol: ticker,
    why: z.enum(["stale", "not_positive", "incomplete_round", "future", "no_code", "reverted", "malformed", "source_failed"]),
  }),
]);
export type Priced = z.output<typeof priced>;

export const networkReport = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("pinned"),
    network: networkId,
    block: blockRef,
    timestamp: instant,
    header: z.enum(["recomputed", "reported"]),
    sources: z.int().min(1),
    /** Holdings read, zeros included, and those that failed at the source or found no room. */
    answered: z.int().min(0),
    missing: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal("source_failed"), network: networkId, missing: z.int().min(0) }),
]);
export type NetworkReport = z.output<typeof networkReport>;

export const report = z.strictObject({
  /** False where any balance could not be asked for: then every total is a lower bound at best. */
  complete: z.boolean(),
  lookedAt: z.strictObject({
    accounts: z.array(account).max(1000),
    /** How many tokens by network, and the digest of the list of them: two snapshots with equal digests looked at the same. */
    tokens: z.array(z.strictObject({ network: networkId, count: z.int().min(0), digest })).max(100),
  }),
  networks: z.array(networkReport).max(100),
  /** Sums over listed assets with a price; `unvalued` says what is not in them. */
  totals: z.array(z.strictObject({ quote: quoteCode, value: decimal })).max(4),
  prices: z.array(priced).max(1000),
  /** Listed assets with an amount for which a quote has no price. */
  unvalued: z.array(z.strictObject({ quote: quoteCode, network: networkId, asset, holdings: z.int().min(1) })).max(2000),
  unvaluedOmitted: z.int().min(0),
});
export type Report = z.output<typeof report>;

/** The whole: holdings stand in pages, because one value could not hold those of a large portfolio. */
export const snapshotResult = z.strictObject({ report, pages: z.array(holdings).max(10_000) });
export type Snapshot = z.output<typeof snapshotResult>;
