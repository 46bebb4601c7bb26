/** Descriptors: canonical data that says what a value may be. They, not zod's version, decide what is valid and what a digest covers. */
import type { CodecName } from "./codecs.ts";

export type Descriptor =
  | { readonly kind: "array"; readonly items: Descriptor; readonly min: number; readonly max: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "codec"; readonly name: CodecName }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  /** Any canonical data. Only MFM's own formats use it; lowering never makes one. */
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
    if (at?.kind !== "object" || at.optional.includes(name) || !Object.hasOwn(at.fields, name)) return undefined;
    at = at.fields[name];
  }
  return at;
}

/** Undefined when every value of `from` is a value of `to`; otherwise where and why not. */
export function mismatch(from: Descriptor, to: Descriptor, path = ""): string | undefined {
  const at = path === "" ? "the value" : path;
  if (from.kind === "variant") {
    for (const [tag, inner] of Object.entries(from.cases)) {
      const found = mismatch(inner, to, `${path}/(${from.on}=${tag})`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (to.kind === "variant") return mismatchWithVariant(from, to, path);
  if (from.kind === "literal") return literalFits(from.value, to) ? undefined : `${at} is ${JSON.stringify(from.value)}, expected ${describe(to)}`;
  if (from.kind !== to.kind) return `${at} is ${describe(from)}, expected ${describe(to)}`;
  switch (from.kind) {
    case "boolean":
    case "json":
      return undefined;
    case "codec":
      return sameCodec(from.name, to) ? undefined : `${at} is ${describe(from)}, expected ${describe(to)}`;
    case "enum":
      return to.kind === "enum" && from.values.every((value) => to.values.includes(value)) ? undefined : `${at} is ${describe(from)}, expected ${describe(to)}`;
    case "integer":
    case "string":
      return isRange(to) && from.min >= to.min && from.max <= to.max ? undefined : `${at} is ${describe(from)}, expected ${describe(to)}`;
    case "array":
      if (to.kind !== "array" || from.min < to.min || from.max > to.max) return `${at} is ${describe(from)}, expected ${describe(to)}`;
      return mismatch(from.items, to.items, `${path}/*`);
    case "record":
      return to.kind === "record" ? mismatch(from.values, to.values, `${path}/*`) : undefined;
    case "object":
      return to.kind === "object" ? objectMismatch(from, to, path) : undefined;
  }
}

function isRange(descriptor: Descriptor): descriptor is Extract<Descriptor, { min: number }> {
  return "min" in descriptor;
}

function sameCodec(name: CodecName, to: Descriptor): boolean {
  return to.kind === "codec" && (to.name === name || (name === "uint256" && to.name === "bigint"));
}

function literalFits(value: string | number | boolean | null, to: Descriptor): boolean {
  if (to.kind === "literal") return to.value === value;
  if (to.kind === "boolean") return typeof value === "boolean";
  if (to.kind === "enum") return typeof value === "string" && to.values.includes(value);
  if (to.kind === "integer") return typeof value === "number" && value >= to.min && value <= to.max;
  return to.kind === "string" && typeof value === "string" && value.length >= to.min && value.length <= to.max;
}

function mismatchWithVariant(from: Descriptor, to: Extract<Descriptor, { kind: "variant" }>, path: string): string | undefined {
  const tag = from.kind === "object" ? from.fields[to.on] : undefined;
  const inner = tag?.kind === "literal" ? to.cases[String(tag.value)] : undefined;
  if (inner === undefined) return `${path === "" ? "the value" : path} is ${describe(from)}, expected ${describe(to)}`;
  return mismatch(from, inner, path);
}

function objectMismatch(from: ObjectDescriptor, to: ObjectDescriptor, path: string): string | undefined {
  for (const name of Object.keys(from.fields)) if (!Object.hasOwn(to.fields, name)) return `${path}/${name} is not a member of what is expected`;
  for (const [name, expected] of Object.entries(to.fields)) {
    const given = from.fields[name];
    const mayLack = given === undefined || from.optional.includes(name);
    if (mayLack && !to.optional.includes(name)) return `${path}/${name} is missing or optional, expected ${describe(expected)}`;
    const found = given === undefined ? undefined : mismatch(given, expected, `${path}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A descriptor in words for a person. */
export function describe(descriptor: Descriptor): string {
  switch (descriptor.kind) {
    case "array":
      return `an array of ${describe(descriptor.items)}${range(descriptor.min, descriptor.max, 0, Number.MAX_SAFE_INTEGER)}`;
    case "boolean":
      return "true or false";
    case "codec":
      return descriptor.name;
    case "enum":
      return `one of ${descriptor.values.join(", ")}`;
    case "integer":
      return `an integer${range(descriptor.min, descriptor.max, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)}`;
    case "json":
      return "any value";
    case "literal":
      return JSON.stringify(descriptor.value);
    case "object":
      return `an object of ${Object.keys(descriptor.fields).join(", ") || "no members"}`;
    case "record":
      return `a record of ${describe(descriptor.values)}`;
    case "string":
      return `a string${range(descriptor.min, descriptor.max, 0, Number.MAX_SAFE_INTEGER)}`;
    case "variant":
      return `an object with ${descriptor.on} one of ${Object.keys(descriptor.cases).join(", ")}`;
  }
}

function range(min: number, max: number, lowest: number, highest: number): string {
  if (min === lowest && max === highest) return "";
  if (max === highest) return ` (at least ${min})`;
  return min === lowest ? ` (at most ${max})` : ` (${min} to ${max})`;
}
