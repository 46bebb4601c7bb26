/** `mfm portfolio snapshot`: from flags, and from the portfolio that they name, to a wish. A flag wins over what the file says. */
import { resolve } from "node:path";
import type { Configuration } from "../configuration.ts";
import { failure, usage } from "../failure.ts";
import type { Place } from "../place.ts";
import { didYouMean, suggest } from "../suggest.ts";
import type { PortfolioTable } from "./portfolio-table.ts";
import type { Wish, WishedPrice } from "./wish.ts";
import { type Read, readAddress, readBlock, readPrice, readToken } from "./words.ts";

export interface SnapshotFlags {
  /** Addresses, or the name of one portfolio. */
  readonly subjects: readonly string[];
  readonly networks: readonly string[];
  readonly block: string | undefined;
  readonly tokens: readonly string[];
  readonly tokenLists: readonly string[];
  readonly prices: readonly string[];
  readonly allowPartial: boolean;
  readonly prove: boolean;
}

/** @throws USAGE when a flag cannot be read; PORTFOLIO_UNKNOWN */
export function wishOf(flags: SnapshotFlags, configuration: Configuration, place: Place): Wish {
  const table = portfolioOf(flags.subjects, configuration);
  const accounts = table?.accounts ?? flags.subjects.map((text) => ({ address: read(text, "the address", readAddress), label: undefined }));
  const tokens = flags.tokens.map((text) => read(text, "--token", readToken));
  const prices = flags.prices.map((text) => read(text, "--price", readPrice));
  const lists = flags.tokenLists.map((list) => locate(list, place.folder));
  const listsOfTable = (table?.tokenLists ?? []).map((list) => locate(list, configuration.folder));
  return {
    networks: flags.networks.length > 0 ? flags.networks : (table?.networks ?? []),
    accounts,
    tokens: [...(table?.tokens ?? []), ...tokens],
    tokenLists: lists.length > 0 ? lists : listsOfTable,
    prices: [...(table?.prices ?? []).filter((price) => !prices.some((other) => isSamePair(price, other))), ...prices],
    block: flags.block === undefined ? undefined : read(flags.block, "--block", readBlock),
    prove: flags.prove || (table?.prove ?? false),
    onSourceFailure: flags.allowPartial ? "partial" : (table?.onSourceFailure ?? "pause"),
  };
}

/** The one that is named, where what is named is no address. */
function portfolioOf(subjects: readonly string[], { portfolios, file }: Configuration): PortfolioTable | undefined {
  const names = portfolios.map(({ name }) => name);
  const known = names.length === 0 ? "" : ` (known: ${names.join(", ")})`;
  if (subjects.length === 0) throw usage(`name addresses, or a portfolio of mfm.toml${known}`);
  const named = subjects.find((text) => !text.startsWith("0x"));
  if (named === undefined) return undefined;
  if (subjects.length > 1) throw usage(`${JSON.stringify(named)} is no address: name addresses, or a single portfolio`);
  const table = portfolios.find(({ name }) => name === named);
  if (table !== undefined) return table;
  const where =
    file === undefined ? "there is no mfm.toml here or above" : `${file} has no such portfolio${didYouMean(named, names)}${known}`;
  throw failure("PORTFOLIO_UNKNOWN", `no portfolio ${JSON.stringify(named)}: ${where}`, {
    portfolio: named,
    suggestion: suggest(named, names) ?? null,
    known: names.slice(0, 50),
  });
}

function read<T>(text: string, what: string, reader: (text: string) => Read<T>): T {
  const found = reader(text);
  if ("ok" in found) return found.ok;
  throw usage(`${what} ${JSON.stringify(text)} ${found.refused}`, { option: what });
}

/** The two names that are no paths stay. */
function locate(list: string, folder: string): string {
  return list === "builtin" || list === "none" ? list : resolve(folder, list);
}

function isSamePair(left: WishedPrice, right: WishedPrice): boolean {
  return left.symbol === right.symbol && left.quote === right.quote;
}
