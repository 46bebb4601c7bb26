/** Lowering: from the closed subset of zod (DESIGN 4) to descriptors. What is outside the subset is refused where it is written, by name. */
import type * as z from "zod";
import { codecNameOf } from "./codecs.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { limits, pointerTo } from "./json.ts";

/**
 * The descriptor of a schema. It holds nothing of zod, and not the order in which the author wrote members, so only meaning moves its digest.
 * @throws DEFINITION_INVALID when the schema uses anything outside the closed subset; details name the path (a JSON pointer) and the reason
 */
export function lowerSchema(schema: z.ZodType, path = ""): Descriptor {
  return lower(schema, path, 0);
}

/** How deep a descriptor nests as JSON: the documents that hold descriptors have `limits.depth` for both. */
const descriptorDepth = limits.depth - 16;

function lower(schema: z.ZodType, path: string, depth: number): Descriptor {
  if (depth > descriptorDepth) refuse(path, "nested too deeply, or it contains itself");
  const codec = codecNameOf(schema);
  if (codec !== undefined) return { kind: "codec", name: codec };
  const definition = definitionOf(schema);
  if (definition["coerce"] === true) refuse(path, "z.coerce would change values on the way in: write what the value is");
  switch (definition["type"]) {
    case "array": {
      const items = lower(inner(definition, "element"), `${path}/*`, depth + 1);
      return { kind: "array", items, ...rangeOf(definition, path, lengthChecks, { min: 0, max: Number.MAX_SAFE_INTEGER }) };
    }
    case "boolean":
      return plain(definition, path, { kind: "boolean" });
    case "enum":
      return lowerEnum(definition, path);
    case "literal":
      return lowerLiteral(definition, path);
    case "number":
      return lowerInteger(definition, path);
    case "object":
      return lowerObject(definition, path, depth);
    case "record":
      return lowerRecord(definition, path, depth);
    case "string":
      return { kind: "string", ...rangeOf(definition, path, lengthChecks, { min: 0, max: limits.valueBytes }) };
    case "union":
      return lowerVariant(definition, path, depth);
    default:
      return refuse(path, outsideSubset(String(definition["type"])));
  }
}

/** What to write instead, by zod's name of what is outside the subset. */
const instead: { readonly [type: string]: string } = {
  any: "say what the value is",
  bigint: "use the bigint or uint256 codec",
  custom: "check in the state's code",
  date: "use the instant codec",
  default: "write the value where the schema is used",
  file: "record bytes with the bytes codec",
  lazy: "recursive values are not supported",
  map: "use z.record(z.string(), ...)",
  never: "leave the member out",
  null: "use z.literal(null)",
  nullable: "use an optional member, or z.discriminatedUnion",
  optional: "optional stands only at a member of an object",
  pipe: "transform and check in the state's code",
  prefault: "write the value where the schema is used",
  set: "use z.array(...)",
  symbol: "use z.enum([...])",
  template_literal: "use z.string()",
  transform: "transform and check in the state's code",
  tuple: "use z.strictObject with a name for each member",
  undefined: "use an optional member",
  unknown: "say what the value is",
  void: "use z.strictObject({})",
};

function outsideSubset(type: string): string {
  const advice = Object.hasOwn(instead, type) ? `: ${instead[type]}` : "";
  return `z.${type} is outside the subset that values are described with${advice}`;
}

type Definition = { readonly [name: string]: unknown };

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition;
}

function inner(definition: Definition, name: string): z.ZodType {
  return definition[name] as z.ZodType;
}

function refuse(path: string, reason: string): never {
  throw new MfmError("DEFINITION_INVALID", `schema at ${path === "" ? "/" : path}: ${reason}`, { path, reason });
}

function plain<D extends Descriptor>(definition: Definition, path: string, descriptor: D): D {
  if (checksOf(definition).length > 0) refuse(path, "refinements are outside the subset: check in the state's code");
  return descriptor;
}

function checksOf(definition: Definition): Definition[] {
  const checks = (definition["checks"] ?? []) as readonly { readonly _zod: { readonly def: unknown } }[];
  // A format such as z.email() or z.int() is a check that stands on the schema itself.
  const own = definition["check"] === undefined ? [] : [definition];
  return [...own, ...checks.map((check) => check._zod.def as Definition)];
}

interface Range {
  readonly min: number;
  readonly max: number;
}

const lengthChecks = ["min_length", "max_length", "length_equals"];
const boundChecks = ["number_format", "greater_than", "less_than"];

/** The integer formats of zod, which are ranges. Its float formats are not among them. */
const integerFormats: { readonly [format: string]: Range } = {
  safeint: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  int32: { min: -(2 ** 31), max: 2 ** 31 - 1 },
  uint32: { min: 0, max: 2 ** 32 - 1 },
};

/** Folds length and bound checks into one range; any other check is refused. */
function rangeOf(definition: Definition, path: string, allowed: readonly string[], start: Range): Range {
  let { min, max } = start;
  for (const check of checksOf(definition)) {
    const name = String(check["check"]);
    const format = typeof check["format"] === "string" ? check["format"] : name;
    if (!allowed.includes(name)) refuse(path, `the check ${format} is outside the subset: check in the state's code`);
    const range = name === "number_format" ? integerFormats[format] : boundsOf(check, name, path);
    if (range === undefined) return refuse(path, `z.${format} is outside the subset: use z.int(), or the decimal codec`);
    min = Math.max(min, range.min);
    max = Math.min(max, range.max);
  }
  if (min > max) refuse(path, `no value is at least ${min} and at most ${max}`);
  return { min, max };
}

