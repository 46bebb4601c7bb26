/** Data of a file as the JSON text that an op's config holds. */
import { MfmError } from "../../kernel/errors.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";

/** Undefined where it holds what canonical data has not, such as fractions. Integers that TOML reads as bigints become texts, `$sender` the sender. */
export function jsonTextOf(data: unknown, sender: string): string | undefined {
  const plain = (_name: string, value: unknown): unknown =>
    typeof value === "bigint" ? value.toString() : value === "$sender" ? sender : value;
  const text = JSON.stringify(data, plain) as string | undefined;
  if (text === undefined) return undefined;
  try {
    readStrictJson(text);
    return text;
  } catch (error) {
    if (error instanceof MfmError && error.code === "JSON_INVALID") return undefined;
    throw error;
  }
}
