/**
 * Canonical JSON: RFC 8785 key order and escaping over a stricter value set (DESIGN 4), and content addresses over it.
 * Equal values have equal bytes, and bytes that are not the canonical form of their value are refused, never mended.
 */
import { hash } from "node:crypto";
import { MfmError } from "./errors.ts";
import { type Json, type JsonObject, limits } from "./json.ts";
import { readStrictJson } from "./json-reader.ts";

declare global {
  interface String {
    /** ES2024, in every supported Node. */
    isWellFormed(): boolean;
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
 * The one canonical text of a value.
 * @throws VALUE_INVALID when the value is outside the value set; details name path and reason
 */
export function toCanonical(value: Json): string {
  const text = write(value, 0);
  if (text !== undefined) return text;
  const refusal = locate(value, "", 0);
  throw new MfmError("VALUE_INVALID", `${refusal.path === "" ? "the value" : refusal.path}: ${refusal.reason}`, refusal);
}

/**
 * Reads a canonical text.
 * @throws NOT_CANONICAL when it is not the canonical text of a value; details name the byte and the reason
 */
export function parseCanonical(content: string | Uint8Array): Json {
  const text = typeof content === "string" ? content : decodeUtf8(content);
  let value: Json | undefined;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    value = undefined;
  }
  // JSON.parse is lenient (duplicate keys, 1.0, 1e3, spaces, escapes); writing the value again shows every leniency.
  if (value !== undefined && write(value, 0) === text) return value;
  throw explainRefusal(text);
}

function explainRefusal(text: string): MfmError {
  try {
    const canonical = write(readStrictJson(text), 0);
    const offset = firstDifference(text, canonical ?? "");
    return notCanonical(text, offset, "not in canonical form (key order, white space or escapes)");
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    return notCanonical(text, Number(error.details["offset"] ?? 0), String(error.details["reason"] ?? error.message));
  }
}

function notCanonical(text: string, offset: number, reason: string): MfmError {
  const byte = Buffer.byteLength(text.slice(0, offset));
  return new MfmError("NOT_CANONICAL", `byte ${byte}: ${reason}`, { byte, reason });
}

function firstDifference(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) if (left[index] !== right[index]) return index;
  return length;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new MfmError("NOT_CANONICAL", "the bytes are not UTF-8", { byte: 0, reason: "not UTF-8" });
  }
}

/** The canonical text, or undefined where the value is outside the value set (the caller then finds out where). */
function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? JSON.stringify(value) : undefined;
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth >= limits.depth) return undefined;
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      return undefined;
  }
}

function writeArray(items: readonly unknown[], depth: number): string | undefined {
  let text = "[";
  for (let index = 0; index < items.length; index++) {
    const item = write(items[index], depth);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function writeObject(object: object, depth: number): string | undefined {
  if (!isPlain(object)) return undefined;
  const names = Object.keys(object);
  // The default sort compares UTF-16 code units, which is what RFC 8785 asks for.
  if (names.length > 1) names.sort();
  let text = "{";
  for (const [index, name] of names.entries()) {
    const member = write((object as JsonObject)[name], depth);
    if (member === undefined || !name.isWellFormed()) return undefined;
    text += `${index === 0 ? "" : ","}${JSON.stringify(name)}:${member}`;
  }
  return `${text}}`;
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

/** Where and why `write` refused. Walks as it did. */
function locate(value: unknown, path: string, depth: number): { path: string; reason: string } {
  if (typeof value === "object" && value !== null) {
    if (depth >= limits.depth) return { path, reason: `nested deeper than ${limits.depth}` };
    if (!Array.isArray(value) && !isPlain(value)) return { path, reason: "not a plain object" };
    for (const name of Array.isArray(value) ? Array.from(value.keys(), String) : Object.keys(value)) {
      const inner = `${path}/${name}`;
      if (!name.isWellFormed()) return { path, reason: "a member name has a lone surrogate" };
      const member = (value as JsonObject)[name];
      if (write(member, depth + 1) === undefined) return locate(member, inner, depth + 1);
    }
  }
  return { path, reason: refusalOf(value) };
}

function refusalOf(value: unknown): string {
  if (typeof value === "string") return "a string with a lone surrogate";
  if (typeof value !== "number") return `a ${typeof value} is not canonical data`;
  if (Object.is(value, -0)) return "negative zero";
  if (Number.isInteger(value)) return "an integer beyond 2^53 - 1: write it as a string with a schema";
  return "not an integer: write decimals as strings with a schema";
}