function boundsOf(check: Definition, name: string, path: string): Range {
  const written = Number(check["minimum"] ?? check["maximum"] ?? check["length"] ?? check["value"]);
  if (!Number.isSafeInteger(written)) refuse(path, "a bound that is not a safe integer");
  const step = check["inclusive"] === false ? 1 : 0;
  // Adding 0 turns -0, which is not canonical, into 0.
  if (name === "min_length" || name === "greater_than") return { min: written + step + 0, max: Number.MAX_SAFE_INTEGER };
  if (name === "max_length" || name === "less_than") return { min: Number.MIN_SAFE_INTEGER, max: written - step + 0 };
  return { min: written + 0, max: written + 0 };
}

function lowerInteger(definition: Definition, path: string): Descriptor {
  const whole = checksOf(definition).some((check) => check["check"] === "number_format");
  if (!whole) refuse(path, "floats are not canonical data: use z.int(), or the decimal codec");
  return { kind: "integer", ...rangeOf(definition, path, boundChecks, { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }) };
}

function lowerEnum(definition: Definition, path: string): Descriptor {
  const values = Object.values(definition["entries"] as { readonly [name: string]: unknown });
  const strings = values.filter((value) => typeof value === "string" && value.isWellFormed());
  if (strings.length !== values.length) refuse(path, "an enum's values must be well-formed strings");
  if (strings.length === 0) refuse(path, "an enum without values");
  return plain(definition, path, { kind: "enum", values: [...new Set(strings as string[])].sort() });
}

function lowerLiteral(definition: Definition, path: string): Descriptor {
  const values = definition["values"] as readonly unknown[];
  const [value] = values;
  if (values.length !== 1) refuse(path, "a literal holds one value: use z.enum for several");
  const scalar =
    value === null || typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0));
  if (!scalar && !(typeof value === "string" && value.isWellFormed())) {
    return refuse(path, "a literal must be a well-formed string, a safe integer, a boolean or null");
  }
  return plain(definition, path, { kind: "literal", value });
}

function lowerObject(definition: Definition, path: string, depth: number): ObjectDescriptor {
  const catchall = definition["catchall"] as z.ZodType | undefined;
  if (catchall === undefined || definitionOf(catchall)["type"] !== "never") refuse(path, "objects must be strict: use z.strictObject");
  const fields: { [name: string]: Descriptor } = {};
  const optional: string[] = [];
  for (const [name, field] of Object.entries(definition["shape"] as { readonly [name: string]: z.ZodType })) {
    const at = pointerTo(path, name);
    checkName(name, at);
    const own = definitionOf(field);
    const isOptional = own["type"] === "optional";
    if (isOptional) optional.push(plain(own, at, { kind: "literal", value: name }).value);
    fields[name] = lower(isOptional ? inner(own, "innerType") : field, at, depth + 2);
  }
  return plain(definition, path, { kind: "object", fields, optional: optional.sort() });
}

/**
 * Names that say "secret" (compared without separators): such a thing must never enter a value (DESIGN 4). The end of a name says what it is, so
 * `apiKeyId` and `passwordRequired` are free. `authorization` is too: that is what EIP-7702 calls a part of a transaction.
 */
const secretName = new RegExp(
  `(?:${[
    "(?:private|priv|secret|signing|api|access|auth|encryption|decryption|master|keystore)key",
    "(?:api|access|auth|authentication|authorization|bearer|refresh|session|jwt)token",
    "(?:seed|recovery|mnemonic|secret|backup|pass)(?:phrase|word)",
    "(?:wallet|master|hd|bip39|mnemonic|root)seed",
    "mnemonic|passwd|passcode|pwd|secret|credential|^bearer|jwt|xprv|xpriv|authorizationheader",
  ].join("|")})(?:s|hex|bytes|base64|raw|string|text|value|pem|jwk|json|[0-9])*$`,
  "i",
);

function checkName(name: string, path: string): void {
  if (name === "__proto__" || !name.isWellFormed()) refuse(path, "a name that canonical data cannot hold safely");
  if (!secretName.test(name.replaceAll(/[-_. ]/g, ""))) return;
  refuse(path, "the name says secret, and secrets never enter a value: pass a reference that only process configuration resolves");
}

function lowerRecord(definition: Definition, path: string, depth: number): Descriptor {
  const key = definitionOf(inner(definition, "keyType"));
  if (key["type"] !== "string" || key["coerce"] === true || checksOf(key).length > 0) refuse(path, "a record's keys must be z.string()");
  return plain(definition, path, { kind: "record", values: lower(inner(definition, "valueType"), `${path}/*`, depth + 1) });
}

function lowerVariant(definition: Definition, path: string, depth: number): Descriptor {
  const on = definition["discriminator"];
  if (typeof on !== "string") return refuse(path, "a union must be on a literal: use z.discriminatedUnion");
  const cases: { [tag: string]: ObjectDescriptor } = {};
  for (const option of definition["options"] as readonly z.ZodType[]) {
    const lowered = lower(option, path, depth + 2);
    const field =
      lowered.kind === "object" && Object.hasOwn(lowered.fields, on) && !lowered.optional.includes(on) ? lowered.fields[on] : undefined;
    if (lowered.kind !== "object" || field?.kind !== "literal" || typeof field.value !== "string") {
      return refuse(path, `each case of the union must be an object with a string literal at ${on}`);
    }
    if (field.value === "__proto__") refuse(path, "a name that canonical data cannot hold safely");
    if (Object.hasOwn(cases, field.value)) refuse(path, `two cases with ${on} ${JSON.stringify(field.value)}`);
    cases[field.value] = lowered;
  }
  if (Object.keys(cases).length === 0) refuse(path, "a union without cases");
  return plain(definition, path, { kind: "variant", on, cases });
}
