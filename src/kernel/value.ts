/** Values: reading and writing canonical data by a descriptor. Code sees bigints where JSON has decimal strings. */
import { type Codec, codecs } from "./codecs.ts";
import { type Descriptor, type ObjectDescriptor, describe } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { toCanonical } from "./canonical.ts";
import { type Json, limits } from "./json.ts";

export interface ValueIssue {
  readonly [name: string]: Json;
  /** JSON pointer of the member. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

type Direction = "decode" | "encode";
type Walk = (value: unknown, path: string, issues: ValueIssue[]) => unknown;

/** Reads and writes the values of one descriptor. */
export class ValueCodec {
  private readonly reader: Walk;
  private readonly writer: Walk;

  constructor(descriptor: Descriptor) {
    this.reader = walker(descriptor, "decode");
    this.writer = walker(descriptor, "encode");
  }

  /** The code value of data. @throws VALUE_INVALID naming every misfit by path, expectation and kind of what was found */
  decode(data: unknown, what = "value"): unknown {
    return run(this.reader, data, what);
  }

  /**
   * The canonical text of a code value.
   * @throws VALUE_INVALID as decode
   * @throws VALUE_TOO_LARGE when the text is over 1 MiB
   */
  encode(value: unknown, what = "value"): string {
    const text = toCanonical(run(this.writer, value, what) as Json);
    if (text.length > limits.valueBytes / 3 && Buffer.byteLength(text) > limits.valueBytes) {
      throw new MfmError("VALUE_TOO_LARGE", `${what} has ${Buffer.byteLength(text)} bytes, at most ${limits.valueBytes} are allowed`, { what });
    }
    return text;
  }
}

function run(walk: Walk, value: unknown, what: string): unknown {
  const issues: ValueIssue[] = [];
  const result = walk(value, "", issues);
  if (issues.length === 0) return result;
  const words = issues.slice(0, 20).map((issue) => `${issue.path === "" ? "/" : issue.path}: expected ${issue.expected}, found ${issue.found}`);
  throw new MfmError("VALUE_INVALID", `${what} is not valid: ${words.join("; ")}`, { what, issues: issues.slice(0, 20) });
}

/** What a value is, in words that never repeat it: it may be a secret in the wrong place. */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "string") return `a string of ${value.length} characters`;
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a number that is no integer";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function misfit(issues: ValueIssue[], path: string, descriptor: Descriptor, value: unknown): undefined {
  issues.push({ path, expected: descriptor.kind === "codec" ? codecs[descriptor.name].expected : describe(descriptor), found: kindOf(value) });
  return undefined;
}

function walker(descriptor: Descriptor, direction: Direction): Walk {
  const refused = (value: unknown, path: string, issues: ValueIssue[]): undefined => misfit(issues, path, descriptor, value);
  const leaf =
    (fits: (value: unknown) => boolean): Walk =>
    (value, path, issues) =>
      fits(value) ? value : refused(value, path, issues);
  switch (descriptor.kind) {
    case "boolean":
      return leaf((value) => typeof value === "boolean");
    case "codec": {
      const codec: Codec = codecs[descriptor.name];
      const convert = codec[direction];
      return (value, path, issues) => convert(value) ?? refused(value, path, issues);
    }
    case "enum": {
      const values = new Set<unknown>(descriptor.values);
      return leaf((value) => values.has(value));
    }
    case "integer":
      return leaf((value) => Number.isSafeInteger(value) && !Object.is(value, -0) && Number(value) >= descriptor.min && Number(value) <= descriptor.max);
    case "json":
      return leaf((value) => value !== undefined);
    case "literal":
      return leaf((value) => value === descriptor.value && !Object.is(value, -0));
    case "string":
      return leaf((value) => typeof value === "string" && value.length >= descriptor.min && value.length <= descriptor.max && value.isWellFormed());
    case "array":
      return arrayWalker(descriptor, direction);
    case "record":
      return recordWalker(descriptor, direction);
    case "object":
      return objectWalker(descriptor, direction);
    case "variant":
      return variantWalker(descriptor, direction);
  }
}

function arrayWalker(descriptor: Extract<Descriptor, { kind: "array" }>, direction: Direction): Walk {
  const item = walker(descriptor.items, direction);
  return (value, path, issues) => {
    if (!Array.isArray(value) || value.length < descriptor.min || value.length > descriptor.max) return misfit(issues, path, descriptor, value);
    return Array.from(value, (member, index) => item(member, `${path}/${index}`, issues));
  };
}

function isPlainObject(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function recordWalker(descriptor: Extract<Descriptor, { kind: "record" }>, direction: Direction): Walk {
  const member = walker(descriptor.values, direction);
  return (value, path, issues) => {
    if (!isPlainObject(value)) return misfit(issues, path, descriptor, value);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, member(inner, `${path}/${name}`, issues)]));
  };
}

function objectWalker(descriptor: ObjectDescriptor, direction: Direction): Walk {
  const optional = new Set(descriptor.optional);
  const fields = Object.entries(descriptor.fields).map(([name, field]) => ({ name, field, walk: walker(field, direction), optional: optional.has(name) }));
  return (value, path, issues) => {
    if (!isPlainObject(value)) return misfit(issues, path, descriptor, value);
    const result: { [name: string]: unknown } = {};
    let found = 0;
    for (const field of fields) {
      const member = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
      if (Object.hasOwn(value, field.name)) found++;
      if (member !== undefined) result[field.name] = field.walk(member, `${path}/${field.name}`, issues);
      else if (!field.optional) misfit(issues, `${path}/${field.name}`, field.field, undefined);
    }
    if (found !== Object.keys(value).length) refuseUnknown(descriptor, value, path, issues);
    return result;
  };
}

function refuseUnknown(descriptor: ObjectDescriptor, value: object, path: string, issues: ValueIssue[]): void {
  const known = Object.keys(descriptor.fields);
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) issues.push({ path: `${path}/${name}`, expected: `no such member (known: ${known.join(", ") || "none"})`, found: "a member" });
  }
}

function variantWalker(descriptor: Extract<Descriptor, { kind: "variant" }>, direction: Direction): Walk {
  const cases = new Map(Object.entries(descriptor.cases).map(([tag, inner]) => [tag, objectWalker(inner, direction)]));
  return (value, path, issues) => {
    const tag = isPlainObject(value) && Object.hasOwn(value, descriptor.on) ? value[descriptor.on] : undefined;
    const inner = typeof tag === "string" ? cases.get(tag) : undefined;
    return inner === undefined ? misfit(issues, path, descriptor, value) : inner(value, path, issues);
  };
}
