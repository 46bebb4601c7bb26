/**
 * Canonical JSON: RFC 8785 key order and escaping over a stricter value set (DESIGN 4), and content addresses over it.
 * Equal values have equal bytes, and bytes that are not the canonical form of their value are refused, never mended.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
import { hash } from "node:crypto";
import { MfmError, invariant } from "./errors.ts";
import { type Json, isPlainObject, limits, pointerTo } from "./json.ts";
import { type Irregularity, findIrregularity, readStrictJson } from "./json-reader.ts";

declare global {
  interface String {
    /** ES2024, in every supported Node. */
    isWellFormed(): boolean;
    /** ES2024, in every supported Node. */
    toWellFormed(): string;
  }
}

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && digestPattern.test(value);
}

/** The content address of a text's UTF-8 bytes, or of raw bytes. */
export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${hash("sha256", content, "hex")}`;
}

/**
 * The one canonical text of a value. Interfaces are objects to the compiler, so what it lets through is checked here.
 * @throws VALUE_INVALID when the value is outside the value set; details name the path (a JSON pointer) and the reason
 */
export function toCanonical(value: Json | object): string {
  const text = write("", value, 0);
  if (text !== undefined) return text;
  const refusal = locate(value);
  throw new MfmError("VALUE_INVALID", `${refusal.path === "" ? "the value" : refusal.path}: ${refusal.reason}`, refusal);
}

/**
 * Reads a canonical text.
 * @throws NOT_CANONICAL when it is not the canonical text of a value; details name the byte and the reason
 */
export function parseCanonical(content: string | Uint8Array): Json {
  const text = typeof content === "string" ? content : decodeUtf8(content);
  // JSON.parse checks the grammar and is lenient about the form; the scan before it is strict about the form, and bounds the depth.
  const irregularity = findIrregularity(text);
  if (irregularity === undefined) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // Explained below.
    }
  }
  throw explainRefusal(text, irregularity);
}

/** The strict reader knows why something is not JSON of the value set; what it accepts has one form too many. */
function explainRefusal(text: string, irregularity: Irregularity | undefined): MfmError {
  try {
    readStrictJson(text);
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    const { offset, reason } = error.details as { readonly offset: number; readonly reason: string };
    return notCanonical(text, offset, reason);
  }
  invariant(irregularity !== undefined, "a text that the strict reader and the scan accept is canonical");
  return notCanonical(text, irregularity.offset, irregularity.reason);
}

function notCanonical(text: string, offset: number, reason: string): MfmError {
  const byte = Buffer.byteLength(text.slice(0, offset));
  return new MfmError("NOT_CANONICAL", `byte ${byte}: ${reason}`, { byte, reason });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const byte = findInvalidUtf8(bytes);
    throw new MfmError("NOT_CANONICAL", `byte ${byte}: not UTF-8`, { byte, reason: "not UTF-8" });
  }
}

/** The first byte that is not UTF-8. Lenient decoding puts U+FFFD there; one that is written as such is none. */
export function findInvalidUtf8(bytes: Uint8Array): number {
  const lenient = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  for (let at = lenient.indexOf("\ufffd"); at >= 0; at = lenient.indexOf("\ufffd", at + 1)) {
    const byte = Buffer.byteLength(lenient.slice(0, at));
    if (bytes[byte] !== 0xef || bytes[byte + 1] !== 0xbf || bytes[byte + 2] !== 0xbd) return byte;
  }
  return bytes.length;
}

/** The text with the value's canonical text added, or undefined where the value is outside the value set (`locate` then finds out where). */
function write(text: string, value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
      if (!unusual.test(value)) return `${text}"${value}"`;
      return value.isWellFormed() ? text + JSON.stringify(value) : undefined;
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? text + String(value) : undefined;
    case "boolean":
      return text + (value ? "true" : "false");
    case "object":
      if (value === null) return `${text}null`;
      if (depth >= limits.depth) return undefined;
      return Array.isArray(value) ? writeArray(text, value, depth + 1) : writeObject(text, value, depth + 1);
    default:
      return undefined;
  }
}

/** What is not written as it stands between the quotes, or might not be. */
const unusual = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;

function writeArray(text: string, items: readonly unknown[], depth: number): string | undefined {
  let written = `${text}[`;
  for (let index = 0; index < items.length; index++) {
    const item = write(index === 0 ? "" : ",", items[index], depth);
    if (item === undefined) return undefined;
    written += item;
  }
  return `${written}]`;
}

function writeObject(text: string, object: object, depth: number): string | undefined {
  if (!isPlainObject(object)) return undefined;
  const names = inOrder(Object.keys(object));
  let written = `${text}{`;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const label = labels.get(name) ?? labelOf(name);
    if (label === undefined) return undefined;
    const longer = write(index === 0 ? written + label : `${written},${label}`, object[name], depth);
    if (longer === undefined) return undefined;
    written = longer;
  }
  return `${written}}`;
}

/** Sorts in UTF-16 code units, as RFC 8785 asks and as strings and the default sort compare; in place, for few names by insertion. */
function inOrder(names: string[]): string[] {
  if (names.length > 24) return names.sort();
  for (let index = 1; index < names.length; index++) {
    const name = names[index] as string;
    let at = index;
    for (let before = names[at - 1]; before !== undefined && before > name; before = names[at - 1]) names[at--] = before;
    names[at] = name;
  }
  return names;
}

/** Member names recur: their quoted form, with the colon, is kept. Bounded in number and length. */
const labels = new Map<string, string>();

function labelOf(name: string): string | undefined {
  const label = write("", name, 0);
  if (label === undefined) return undefined;
  if (name.length <= 64) {
    if (labels.size === 1024) labels.clear();
    labels.set(name, `${label}:`);
  }
  return `${label}:`;
}

/** Where and why `write` refused. Walks as it did. */
function locate(root: unknown): { path: string; reason: string } {
  let path = "";
  let value = root;
  const ancestors: unknown[] = [];
  for (;;) {
    if (typeof value !== "object" || value === null) return { path, reason: refusalOf(value) };
    if (ancestors.includes(value)) return { path, reason: "the value contains itself" };
    if (ancestors.length >= limits.depth) return { path, reason: `nested deeper than ${limits.depth}` };
    if (!Array.isArray(value) && !isPlainObject(value)) return { path, reason: "an instance of a class is not canonical data" };
    ancestors.push(value);
    const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    const refused = members.find(([name, member]) => !isWellFormed(name) || write("", member, ancestors.length) === undefined);
    invariant(refused !== undefined, "a refused value has a refused member");
    path = pointerTo(path, refused[0]);
    if (!isWellFormed(refused[0])) return { path, reason: "a member name with a lone surrogate" };
    value = refused[1];
  }
}

function isWellFormed(name: string | number): boolean {
  return typeof name === "number" || name.isWellFormed();
}

function refusalOf(value: unknown): string {
  if (value === undefined) return "undefined is not canonical data: leave the member out, or write null";
  if (typeof value === "string") return "a string with a lone surrogate";
  if (typeof value === "bigint") return "a bigint is not canonical data: write it as a string with a schema";
  if (typeof value !== "number") return `a ${typeof value} is not canonical data`;
  if (Object.is(value, -0)) return "negative zero";
  if (Number.isInteger(value)) return "an integer beyond 2^53 - 1: write it as a string with a schema";
  return "not an integer: write decimals as strings with a schema";
}
