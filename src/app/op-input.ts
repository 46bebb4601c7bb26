/** What a person gives an op or a signal: a JSON or TOML text, and single values set over it. */
import { readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { MfmError } from "../kernel/errors.ts";
import { type Json, isJsonObject } from "../kernel/json.ts";
import { readStrictJson } from "../kernel/json-reader.ts";
import { reasonOf, failure, usage } from "./failure.ts";

export interface Input {
  /** A path (`.toml` is TOML, everything else JSON), or `-` for JSON from standard input. */
  readonly file: string | undefined;
  /** A JSON text, in place of a file. */
  readonly value: string | undefined;
  /** `path=value`, in order. */
  readonly set: readonly string[];
}

export interface InputSource {
  readonly folder: string;
  readonly readStdin: () => Promise<string>;
}

/** Data that a TOML file may hold besides JSON: integers beyond 2^53 - 1. */
type Data = unknown;

/** The value, `{}` where nothing is given. @throws JSON_INVALID, TOML_INVALID with line and column; FILE_UNREADABLE; USAGE */
export async function readInput(input: Input, source: InputSource): Promise<Data> {
  if (input.file !== undefined && input.value !== undefined) throw usage("give a file or a value, not both");
  let data: Data = {};
  if (input.file !== undefined) data = await readData(input.file, source);
  else if (input.value !== undefined) data = named("the value", () => readStrictJson(input.value ?? ""));
  for (const assignment of input.set) data = assign(data, assignment);
  return data;
}

async function readData(file: string, { folder, readStdin }: InputSource): Promise<Data> {
  if (file === "-") {
    const text = await readStdin();
    return named("standard input", () => readStrictJson(text));
  }
  const text = readText(resolve(folder, file), file);
  if (extname(file).toLowerCase() !== ".toml") return named(file, () => readStrictJson(text));
  const { parseToml } = await import("./toml.ts");
  return parseToml(text, file, "TOML_INVALID");
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = reasonOf(error);
    throw failure("FILE_UNREADABLE", `${shown} cannot be read: ${reason}`, { file: shown, reason });
  }
}

/** Says which text is meant. */
function named(what: string, read: () => Json): Json {
  try {
    return read();
  } catch (error) {
    if (error instanceof MfmError && error.code === "JSON_INVALID")
      throw failure("JSON_INVALID", `${what}: ${error.message}`, { ...error.details, source: what });
    throw error;
  }
}

/** The data with `a.b.0=value` set: the value is JSON where it is strict JSON, otherwise a string. A dot in a name is written `\.`. @throws USAGE */
export function assign(data: Data, assignment: string): Data {
  const sign = assignment.indexOf("=");
  if (sign <= 0) throw usage(`--set ${JSON.stringify(assignment)}: write path=value, for example names.0=Ada`, { option: "--set" });
  const path =
    assignment
      .slice(0, sign)
      .match(/(?:\\.|[^\\.])+|^(?=\.)|(?<=\.)(?=\.|$)/g)
      ?.map((name) => name.replaceAll(/\\(.)/g, "$1")) ?? [];
  if (path.length === 0 || path.includes(""))
    throw usage(`--set ${JSON.stringify(assignment)}: a name in the path is empty`, { option: "--set" });
  return place(data, path, { value: valueOf(assignment.slice(sign + 1)), shown: assignment.slice(0, sign) });
}

function valueOf(text: string): Json {
  try {
    return readStrictJson(text);
  } catch {
    return text;
  }
}

function place(container: Data, [name = "", ...rest]: readonly string[], set: { readonly value: Json; readonly shown: string }): Data {
  const inner = (member: Data): Data => (rest.length === 0 ? set.value : place(member, rest, set));
  if (Array.isArray(container) || (container === undefined && name === "0")) {
    const items: readonly Data[] = Array.isArray(container) ? container : [];
    const index = /^(0|[1-9][0-9]{0,6})$/.test(name) ? Number(name) : -1;
    if (index < 0 || index > items.length)
      throw usage(`--set ${set.shown}: ${name} is no index from 0 to ${items.length}`, { option: "--set", path: set.shown });
    return [...items.slice(0, index), inner(items[index]), ...items.slice(index + 1)];
  }
  if (container !== undefined && !isJsonObject(container))
    throw usage(`--set ${set.shown}: there is nothing to set ${name} in: its parent is a single value`, {
      option: "--set",
      path: set.shown,
    });
  const members = new Map<string, Data>(Object.entries(container ?? {}));
  members.set(name, inner(members.get(name)));
  // Unlike assignment, this makes `__proto__` a member like any other.
  return Object.fromEntries(members);
}
