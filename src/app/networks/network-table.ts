/** `[network.NAME]` of `mfm.toml`: a chain, and where it is read. */
import { codecs } from "../../kernel/codecs.ts";
import { parseDuration } from "../../kernel/duration.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type TableReader, kindOf, under } from "../config-table.ts";
import { carriesSecret, readRpcUrl } from "./rpc-url.ts";
import { type TermsTable, readTermsTable } from "./terms-table.ts";

export type NetworkId = `eip155:${string}`;

/** A text of the file, or the environment variable that holds it. */
export type Written = string | { readonly env: string };

export interface ProviderTable {
  /** The name that facts record; unique within its network. */
  readonly ref: string;
  readonly url: Written;
  /** Header values are secrets more often than not: they stand in the environment only. */
  readonly headers: { readonly [name: string]: { readonly env: string } };
  readonly batchItems: number | undefined;
  readonly concurrency: number | undefined;
  readonly timeoutMs: number | undefined;
}

export const finalities = ["latest", "safe", "finalized"] as const;
export type Finality = (typeof finalities)[number];

export const broadcasts = ["one", "all"] as const;
export type Broadcast = (typeof broadcasts)[number];

export interface NativeAsset {
  readonly symbol: string;
  readonly decimals: number;
}

export interface NetworkTable {
  readonly name: string;
  readonly id: NetworkId;
  /** None: the public endpoints of a known chain. */
  readonly providers: readonly ProviderTable[];
  /** The block that reads name where nobody says which. */
  readonly finality: Finality | undefined;
  readonly native: NativeAsset | undefined;
  /** Whether transactions may be sent where they move real value. */
  readonly writes?: boolean | undefined;
  /** Whether a transaction is sent to the first provider that takes it, or to all. */
  readonly broadcast?: Broadcast | undefined;
  /** What they may cost, and when they are final. */
  readonly terms?: TermsTable | undefined;
}

export function readNetworkTables(value: unknown, reader: TableReader): readonly NetworkTable[] {
  const tables = Object.entries(reader.members(value, "network")).flatMap(([name, table]) => readNetwork(name, table, reader) ?? []);
  for (const [index, { name, id }] of tables.entries()) {
    const first = tables.findIndex((other) => other.id === id);
    if (first < index) reader.note(`network.${name}.id`, `is that of network.${tables[first]?.name ?? ""} too`);
  }
  return tables;
}

/** What can stand in a variable's name, and on a command line without quotes. */
const namePattern = /^[a-z][a-z0-9-]{0,39}$/;

function readNetwork(name: string, value: unknown, reader: TableReader): NetworkTable | undefined {
  const at = under("network", name);
  if (!namePattern.test(name)) reader.note(at, "a network's name is at most 40 lower-case letters, digits and hyphens");
  const table = reader.table(value, at, ["id", "providers", "finality", "native", "writes", "confirmations", "broadcast", "fees", "gas"]);
  const providers = reader.list(table["providers"], `${at}.providers`, "tables", (item, place) => readProvider(item, place, reader));
  for (const [index, { ref }] of providers.entries()) {
    if (providers.findIndex((other) => other.ref === ref) < index) reader.note(`${at}.providers`, "two of them have the same ref");
  }
  const id = readId(table["id"], `${at}.id`, reader);
  const finality = reader.choice(table["finality"], `${at}.finality`, finalities);
  const native = readNative(table["native"], `${at}.native`, reader);
  const writes = reader.flag(table["writes"], `${at}.writes`);
  const broadcast = reader.choice(table["broadcast"], `${at}.broadcast`, broadcasts);
  const terms = readTermsTable(table, at, reader);
  return id === undefined ? undefined : { name, id, providers, finality, native, writes, broadcast, terms };
}

function readId(value: unknown, at: string, reader: TableReader): NetworkId | undefined {
  const expected = 'a chain such as "eip155:1"';
  const text = reader.required(value, at, expected);
  if (text === undefined) return undefined;
  const id = codecs.network.decode(text) as NetworkId | undefined;
  return id ?? reader.note(at, `expected ${expected}, found another text`);
}

function readNative(value: unknown, at: string, reader: TableReader): NativeAsset | undefined {
  if (value === undefined) return undefined;
  const table = reader.table(value, at, ["symbol", "decimals"]);
  const symbol = reader.required(table["symbol"], `${at}.symbol`, 'a ticker such as "ETH"');
  if (symbol !== undefined && symbol.length > 64) reader.note(`${at}.symbol`, "has more than 64 characters");
  const decimals = reader.count(table["decimals"], `${at}.decimals`, { min: 0, max: 36 });
  return symbol === undefined ? undefined : { symbol, decimals: decimals ?? 18 };
}

function readProvider(value: unknown, at: string, reader: TableReader): ProviderTable | undefined {
  const table = reader.table(value, at, ["ref", "url", "headers", "batch_items", "concurrency", "timeout"]);
  const ref = reader.required(table["ref"], `${at}.ref`, 'a short name such as "primary"');
  if (ref !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(ref))
    reader.note(`${at}.ref`, "is at most 64 letters, digits, dots, hyphens and underscores: facts record it, so it cannot be a URL");
  const url = readUrl(table["url"], `${at}.url`, reader);
  const headers: { [name: string]: { readonly env: string } } = {};
  for (const [name, header] of Object.entries(reader.members(table["headers"], `${at}.headers`))) {
    const place = under(`${at}.headers`, name);
    const variable = readVariableName(header, place, reader) ?? reader.note(place, 'write { env = "NAME" }: a header may hold a secret');
    if (variable !== undefined) headers[name] = variable;
  }
  const batchItems = reader.count(table["batch_items"], `${at}.batch_items`, { min: 1, max: 1000 });
  const concurrency = reader.count(table["concurrency"], `${at}.concurrency`, { min: 1, max: 256 });
  const timeoutMs = readDuration(table["timeout"], `${at}.timeout`, reader);
  return ref === undefined || url === undefined ? undefined : { ref, url, headers, batchItems, concurrency, timeoutMs };
}

function readUrl(value: unknown, at: string, reader: TableReader): Written | undefined {
  const variable = readVariableName(value, at, reader);
  if (variable !== undefined) return variable;
  const text = reader.required(value, at, 'a URL, or { env = "NAME" } with the variable that holds it');
  if (text === undefined) return undefined;
  const url = readRpcUrl(text);
  if (typeof url === "string") return reader.note(at, url);
  if (!carriesSecret(url)) return text;
  return reader.note(at, 'seems to hold a key or a password; put the URL into an environment variable and write { env = "NAME" }');
}

/** `{ env = "NAME" }`; undefined for everything else. */
function readVariableName(value: unknown, at: string, reader: TableReader): { readonly env: string } | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { env } = reader.table(value, at, ["env"]);
  if (typeof env === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(env)) return { env };
  reader.note(`${at}.env`, `expected the name of an environment variable, found ${kindOf(env)}`);
  return { env: "" };
}

export function readDuration(value: unknown, at: string, reader: TableReader): number | undefined {
  const text = reader.text(value, at, 'a duration such as "30s"');
  if (text === undefined) return undefined;
  try {
    return parseDuration(text as `${number}s`);
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    return reader.note(at, 'expected a duration such as "30s", "10m" or "24h"');
  }
}
