/** TOML texts as data, with the place of every error. */
import { TomlDate, TomlError, parse } from "smol-toml";
import { failure } from "./failure.ts";

/** Integers beyond 2^53 - 1 become bigints, times the strings that JSON would have. @throws TOML_INVALID or CONFIG_INVALID with line and column */
export function parseToml(text: string, shown: string, code: "TOML_INVALID" | "CONFIG_INVALID"): { readonly [name: string]: unknown } {
  try {
    return plain(parse(text, { integersAsBigInt: "asNeeded" })) as { readonly [name: string]: unknown };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    // The rest of the parser's message repeats the text, which may hold a secret.
    const reason = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    throw failure(code, `${shown}: line ${line}, column ${column}: ${reason}`, { file: shown, line, column, reason });
  }
}

function plain(value: unknown): unknown {
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
