/** Descriptors: canonical data that says what a value may be. They, not zod's version, decide what is valid and what a digest covers. */
import { type Codec, type CodecName, codecs } from "./codecs.ts";
import { limits, pointerTo } from "./json.ts";

export type Descriptor =
  | { readonly kind: "array"; readonly items: Descriptor; readonly min: number; readonly max: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "codec"; readonly name: CodecName }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  /** Any canonical data. Only MFM's own formats (spec-shape.ts) use it; lowering never makes one, and certification refuses it. */
  | { readonly kind: "json" }
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | ObjectDescriptor
  | { readonly kind: "record"; readonly values: Descriptor }
  | { readonly kind: "string"; readonly min: number; readonly max: number }
  | { readonly kind: "variant"; readonly on: string; readonly cases: { readonly [tag: string]: ObjectDescriptor } };

export interface ObjectDescriptor {
  readonly kind: "object";
  readonly fields: { readonly [name: string]: Descriptor };
  /** Sorted names of the fields that may be absent. */
  readonly optional: readonly string[];
}

export const nothing: Descriptor = { kind: "literal", value: null };

/** The descriptor at a path of object members, or undefined where a member does not exist or may be absent. */
export function descriptorAt(descriptor: Descriptor, path: readonly string[]): Descriptor | undefined {
  let at: Descriptor | undefined = descriptor;
  for (const name of path) {
    if (at?.kind !== "object" || at.optional.includes(name)) return undefined;
    at = fieldOf(at, name);
  }
  return at;
}

/**
 * Undefined when every value of `from` is a value of `to`; otherwise where and why not. It may refuse what would fit (it compares piece by
 * piece), but never accepts what does not.
 */
export function mismatch(from: Descriptor, to: Descriptor, path = ""): string | undefined {
  if (to.kind === "json") return undefined;
  if (from.kind === "variant") {
    for (const [tag, inner] of Object.entries(from.cases)) {
      const found = mismatch(inner, to, `${path}/(${from.on}=${tag})`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const different = `${path === "" ? "the value" : path} is ${describe(from)}, expected ${describe(to)}`;
  switch (to.kind) {
    case "array": {
      const fits = from.kind === "array" && within(from, to);
      return fits ? mismatch(from.items, to.items, `${path}/*`) : different;
    }
    case "object":
      return from.kind === "object" ? objectMismatch(from, to, path) : different;
    case "record":
      if (from.kind === "record") return mismatch(from.values, to.values, `${path}/*`);
      return from.kind === "object" ? membersMismatch(from, to.values, path) : different;
    case "variant": {
      const inner = from.kind === "object" ? caseOf(from, to) : undefined;
      return inner === undefined ? different : mismatch(from, inner, path);
    }
    default:
      return scalarFits(from, to) ? undefined : different;
  }
}

type Scalar = Exclude<Descriptor, { kind: "array" | "json" | "object" | "record" | "variant" }>;

function scalarFits(from: Descriptor, to: Scalar): boolean {
  switch (from.kind) {
    case "boolean":
      return to.kind === "boolean";
    case "codec":
      return codecFits(from.name, to);
    case "enum":
      return from.values.every((value) => literalFits(value, to));
    case "integer":
      return to.kind === "integer" && within(from, to);
    case "literal":
      return literalFits(from.value, to);
    case "string":
      return to.kind === "string" && within(from, to);
    default:
      return false;
  }
}

function literalFits(value: string | number | boolean | null, to: Scalar): boolean {
  switch (to.kind) {
    case "boolean":
      return typeof value === "boolean";
    case "codec":
      // Only where code sees the same string: not for bigints, nor for a spelling that is normalised.
      return typeof value === "string" && codecs[to.name].encode(value) === value;
    case "enum":
      return typeof value === "string" && to.values.includes(value);
    case "integer":
      return typeof value === "number" && value >= to.min && value <= to.max;
    case "literal":
      return to.value === value;
    case "string":
      return typeof value === "string" && value.length >= to.min && value.length <= to.max;
  }
}

function codecFits(name: CodecName, to: Scalar): boolean {
  if (to.kind === "codec") return to.name === name || (name === "uint256" && to.name === "bigint");
  const { length }: Codec = codecs[name];
  return to.kind === "string" && length !== undefined && within(length, to);
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function within(inner: Range, outer: Range): boolean {
  return inner.min >= outer.min && inner.max <= outer.max;
}

function fieldOf(object: ObjectDescriptor, name: string): Descriptor | undefined {
  return Object.hasOwn(object.fields, name) ? object.fields[name] : undefined;
}

function caseOf(from: ObjectDescriptor, to: Extract<Descriptor, { kind: "variant" }>): ObjectDescriptor | undefined {
  const tag = from.optional.includes(to.on) ? undefined : fieldOf(from, to.on);
  if (tag?.kind !== "literal" || typeof tag.value !== "string") return undefined;
  return Object.hasOwn(to.cases, tag.value) ? to.cases[tag.value] : undefined;
}

function objectMismatch(from: ObjectDescriptor, to: ObjectDescriptor, path: string): string | undefined {
  for (const name of Object.keys(from.fields)) {
    if (fieldOf(to, name) === undefined) return `${pointerTo(path, name)} is not a member of what is expected`;
  }
  for (const [name, expected] of Object.entries(to.fields)) {
    const at = pointerTo(path, name);
    const given = fieldOf(from, name);
    const mayLack = given === undefined || from.optional.includes(name);
    if (mayLack && !to.optional.includes(name)) return `${at} is missing or optional, expected ${describe(expected)}`;
    const found = given === undefined ? undefined : mismatch(given, expected, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function membersMismatch(from: ObjectDescriptor, values: Descriptor, path: string): string | undefined {
  for (const [name, field] of Object.entries(from.fields)) {
    const found = mismatch(field, values, pointerTo(path, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A descriptor in words for a person. */
export function describe(descriptor: Descriptor): string {
  switch (descriptor.kind) {
    case "array":
      return `an array${range(descriptor, 0, Number.MAX_SAFE_INTEGER, " items")} of ${describe(descriptor.items)}`;
    case "boolean":
      return "true or false";
    case "codec":
      return descriptor.name;
    case "enum":
      return `one of ${descriptor.values.join(", ")}`;
    case "integer":
      return `an integer${range(descriptor, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, "")}`;
    case "json":
      return "any value";
    case "literal":
      return JSON.stringify(descriptor.value);
    case "object":
      return `an object of ${listed(descriptor.fields)}`;
    case "record":
      return `a record of ${describe(descriptor.values)}`;
    case "string":
      return `a string${range(descriptor, 0, limits.valueBytes, " characters")}`;
    case "variant":
      return `an object with ${descriptor.on} one of ${listed(descriptor.cases)}`;
  }
}

function listed(members: object): string {
  const names = Object.keys(members);
  return names.length === 0 ? "no members" : names.join(", ");
}

function range({ min, max }: Range, lowest: number, highest: number, unit: string): string {
  if (min === lowest && max === highest) return "";
  if (max === highest) return ` (at least ${min}${unit})`;
  return min === lowest ? ` (at most ${max}${unit})` : ` (${min} to ${max}${unit})`;
}
