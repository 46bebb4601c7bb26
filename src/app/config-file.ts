/** `mfm.toml`, read strictly. Every problem is reported at once, unknown keys with the name that was probably meant. */
import { readFileSync } from "node:fs";
import { reasonOf, failure } from "./failure.ts";
import { didYouMean } from "./suggest.ts";
import { parseToml } from "./toml.ts";

export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  readonly storeUrl: string | { readonly env: string } | undefined;
  /** As written: relative to the file. */
  readonly modules: readonly string[];
  /** As written: relative to the file. */
  readonly keystorePath: string | undefined;
}

/** @throws CONFIG_INVALID with line and column of a syntax error, or with every wrong key and value */
export function readConfigFile(path: string): ConfigFile {
  const table = parseToml(readText(path), path, "CONFIG_INVALID");
  const problems: Problem[] = [];
  const root = readTable(table, "", { store: "a table", ops: "a table", keystore: "a table" }, problems);
  const store = readTable(root["store"], "store", { url: "a store URL" }, problems);
  const ops = readTable(root["ops"], "ops", { modules: "a list of paths" }, problems);
  const storeUrl = readStoreUrl(store["url"], problems);
  const modules = readModules(ops["modules"], problems);
  const keystore = readTable(root["keystore"], "keystore", { path: "a path" }, problems);
  const keystorePath = readPath(keystore["path"], "keystore.path", problems);
  if (problems.length > 0) {
    const words = problems.map(({ path: key, problem }) => `${key}: ${problem}`);
    throw failure("CONFIG_INVALID", `${path}: ${words.join("; ")}`, { file: path, problems });
  }
  return { path, storeUrl, modules, keystorePath };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("CONFIG_INVALID", `${path} cannot be read: ${reason}`, { file: path, reason });
  }
}

interface Problem {
  readonly [name: string]: string;
  readonly path: string;
  readonly problem: string;
}

type Members = { readonly [name: string]: unknown };

function readTable(value: unknown, path: string, known: { readonly [name: string]: string }, problems: Problem[]): Members {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push({ path, problem: `expected a table, found ${kindOf(value)}` });
    return {};
  }
  const names = Object.keys(known);
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const words = `no such key${didYouMean(name, names)}`;
    problems.push({ path: path === "" ? name : `${path}.${name}`, problem: `${words} (known: ${names.join(", ")})` });
  }
  return value as Members;
}

function readStoreUrl(value: unknown, problems: Problem[]): ConfigFile["storeUrl"] {
  if (value === undefined || typeof value === "string") return value;
  const members = Object.entries(value ?? {});
  const [name, variable] = members[0] ?? [];
  if (members.length === 1 && name === "env" && typeof variable === "string" && variable !== "") return { env: variable };
  problems.push({ path: "store.url", problem: `expected a URL such as "sqlite:./mfm.db" or { env = "NAME" }, found ${kindOf(value)}` });
  return undefined;
}

function readPath(value: unknown, path: string, problems: Problem[]): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  problems.push({ path, problem: `expected a path, found ${kindOf(value)}` });
  return undefined;
}

function readModules(value: unknown, problems: Problem[]): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push({ path: "ops.modules", problem: `expected a list of paths, found ${kindOf(value)}` });
    return [];
  }
  const modules: string[] = [];
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    if (typeof item === "string" && item !== "") modules.push(item);
    else problems.push({ path: `ops.modules.${index}`, problem: `expected a path, found ${kindOf(item)}` });
  }
  return modules;
}

/** The kind of a value, never the value. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "string") return value === "" ? "an empty string" : "a string";
  return typeof value === "object" ? "a table" : `a ${typeof value}`;
}
