/** Reading a spec from data that may come from anywhere: its structure only. Whether it means anything is certification's business. */
import { isCodecName } from "./codecs.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { isJsonObject, pointerTo } from "./json.ts";
import { type Binding, type Spec, specFormat } from "./spec.ts";
import { MfmError } from "./errors.ts";
import { ValueCodec } from "./value.ts";

const json: Descriptor = { kind: "json" };
const text: Descriptor = { kind: "string", min: 0, max: 2000 };
const count: Descriptor = { kind: "integer", min: 0, max: Number.MAX_SAFE_INTEGER };
const digest: Descriptor = { kind: "codec", name: "digest" };
const object = (fields: { readonly [name: string]: Descriptor }, ...optional: readonly string[]): ObjectDescriptor => ({
  kind: "object",
  fields,
  optional,
});
const array = (items: Descriptor): Descriptor => ({ kind: "array", items, min: 0, max: Number.MAX_SAFE_INTEGER });
const literal = (value: string): Descriptor => ({ kind: "literal", value });
const choice = (...values: string[]): Descriptor => ({ kind: "enum", values });

const effects = choice("pure", "read", "write");
const capability = object({ id: text, kind: choice("read", "write"), descriptor: digest });
const retry = object({ maxAttempts: count, firstDelayMs: count, maxDelayMs: count, factor: count, jitterPercent: count });
const quorum = { operators: array({ kind: "codec", name: "address" }), quorum: count };
const common = { key: text, after: array(text) };
const step: Descriptor = {
  kind: "variant",
  on: "kind",
  cases: {
    state: object(
      {
        ...common,
        kind: literal("state"),
        state: text,
        config: json,
        input: json,
        retry,
        timeLimitMs: count,
        undoes: text,
        approval: object(quorum),
      },
      "approval",
      "undoes",
    ),
    wait: object({ ...common, kind: literal("wait"), durationMs: count }),
    signal: object({ ...common, kind: literal("signal"), payload: json }),
    child: object({ ...common, kind: literal("child"), op: text, config: json }),
  },
};
const shape = new ValueCodec(
  object({
    format: literal(specFormat),
    op: text,
    lineage: array(object({ key: text, op: text, config: digest })),
    states: array(object({ id: text, effect: effects, descriptor: digest, capabilities: { kind: "record", values: capability } })),
    children: array(object({ id: text, config: json, output: json })),
    steps: array(step),
    saga: {
      kind: "variant",
      on: "policy",
      cases: {
        compensate: object({ policy: literal("compensate"), ...quorum }),
        fail: object({ policy: literal("fail") }),
        manual: object({ policy: literal("manual"), ...quorum }),
        "no-writes": object({ policy: literal("no-writes") }),
      },
    },
    output: object({ binding: json, type: json }),
  }),
);

export interface ShapeProblem {
  readonly path: string;
  readonly reason: string;
}

export type SpecShape =
  | { readonly kind: "spec"; readonly spec: Spec }
  | { readonly kind: "refused"; readonly problems: readonly ShapeProblem[] };

