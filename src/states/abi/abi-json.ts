/**
 * The ABI of a contract as compilers write it, and finding in it what a person names. Errors and fallbacks are passed over: nobody calls them.
 * @see https://docs.soliditylang.org/en/latest/abi-spec.html#json
 */
import { MfmError } from "../../kernel/errors.ts";
import { type Json, type JsonObject, isJsonObject } from "../../kernel/json.ts";
import { type AbiItem, formatSignature, shortSignature } from "./abi-item.ts";
import { parseSignature } from "./abi-signature.ts";
import { type AbiParameter, type AbiType, arrayType, deepestType, elementaryType } from "./abi-type.ts";

/** Reads the list that a compiler writes. @throws ABI_INVALID naming the path of what is none */
export function readAbi(json: Json): AbiItem[] {
  if (!Array.isArray(json)) return refuse("", "a list of functions, events and errors");
  return (json as readonly Json[]).flatMap((entry, index) => {
    const path = `/${index}`;
    if (!isJsonObject(entry) || typeof entry["type"] !== "string") return refuse(path, "an object with a type");
    const kind = entry["type"];
    if (kind !== "function" && kind !== "event" && kind !== "constructor") return [];
    const name = entry["name"] ?? "";
    if (typeof name !== "string" || (name === "") !== (kind === "constructor")) return refuse(`${path}/name`, "a name");
    const readAll = (member: string) => readParameters(entry[member] ?? [], `${path}/${member}`, 0);
    const outputs = kind === "function" ? readAll("outputs") : [];
    return [{ kind, name, inputs: readAll("inputs"), outputs, payable: isPayable(entry) }];
  });
}

/** The errors that it reverts with, a signature each: `error Denied(address who)`. @throws ABI_INVALID as readAbi */
export function readErrors(json: Json): string[] {
  if (!Array.isArray(json)) return refuse("", "a list of functions, events and errors");
  return (json as readonly Json[]).flatMap((entry, index) => {
    if (!isJsonObject(entry) || entry["type"] !== "error" || typeof entry["name"] !== "string") return [];
    const inputs = readParameters(entry["inputs"] ?? [], `/${index}/inputs`, 0);
    const item = { kind: "function", name: entry["name"], inputs, outputs: [], payable: false } as const;
    return [formatSignature(item).replace("function", "error")];
  });
}

/** Compilers before 0.5 say it otherwise. */
function isPayable(entry: JsonObject): boolean {
  return entry["stateMutability"] === "payable" || entry["payable"] === true;
}

function readParameters(json: Json, path: string, depth: number): AbiParameter[] {
  if (!Array.isArray(json)) return refuse(path, "a list of parameters");
  if (depth > deepestType) return refuse(path, `at most ${deepestType} types inside each other`);
  return (json as readonly Json[]).map((entry, index) => {
    const at = `${path}/${index}`;
    if (!isJsonObject(entry)) return refuse(at, "a parameter");
    const name = entry["name"] ?? "";
    if (typeof name !== "string") return refuse(`${at}/name`, "a text");
    return { name, type: readType(entry, at, depth), indexed: entry["indexed"] === true };
  });
}

function readType(entry: JsonObject, path: string, depth: number): AbiType {
  const written = entry["type"];
  const [, name = "", brackets = ""] = /^([a-z0-9]+)((?:\[\d*\]){0,16})$/.exec(typeof written === "string" ? written : "") ?? [];
  const bare: AbiType | undefined =
    name === "tuple" ? { kind: "tuple", members: readMembers(entry, `${path}/components`, depth + 1) } : elementaryType(name);
  const type = bare === undefined ? undefined : arrayType(bare, brackets);
  return type ?? refuse(`${path}/type`, "an ABI type; types of functions are not supported");
}

/** Solidity has no empty struct, and what takes no room could stand there any number of times. */
function readMembers(entry: JsonObject, path: string, depth: number): AbiParameter[] {
  const members = readParameters(entry["components"] ?? [], path, depth);
  return members.length === 0 ? refuse(path, "at least one member") : members;
}

function refuse(path: string, expected: string): never {
  throw new MfmError("ABI_INVALID", `the ABI at ${path === "" ? "its top" : path}: expected ${expected}`, { path, expected });
}

/**
 * The function or event that a person names: by name where there is one of it, by signature (`mint(address,uint256)`) anywhere.
 * @throws ABI_INVALID where there is none, or more than one of this name: each with its signature
 */
export function findItem(abi: readonly AbiItem[], kind: "event" | "function", wanted: string): AbiItem {
  const all = abi.filter((item) => item.kind === kind);
  const named = all.filter(({ name }) => name === wanted);
  const isSignature = wanted.includes("(");
  const signature = isSignature ? shortSignature(parseSignature(wanted)) : "";
  const found = isSignature ? all.filter((item) => shortSignature(item) === signature) : named;
  const [item, ...others] = found;
  if (item !== undefined && others.length === 0) return item;
  const sameName = isSignature ? all.filter(({ name }) => name === signature.slice(0, signature.indexOf("("))) : named;
  const known = (sameName.length > 0 ? sameName : all).map(shortSignature).sort();
  const reason = item === undefined ? `has no ${kind} ${wanted}` : `has more than one ${kind} ${wanted}: name it by its signature`;
  const choice = known.length === 0 ? `no ${kind}` : known.slice(0, 20).join(", ");
  throw new MfmError("ABI_INVALID", `the ABI ${reason}; it has ${choice}`, {
    wanted,
    known: known.slice(0, 50),
  });
}
