/**
 * Token lists of the Uniswap standard: which tokens somebody vouches for. Read strictly for the chains that are asked about, leniently
 * elsewhere (lists span chains whose addresses are of another kind). @see https://github.com/Uniswap/token-lists
 */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { isJsonObject } from "../../kernel/json.ts";
import { failure, reasonOf } from "../failure.ts";
import type { Address } from "./wish.ts";
import { readAddress } from "./words.ts";

export interface ListedToken {
  readonly chainId: number;
  readonly address: Address;
  /** What the list says; the chain is asked too, and decides. */
  readonly symbol: string;
  readonly decimals: number;
}

const largestBytes = 8 * 1_048_576;
const mostTokens = 10_000;
const problemsNamed = 10;

/** @throws FILE_UNREADABLE; TOKEN_LIST_INVALID */
export function readTokenListFile(path: string, chains: ReadonlySet<number>): readonly ListedToken[] {
  try {
    const { size } = statSync(path);
    if (size > largestBytes) throw invalid(path, [`has ${size} bytes, at most ${largestBytes} are read`]);
    return parseTokenList(readFileSync(path, "utf8"), path, chains);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const reason = reasonOf(error);
    throw failure("FILE_UNREADABLE", `${path} cannot be read: ${reason}`, { file: path, reason });
  }
}

/** The list that comes with MFM: Uniswap's default list, in the version that MFM's package.json pins. */
export function readBuiltinList(chains: ReadonlySet<number>): readonly ListedToken[] {
  const path = createRequire(import.meta.url).resolve("@uniswap/default-token-list/build/uniswap-default.tokenlist.json");
  return parseTokenList(readFileSync(resolve(path), "utf8"), "the builtin list", chains);
}

/** The tokens of these chains, in the list's order. @throws TOKEN_LIST_INVALID naming what is wrong by its place */
export function parseTokenList(text: string, shown: string, chains: ReadonlySet<number>): readonly ListedToken[] {
  const list = parseJson(text, shown);
  if (!isJsonObject(list)) throw invalid(shown, ["is no object"]);
  const problems = headProblems(list);
  const { tokens } = list;
  if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > mostTokens)
    throw invalid(shown, [...problems, `tokens: expected a list of 1 to ${mostTokens} tokens`]);
  const read = new Map<string, number>();
  const found: ListedToken[] = [];
  for (const [index, item] of (tokens as readonly unknown[]).entries()) {
    const token = readToken(item, chains);
    if (token === "elsewhere") continue;
    const at = `tokens[${index}]`;
    if ("problem" in token) problems.push(`${at}${token.problem}`);
    else {
      const key = `${token.chainId} ${token.address}`;
      const first = read.get(key);
      if (first === undefined) found.push(token);
      else problems.push(`${at}: is tokens[${first}] again`);
      read.set(key, first ?? index);
    }
  }
  if (problems.length > 0) throw invalid(shown, problems);
  return found;
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid(shown, ["is no JSON"]);
  }
}

function headProblems({ name, timestamp, version }: { readonly [name: string]: unknown }): string[] {
  const problems: string[] = [];
  if (typeof name !== "string" || name === "") problems.push("name: expected a text");
  if (typeof timestamp !== "string" || Number.isNaN(Date.parse(timestamp))) problems.push("timestamp: expected a date and time");
  const numbers = isJsonObject(version) ? ["major", "minor", "patch"].map((part) => version[part]) : [];
  if (numbers.length !== 3 || !numbers.every((part) => isWhole(part, 1_000_000)))
    problems.push("version: expected major, minor and patch as whole numbers");
  return problems;
}

/** A problem begins with the member's name, or says what is wrong with the whole. */
function readToken(item: unknown, chains: ReadonlySet<number>): ListedToken | "elsewhere" | { readonly problem: string } {
  if (!isJsonObject(item)) return { problem: ": is no object" };
  const { chainId, address, symbol, name, decimals } = item;
  if (typeof chainId !== "number" || !isWhole(chainId, Number.MAX_SAFE_INTEGER) || chainId === 0)
    return { problem: ".chainId: expected a whole number from 1" };
  if (!chains.has(chainId)) return "elsewhere";
  const read = readAddress(typeof address === "string" ? address : "");
  if ("refused" in read) return { problem: `.address: ${read.refused}` };
  if (typeof symbol !== "string" || symbol === "" || symbol.length > 64)
    return { problem: ".symbol: expected a text of 1 to 64 characters" };
  if (typeof name !== "string") return { problem: ".name: expected a text" };
  if (typeof decimals !== "number" || !isWhole(decimals, 255)) return { problem: ".decimals: expected a whole number from 0 to 255" };
  return { chainId, address: read.ok, symbol, decimals };
}

function isWhole(value: unknown, max: number): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function invalid(shown: string, problems: readonly string[]): Error {
  const more = problems.length > problemsNamed ? ["..."] : [];
  const words = [...problems.slice(0, problemsNamed), ...more].join("; ");
  return failure("TOKEN_LIST_INVALID", `${shown}: ${words}`, {
    list: shown,
    problems: problems.slice(0, problemsNamed),
    count: problems.length,
  });
}