/** The spec that data is, or every structural problem. */
export function readSpecShape(data: unknown): SpecShape {
  try {
    shape.check(data, "spec");
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    const issues = (error.details["issues"] ?? []) as readonly {
      readonly path: string;
      readonly expected: string;
      readonly found: string;
    }[];
    const problems = issues.map((issue) => ({ path: issue.path, reason: `expected ${issue.expected}, found ${issue.found}` }));
    return { kind: "refused", problems };
  }
  const spec = data as Spec;
  const problems: ShapeProblem[] = [];
  for (const [index, planned] of spec.steps.entries()) {
    if (planned.kind === "state") checkBinding(planned.input, `/steps/${index}/input`, problems);
    if (planned.kind === "child") checkBinding(planned.config, `/steps/${index}/config`, problems);
    if (planned.kind === "signal") checkDescriptor(planned.payload, `/steps/${index}/payload`, problems);
  }
  for (const [index, child] of spec.children.entries()) {
    checkDescriptor(child.config, `/children/${index}/config`, problems);
    checkDescriptor(child.output, `/children/${index}/output`, problems);
  }
  checkBinding(spec.output.binding, "/output/binding", problems);
  checkObjectDescriptor(spec.output.type, "/output/type", problems);
  return problems.length === 0 ? { kind: "spec", spec } : { kind: "refused", problems };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function hasOnly(value: object, ...names: string[]): boolean {
  const keys = Object.keys(value);
  return keys.length === names.length && names.every((name) => keys.includes(name));
}

function checkBinding(binding: unknown, path: string, problems: ShapeProblem[]): asserts binding is Binding {
  if (!isJsonObject(binding)) problems.push({ path, reason: "expected a binding" });
  else if (hasOnly(binding, "value")) return;
  else if (hasOnly(binding, "from", "path") && typeof binding["from"] === "string" && isStrings(binding["path"])) return;
  else if (hasOnly(binding, "array") && Array.isArray(binding["array"])) {
    for (const [index, item] of (binding["array"] as unknown[]).entries()) checkBinding(item, `${path}/array/${index}`, problems);
  } else if (hasOnly(binding, "object") && isJsonObject(binding["object"])) {
    for (const [name, member] of Object.entries(binding["object"])) checkBinding(member, pointerTo(`${path}/object`, name), problems);
  } else problems.push({ path, reason: "expected a binding: one of value, from with path, array, object" });
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value);
const isScalar = (value: unknown): boolean => value === null || typeof value === "string" || typeof value === "boolean" || isCount(value);

/** Whether data is a descriptor of the closed subset, with exactly its members. */
function checkDescriptor(descriptor: unknown, path: string, problems: ShapeProblem[]): asserts descriptor is Descriptor {
  const ok = isJsonObject(descriptor) && isKnownDescriptor(descriptor);
  if (!ok) {
    problems.push({ path, reason: "expected a descriptor" });
    return;
  }
  const known = descriptor as Descriptor;
  if (known.kind === "array") checkDescriptor(known.items, `${path}/items`, problems);
  if (known.kind === "record") checkDescriptor(known.values, `${path}/values`, problems);
  if (known.kind === "object")
    for (const [name, field] of Object.entries(known.fields)) checkDescriptor(field, pointerTo(`${path}/fields`, name), problems);
  if (known.kind === "variant") {
    for (const [tag, inner] of Object.entries(known.cases)) checkObjectDescriptor(inner, pointerTo(`${path}/cases`, tag), problems);
  }
}

function checkObjectDescriptor(descriptor: unknown, path: string, problems: ShapeProblem[]): void {
  if (isJsonObject(descriptor) && descriptor["kind"] !== "object") problems.push({ path, reason: "expected an object descriptor" });
  else checkDescriptor(descriptor, path, problems);
}

function isKnownDescriptor(value: { readonly [name: string]: unknown }): boolean {
  const { kind, min, max } = value;
  const isRange = isCount(min) && isCount(max) && Number(min) <= Number(max);
  switch (kind) {
    case "array":
      return hasOnly(value, "kind", "items", "min", "max") && isRange;
    case "boolean":
      return hasOnly(value, "kind");
    case "codec":
      return hasOnly(value, "kind", "name") && typeof value["name"] === "string" && isCodecName(value["name"]);
    case "enum":
      return hasOnly(value, "kind", "values") && isStrings(value["values"]);
    case "integer":
    case "string":
      return hasOnly(value, "kind", "min", "max") && isRange;
    case "literal":
      return hasOnly(value, "kind", "value") && isScalar(value["value"]);
    case "object":
      return hasOnly(value, "kind", "fields", "optional") && isNaming(value["fields"]) && isSortedPart(value["optional"], value["fields"]);
    case "record":
      return hasOnly(value, "kind", "values") && isJsonObject(value["values"]);
    case "variant":
      return hasOnly(value, "kind", "on", "cases") && typeof value["on"] === "string" && isNaming(value["cases"]);
    default:
      return false;
  }
}

/** An object whose names a value can have: `__proto__` is none that code sees. */
function isNaming(value: unknown): value is { readonly [name: string]: unknown } {
  return isJsonObject(value) && !Object.hasOwn(value, "__proto__");
}

function isSortedPart(names: unknown, fields: object): boolean {
  return isStrings(names) && names.every((name, index) => Object.hasOwn(fields, name) && (index === 0 || (names[index - 1] ?? "") < name));
}
