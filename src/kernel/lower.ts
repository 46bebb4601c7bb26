/** Lowering: from the closed subset of zod (DESIGN 4) to descriptors. What is outside the subset is refused where it is written, by name. */
import type * as z from "zod";
import { codecNameOf } from "./codecs.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { limits } from "./json.ts";

/** Member names that say "secret": such a thing must never enter a value (DESIGN 4). */
const secretName = /^(?:.*(?:private|secret|signing|api|access|auth)_?key|.*(?:mnemonic|passphrase|password|passwd|secret|credential|bearer|authorization|auth_?token|access_?token|refresh_?token|api_?token|seed_?phrase|recovery_?phrase)s?)$/i;

/**
 * The descriptor of a schema.
 * @throws DEFINITION_INVALID when the schema uses anything outside the closed subset; details name the path
 */
export function lowerSchema(schema: z.ZodType, path = ""): Descriptor {
  const codec = codecNameOf(schema);
  if (codec !== undefined) return { kind: "codec", name: codec };
  const definition = definitionOf(schema);
  switch (definition["type"]) {
    case "array": {
      const { min, max } = rangeOf(definition, path, ["min_length", "max_length", "length_equals"], { min: 0, max: Number.MAX_SAFE_INTEGER });
      return { kind: "array", items: lowerSchema(inner(definition, "element"), `${path}/*`), min, max };
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
      return lowerObject(definition, path);
    case "record":
      return lowerRecord(definition, path);
    case "string": {
      const { min, max } = rangeOf(definition, path, ["min_length", "max_length", "length_equals"], { min: 0, max: limits.valueBytes });
      return { kind: "string", min, max };
    }
    case "union":
      return lowerVariant(definition, path);
    case "optional":
      return refuse(path, "optional stands only at a member of an object");
    default:
      return refuse(path, `z.${String(definition["type"])} is outside the subset that values are described with`);
  }
}

type Definition = { readonly [name: string]: unknown };

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition;
}

function inner(definition: Definition, name: string): z.ZodType {
  return definition[name] as z.ZodType;
}

function refuse(path: string, reason: string): never {
  throw new MfmError("DEFINITION_INVALID", `schema at ${path === "" ? "/" : path}: ${reason}`, { path: path === "" ? "/" : path, reason });
}

function plain(definition: Definition, path: string, descriptor: Descriptor): Descriptor {
  if (checksOf(definition).length > 0) refuse(path, "refinements are not part of the subset; check in the state's code");
  return descriptor;
}

function checksOf(definition: Definition): Definition[] {
  const checks = (definition["checks"] ?? []) as readonly { readonly _zod: { readonly def: unknown } }[];
  // A format such as z.email() or z.float32() is a check that stands on the schema itself.
  const own = definition["check"] === undefined ? [] : [definition];
  return [...own, ...checks.map((check) => check._zod.def as Definition)];
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Folds length and bound checks into one range; any other check is refused. */
function rangeOf(definition: Definition, path: string, allowed: readonly string[], start: Range): Range {
  let { min, max } = start;
  for (const check of checksOf(definition)) {
    const name = String(check["check"]);
    if (!allowed.includes(name)) refuse(path, `the check ${name} is not part of the subset; check in the state's code`);
    if (name === "number_format") {
      if (check["format"] !== "safeint") refuse(path, `z.${String(check["format"])} is not part of the subset: use z.int()`);
      continue;
    }
    const bound = Number(check["minimum"] ?? check["maximum"] ?? check["length"] ?? check["value"]);
    if (!Number.isSafeInteger(bound)) refuse(path, "a bound that is not a safe integer");
    const step = check["inclusive"] === false ? 1 : 0;
    if (name === "min_length" || name === "length_equals" || name === "greater_than") min = Math.max(min, bound + step);
    if (name === "max_length" || name === "length_equals" || name === "less_than") max = Math.min(max, bound - step);
  }
  if (min > max) refuse(path, `no value is at least ${min} and at most ${max}`);
  return { min, max };
}

function lowerInteger(definition: Definition, path: string): Descriptor {
  const whole = checksOf(definition).some((check) => check["format"] === "safeint");
  if (!whole) refuse(path, "floats are not canonical data: use z.int(), or the decimal codec");
  const range = rangeOf(definition, path, ["number_format", "greater_than", "less_than"], { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  return { kind: "integer", ...range };
}

function lowerEnum(definition: Definition, path: string): Descriptor {
  const values = Object.values(definition["entries"] as Record<string, unknown>);
  if (!values.every((value) => typeof value === "string")) refuse(path, "an enum's values must be strings");
  return plain(definition, path, { kind: "enum", values: [...new Set(values as string[])].sort() });
}

function lowerLiteral(definition: Definition, path: string): Descriptor {
  const values = definition["values"] as readonly unknown[];
  const [value] = values;
  if (values.length !== 1) refuse(path, "a literal holds one value: use z.enum for several");
  const fits = typeof value === "string" || typeof value === "boolean" || value === null || (typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0));
  if (!fits) refuse(path, "a literal must be a string, an integer, a boolean or null");
  return plain(definition, path, { kind: "literal", value });
}

function lowerObject(definition: Definition, path: string): ObjectDescriptor {
  const catchall = definition["catchall"] as z.ZodType | undefined;
  if (catchall === undefined || definitionOf(catchall)["type"] !== "never") refuse(path, "objects must be strict: use z.strictObject");
  if (checksOf(definition).length > 0) refuse(path, "refinements are not part of the subset; check in the state's code");
  const fields: { [name: string]: Descriptor } = {};
  const optional: string[] = [];
  for (const [name, field] of Object.entries(definition["shape"] as Record<string, z.ZodType>)) {
    const at = `${path}/${name}`;
    if (secretName.test(name)) refuse(at, "the name says secret, and secrets never enter a value; pass a reference that only process configuration resolves");
    if (name === "__proto__") refuse(at, "a reserved name");
    const isOptional = definitionOf(field)["type"] === "optional" && codecNameOf(field) === undefined;
    if (isOptional) optional.push(name);
    fields[name] = lowerSchema(isOptional ? inner(definitionOf(field), "innerType") : field, at);
  }
  return { kind: "object", fields, optional: optional.sort() };
}

function lowerRecord(definition: Definition, path: string): Descriptor {
  const key = definitionOf(inner(definition, "keyType"));
  if (key["type"] !== "string" || checksOf(key).length > 0) refuse(path, "a record's keys must be z.string()");
  return plain(definition, path, { kind: "record", values: lowerSchema(inner(definition, "valueType"), `${path}/*`) });
}

function lowerVariant(definition: Definition, path: string): Descriptor {
  const on = definition["discriminator"];
  if (typeof on !== "string") refuse(path, "a union must be on a literal: use z.discriminatedUnion");
  const cases: { [tag: string]: ObjectDescriptor } = {};
  for (const option of definition["options"] as readonly z.ZodType[]) {
    const lowered = lowerSchema(option, path);
    const tag = lowered.kind === "object" ? lowered.fields[on] : undefined;
    if (lowered.kind !== "object" || tag?.kind !== "literal" || typeof tag.value !== "string") return refuse(path, `each case of the union needs a string literal at ${on}`);
    if (Object.hasOwn(cases, tag.value)) refuse(path, `two cases with ${on} ${JSON.stringify(tag.value)}`);
    cases[tag.value] = lowered;
  }
  return { kind: "variant", on, cases };
}
