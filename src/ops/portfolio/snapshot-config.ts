/** What a portfolio snapshot is asked: whose accounts, on which networks, which tokens, in which quotes. */
import * as z from "zod";
import { blockSelector } from "../../capabilities/evm/block.ts";
import { networkId } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { onSourceFailure } from "../../states/evm/source-failure.ts";
import { token } from "../../states/portfolio/readings.ts";
import { account, price, ticker } from "../../states/portfolio/snapshot.ts";

export const snapshotConfig = z.strictObject({
  accounts: z.array(account).min(1).max(1000),
  networks: z
    .array(
      z.strictObject({
        network: networkId,
        block: blockSelector,
        /** Of the network's own asset, such as ETH and 18: a node cannot be asked. */
        native: z.strictObject({ symbol: ticker, decimals: z.int().min(0).max(36) }),
        /** A token without symbol and decimals is unlisted. */
        tokens: z.array(token).max(10_000),
      }),
    )
    .min(1)
    .max(100),
  prices: z.array(price).max(1000),
  prove: z.boolean(),
  onSourceFailure,
});
export type SnapshotConfig = z.output<typeof snapshotConfig>;
/** As authored: integers may be numbers, addresses without a checksum. */
export type SnapshotRequest = z.input<typeof snapshotConfig>;

/** All accounts times all tokens of a network: what one run reads, and its result holds. */
const mostBalances = 400_000;
const mostQuotes = 4;
const longestPrice = 64;

/**
 * What the schema cannot say.
 * @throws VALUE_INVALID naming every member that is wrong: duplicates, a feed on a network that is not looked at, a negative price, too much at once
 */
export function checkSnapshot({ accounts, networks, prices }: SnapshotConfig): void {
  const issues: { path: string; expected: string; found: string }[] = [];
  const note = (path: string, expected: string, found: string): void => void issues.push({ path, expected, found });
  for (const index of repeated(accounts.map(({ address }) => address)))
    note(`/accounts/${index}`, "each account once", "a repeated address");
  for (const index of repeated(networks.map(({ network }) => network)))
    note(`/networks/${index}`, "each network once", "a repeated network");
  for (const [at, { tokens }] of networks.entries()) {
    for (const index of repeated(tokens.map(({ address }) => address)))
      note(`/networks/${at}/tokens/${index}`, "each token once", "a repeated address");
    if (tokens.length * accounts.length > mostBalances)
      note(
        `/networks/${at}/tokens`,
        `at most ${mostBalances} balances (accounts times tokens): use several runs`,
        `${tokens.length * accounts.length}`,
      );
  }
  const quotes = new Set(prices.map(({ quote }) => quote));
  if (quotes.size > mostQuotes) note("/prices", `at most ${mostQuotes} quotes`, `${quotes.size}`);
  for (const index of repeated(prices.map(({ quote, symbol }) => `${quote} ${symbol}`)))
    note(`/prices/${index}`, "one price for a symbol and quote", "a second one");
  for (const [index, { from }] of prices.entries()) {
    if (from.kind === "feed" && !networks.some(({ network }) => network === from.network))
      note(`/prices/${index}/from/network`, "a network that is looked at", "another one");
    if (from.kind === "fixed" && (from.unitPrice.startsWith("-") || from.unitPrice.length > longestPrice))
      note(`/prices/${index}/from/unitPrice`, `a decimal from 0 of at most ${longestPrice} characters`, "another one");
  }
  if (issues.length === 0) return;
  const words = issues.slice(0, 10).map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  throw new MfmError("VALUE_INVALID", `config is not valid: ${words.join("; ")}`, {
    what: "config",
    count: issues.length,
    issues: issues.slice(0, 100),
  });
}

/** Indexes of what stood there before. */
function repeated(keys: readonly string[]): number[] {
  const seen = new Set<string>();
  return keys.flatMap((key, index) => {
    const again = seen.has(key);
    seen.add(key);
    return again ? [index] : [];
  });
}
