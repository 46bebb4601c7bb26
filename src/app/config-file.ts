/** `mfm.toml`, read strictly. Every problem is reported at once, unknown keys with the name that was probably meant. */
import { readFileSync } from "node:fs";
import { TableReader, kindOf } from "./config-table.ts";
import { reasonOf, failure } from "./failure.ts";
import { type NetworkTable, readNetworkTables } from "./networks/network-table.ts";
import { type PortfolioTable, readPortfolioTables } from "./portfolio/portfolio-table.ts";
import { parseToml } from "./toml.ts";
import { type WorkerTable, readWorkerTable } from "./worker-table.ts";

export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  readonly storeUrl: string | { readonly env: string } | undefined;
  /** As written: relative to the file. */
  readonly modules: readonly string[];
  readonly networks: readonly NetworkTable[];
  readonly portfolios: readonly PortfolioTable[];
  /** As written: relative to the file. */
  readonly keystorePath: string | undefined;
  readonly worker: WorkerTable;
}

/** @throws CONFIG_INVALID with line and column of a syntax error, or with every wrong key and value */
export function readConfigFile(path: string): ConfigFile {
  const table = parseToml(readText(path), path, "CONFIG_INVALID");
  const reader = new TableReader();
  const root = reader.table(table, "", ["store", "ops", "network", "portfolio", "keystore", "worker"]);
  const store = reader.table(root["store"], "store", ["url"]);
  const ops = reader.table(root["ops"], "ops", ["modules"]);
  const keystore = reader.table(root["keystore"], "keystore", ["path"]);
  const file = {
    path,
    storeUrl: readStoreUrl(store["url"], reader),
    modules: readModules(ops["modules"], reader),
    networks: readNetworkTables(root["network"], reader),
    portfolios: readPortfolioTables(root["portfolio"], reader),
    keystorePath: reader.text(keystore["path"], "keystore.path", "a path"),
    worker: readWorkerTable(root["worker"], reader),
  };
  const { problems } = reader;
  if (problems.length === 0) return file;
  const words = problems.map(({ path: key, problem }) => `${key}: ${problem}`);
  throw failure("CONFIG_INVALID", `${path}: ${words.join("; ")}`, { file: path, problems });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("CONFIG_INVALID", `${path} cannot be read: ${reason}`, { file: path, reason });
  }
}

function readStoreUrl(value: unknown, reader: TableReader): ConfigFile["storeUrl"] {
  if (value === undefined || typeof value === "string") return value;
  const members = Object.entries(value ?? {});
  const [name, variable] = members[0] ?? [];
  if (members.length === 1 && name === "env" && typeof variable === "string" && variable !== "") return { env: variable };
  return reader.note("store.url", `expected a URL such as "sqlite:./mfm.db" or { env = "NAME" }, found ${kindOf(value)}`);
}

function readModules(value: unknown, reader: TableReader): readonly string[] {
  return reader.list(value, "ops.modules", "paths", (item, at) => reader.required(item, at, "a path"));
}
