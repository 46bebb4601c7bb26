/** `[portfolio.NAME]` of `mfm.toml`: whose accounts are looked at, where, and what they are valued in. */
import { type TableReader, kindOf, under } from "../config-table.ts";
import { readDuration } from "../networks/network-table.ts";
import { type Wish, type WishedAccount, type WishedPrice, usualMaxAgeSeconds } from "./wish.ts";
import { type Read, checkNames, readAddress, readToken, readUnitPrice } from "./words.ts";

export interface PortfolioTable extends Wish {
  readonly name: string;
}

const keys = ["networks", "accounts", "tokens", "token_lists", "prices", "prove", "on_source_failure"];

export function readPortfolioTables(value: unknown, reader: TableReader): readonly PortfolioTable[] {
  return Object.entries(reader.members(value, "portfolio")).map(([name, table]) => readPortfolio(name, table, reader));
}

function readPortfolio(name: string, value: unknown, reader: TableReader): PortfolioTable {
  const at = under("portfolio", name);
  if (name.startsWith("0x")) reader.note(at, "a portfolio's name cannot begin like an address");
  const table = reader.table(value, at, keys);
  const accounts = reader.list(table["accounts"], `${at}.accounts`, "accounts", (item, place) => readAccount(item, place, reader));
  if (table["accounts"] === undefined) reader.note(`${at}.accounts`, 'is missing: write [{ label = "treasury", address = "0x..." }]');
  return {
    name,
    networks: reader.list(table["networks"], `${at}.networks`, "networks", (item, place) => reader.required(item, place, "a network")),
    accounts,
    tokens: reader.list(table["tokens"], `${at}.tokens`, "tokens", (item, place) => word(item, place, { reader, read: readToken })),
    tokenLists: reader.list(table["token_lists"], `${at}.token_lists`, "paths", (item, place) => reader.required(item, place, "a path")),
    prices: reader.list(table["prices"], `${at}.prices`, "prices", (item, place) => readPriceTable(item, place, reader)),
    block: undefined,
    prove: reader.flag(table["prove"], `${at}.prove`) ?? false,
    onSourceFailure: reader.choice(table["on_source_failure"], `${at}.on_source_failure`, ["pause", "partial"] as const) ?? "pause",
  };
}

/** A text of one of the little languages. */
function word<T>(
  value: unknown,
  at: string,
  { reader, read }: { readonly reader: TableReader; readonly read: (text: string) => Read<T> },
): T | undefined {
  const text = reader.required(value, at, "a text");
  if (text === undefined) return undefined;
  const found = read(text);
  return "ok" in found ? found.ok : reader.note(at, found.refused);
}

function readAccount(value: unknown, at: string, reader: TableReader): WishedAccount | undefined {
  const table = reader.table(value, at, ["label", "address"]);
  const label = reader.text(table["label"], `${at}.label`, "a label");
  if (label !== undefined && label.length > 100) reader.note(`${at}.label`, "has more than 100 characters");
  const address = word(table["address"], `${at}.address`, { reader, read: readAddress });
  return address === undefined ? undefined : { address, label };
}

function readPriceTable(value: unknown, at: string, reader: TableReader): WishedPrice | undefined {
  const table = reader.table(value, at, ["symbol", "quote", "unit_price", "feed", "network", "max_age"]);
  const symbol = reader.required(table["symbol"], `${at}.symbol`, 'a ticker such as "ETH"');
  const quote = reader.required(table["quote"], `${at}.quote`, 'a code such as "USD"');
  const names = checkNames(symbol ?? "", quote ?? "");
  if (names !== undefined) reader.note(at, names);
  const from = readSource(table, at, reader);
  return symbol === undefined || quote === undefined || from === undefined ? undefined : { symbol, quote, from };
}

function readSource(table: { readonly [name: string]: unknown }, at: string, reader: TableReader): WishedPrice["from"] | undefined {
  const { unit_price: unitPrice, feed, network, max_age: maxAge } = table;
  if ((unitPrice === undefined) === (feed === undefined)) return reader.note(at, "needs either unit_price or feed");
  if (unitPrice !== undefined) {
    if (network !== undefined || maxAge !== undefined) reader.note(at, "network and max_age belong to a feed");
    if (typeof unitPrice === "number" && !Number.isInteger(unitPrice))
      return reader.note(`${at}.unit_price`, 'is a floating-point number, which is not exact: write it as a text such as "1.05"');
    const written = typeof unitPrice === "number" || typeof unitPrice === "bigint" ? String(unitPrice) : unitPrice;
    const found = word(written, `${at}.unit_price`, { reader, read: readUnitPrice });
    return found === undefined ? undefined : { kind: "fixed", unitPrice: found };
  }
  const address = word(feed, `${at}.feed`, { reader, read: readAddress });
  const named = reader.text(network, `${at}.network`, "a network");
  const milliseconds = readDuration(maxAge, `${at}.max_age`, reader);
  if (milliseconds !== undefined && milliseconds < 1000) reader.note(`${at}.max_age`, `is less than a second, found ${kindOf(maxAge)}`);
  const maxAgeSeconds = milliseconds === undefined ? usualMaxAgeSeconds : Math.floor(milliseconds / 1000);
  return address === undefined ? undefined : { kind: "feed", network: named, address, maxAgeSeconds };
}
