/** Values: reading and writing canonical data by a descriptor. Code sees bigints where JSON has decimal strings. */
import { toCanonical } from "./canonical.ts";
import { type Codec, codecs } from "./codecs.ts";
import { type Descriptor, type ObjectDescriptor, describe } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { type Fits, fitsOf } from "./fits.ts";
import { type Json, isPlainObject, limits, pointerTo, put } from "./json.ts";

export interface ValueIssue {
  readonly [name: string]: Json;
  /** JSON pointer of the member. */
  readonly path: string;
  readonly expected: string;
  /** The kind of what was found, never what it is: it may be a secret in the wrong place. */
  readonly found: string;
}

/** Reads and writes the values of one descriptor. What it needs for that is made when it is first asked. */
export class ValueCodec {
  readonly #descriptor: Descriptor;
  #reader: Walk | undefined;
  #writer: Walk | undefined;
  #fitsValue: Fits | undefined;
  #fitsCanonical: Fits | undefined;

  constructor(descriptor: Descriptor) {
    this.#descriptor = descriptor;
  }

  /**
   * The code value of data.
   * @throws VALUE_INVALID naming every misfit (the first 100, and how many there are) by path, expectation and kind of what was found
   */
  decode(data: unknown, what = "value"): unknown {
    this.#reader ??= walker(this.#descriptor, "decode");
    return run(this.#reader, data, what);
  }

  /** That data can be decoded, without decoding it. @throws VALUE_INVALID as decode */
  check(data: unknown, what = "value"): void {
    this.#fitsValue ??= fitsOf(this.#descriptor, "value");
    if (!this.#fitsValue(data)) this.decode(data, what);
  }

  /**
   * The canonical text of a code value.
   * @throws VALUE_INVALID as decode
   * @throws VALUE_TOO_LARGE when the text is over 1 MiB
   */
  encode(value: unknown, what = "value"): string {
    this.#writer ??= walker(this.#descriptor, "encode");
    return sizeChecked(toCanonical(run(this.#writer, value, what) as Json), what);
  }

  /** The canonical text of data that is the canonical encoding of a value; undefined: its value is written otherwise. @throws as decode, encode */
  rewrite(data: Json): string | undefined {
    this.#fitsCanonical ??= fitsOf(this.#descriptor, "canonical");
    const text = toCanonical(data);
    if (this.#fitsCanonical(data)) return sizeChecked(text, "value");
    return this.encode(this.decode(data)) === text ? text : undefined;
  }
}

/** Thousands of steps share a few descriptors. */
const known = new WeakMap<Descriptor, ValueCodec>();

/** The codec of a descriptor, the same for the same one. */
export function codecOf(descriptor: Descriptor): ValueCodec {
  let codec = known.get(descriptor);
  if (codec === undefined) known.set(descriptor, (codec = new ValueCodec(descriptor)));
  return codec;
}

function sizeChecked(text: string, what: string): string {
  // A UTF-16 unit is at most 3 bytes.
  const bytes = text.length > limits.valueBytes / 3 ? Buffer.byteLength(text) : 0;
  if (bytes > limits.valueBytes) {
    throw new MfmError("VALUE_TOO_LARGE", `${what} has ${bytes} bytes, at most ${limits.valueBytes} are allowed`, { what, bytes });
  }
  return text;
}

const issuesNamed = 100;
const issuesInWords = 10;

function run(walk: Walk, value: unknown, what: string): unknown {
  const misfits = new Misfits();
  const result = walk(value, misfits);
  if (misfits.count === 0) return result;
  const words = misfits.issues
    .slice(0, issuesInWords)
    .map((issue) => `${issue.path === "" ? "/" : issue.path}: expected ${issue.expected}, found ${issue.found}`);
  if (misfits.count > issuesInWords) words.push(`and ${misfits.count - issuesInWords} more`);
  throw new MfmError("VALUE_INVALID", `${what} is not valid: ${words.join("; ")}`, { what, count: misfits.count, issues: misfits.issues });
}

/** Reads or writes one value; the result is meaningless where a misfit was noted. */
type Walk = (value: unknown, misfits: Misfits) => unknown;
type Direction = "decode" | "encode";

/** What did not fit. Paths are built on the way out, so that a value that fits costs none. */
class Misfits {
  count = 0;
  readonly issues: ValueIssue[] = [];

  note(expected: string, found: string, path = ""): undefined {
    this.count++;
    if (this.issues.length < issuesNamed) this.issues.push({ path, expected, found });
  }

  /** Says that the issues since the `from`th are of member `name`. */
  under(name: string | number, from: number): void {
    for (let index = from; index < this.issues.length; index++) {
      const issue = this.issues[index] as ValueIssue;
      this.issues[index] = { ...issue, path: pointerTo("", name) + issue.path };
    }
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "string") return `a string of ${value.length} characters`;
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a number that is no integer";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function expectationOf(descriptor: Descriptor): string {
  return descriptor.kind === "codec" ? codecs[descriptor.name].expected : describe(descriptor);
}

function walker(descriptor: Descriptor, direction: Direction): Walk {
  const leaf =
    (fits: (value: unknown) => boolean): Walk =>
    (value, misfits) =>
      fits(value) ? value : misfits.note(expectationOf(descriptor), kindOf(value));
  switch (descriptor.kind) {
    case "boolean":
      return leaf((value) => typeof value === "boolean");
    case "codec": {
      const codec: Codec = codecs[descriptor.name];
      const convert = codec[direction];
      return (value, misfits) => convert(value) ?? misfits.note(codec.expected, kindOf(value));
    }
    case "enum": {
      const values = new Set<unknown>(descriptor.values);
      return leaf((value) => values.has(value));
    }
    case "integer": {
      const { min, max } = descriptor;
      return leaf(
        (value) => typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0) && value >= min && value <= max,
      );
    }
    case "json":
      return leaf((value) => value !== undefined);
    case "literal":
      return leaf((value) => value === descriptor.value && !Object.is(value, -0));
    case "string": {
      const { min, max } = descriptor;
      return leaf((value) => typeof value === "string" && value.length >= min && value.length <= max && value.isWellFormed());
    }
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
  return (value, misfits) => {
    if (!Array.isArray(value) || value.length < descriptor.min || value.length > descriptor.max)
      return misfits.note(describe(descriptor), kindOf(value));
    const result: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      const before = misfits.issues.length;
      result.push(item(value[index], misfits));
      if (misfits.issues.length > before) misfits.under(index, before);
    }
    return result;
  };
}

function recordWalker(descriptor: Extract<Descriptor, { kind: "record" }>, direction: Direction): Walk {
  const member = walker(descriptor.values, direction);
  return (value, misfits) => {
    if (!isPlainObject(value)) return misfits.note(describe(descriptor), kindOf(value));
    const result: { [name: string]: unknown } = {};
    for (const name of Object.keys(value)) {
      const before = misfits.issues.length;
      put(result, name, member(value[name], misfits));
      if (!name.isWellFormed()) misfits.note("a name without lone surrogates", "a lone surrogate");
      if (misfits.issues.length > before) misfits.under(name, before);
    }
    return result;
  };
}

interface Field {
  readonly walk: Walk;
  readonly descriptor: Descriptor;
  readonly optional: boolean;
}

function objectWalker(descriptor: ObjectDescriptor, direction: Direction): Walk {
  const optional = new Set(descriptor.optional);
  const fields = new Map<string, Field>();
  for (const [name, field] of Object.entries(descriptor.fields)) {
    fields.set(name, { walk: walker(field, direction), descriptor: field, optional: optional.has(name) });
  }
  const required = [...fields.values()].filter((field) => !field.optional).length;
  const known = fields.size === 0 ? "none" : [...fields.keys()].join(", ");
  return (value, misfits) => {
    if (!isPlainObject(value)) return misfits.note(describe(descriptor), kindOf(value));
    const result: { [name: string]: unknown } = {};
    let present = 0;
    for (const name of Object.keys(value)) {
      const field = fields.get(name);
      const member = value[name];
      if (field === undefined) misfits.note(`no such member (known: ${known})`, "a member", pointerTo("", name));
      else if (member !== undefined) {
        const before = misfits.issues.length;
        put(result, name, field.walk(member, misfits));
        if (misfits.issues.length > before) misfits.under(name, before);
        if (!field.optional) present++;
      }
    }
    if (present < required) noteMissing(fields, value, misfits);
    return result;
  };
}

function noteMissing(fields: ReadonlyMap<string, Field>, value: { readonly [name: string]: unknown }, misfits: Misfits): void {
  for (const [name, field] of fields) {
    const missing = !Object.hasOwn(value, name) || value[name] === undefined;
    if (missing && !field.optional) misfits.note(expectationOf(field.descriptor), kindOf(undefined), pointerTo("", name));
  }
}

function variantWalker(descriptor: Extract<Descriptor, { kind: "variant" }>, direction: Direction): Walk {
  const cases = new Map(Object.entries(descriptor.cases).map(([tag, inner]) => [tag, objectWalker(inner, direction)]));
  const { on } = descriptor;
  return (value, misfits) => {
    if (!isPlainObject(value)) return misfits.note(describe(descriptor), kindOf(value));
    const tag = Object.hasOwn(value, on) ? value[on] : undefined;
    const inner = typeof tag === "string" ? cases.get(tag) : undefined;
    if (inner === undefined) return misfits.note(`one of ${[...cases.keys()].join(", ")}`, kindOf(tag), pointerTo("", on));
    return inner(value, misfits);
  };
}
