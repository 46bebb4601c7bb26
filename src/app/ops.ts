/** What ops there are, and what each takes and gives. */
import { type Descriptor, describe } from "../kernel/descriptor.ts";
import { lowerSchema } from "../kernel/lower.ts";
import type { Op } from "../kernel/op.ts";
import { readConfiguration } from "./configuration.ts";
import type { Place } from "./place.ts";
import { type Assembly, assembleRegistry, getOp } from "./registry.ts";

export interface OpSummary {
  readonly id: string;
  readonly description: string;
  /** The module it comes from; null for what is in the box. */
  readonly module: string | null;
}

export interface OpDescription extends OpSummary {
  readonly config: Descriptor;
  /** Null where the op declares none: then the plan decides. */
  readonly output: Descriptor | null;
}

/** A member in words. */
export interface Field {
  /** `account.label`, `tokens[].address`; with `?` where it may be left out. */
  readonly name: string;
  readonly expected: string;
}

export interface DescribedOp {
  readonly op: OpDescription;
  readonly fields: readonly Field[];
  /** Null as in `op`. */
  readonly outputs: readonly Field[] | null;
}

export async function listOps(place: Place): Promise<readonly OpSummary[]> {
  const assembly = await assemble(place);
  return [...assembly.registry.ops.values()].map((op) => summarize(op, assembly)).sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** @throws OP_UNKNOWN */
export async function describeOp(place: Place, id: string): Promise<DescribedOp> {
  const assembly = await assemble(place);
  const op = getOp(assembly.registry, id);
  const config = op.configDescriptor;
  const output = op.output === undefined ? null : lowerSchema(op.output, "/output");
  return {
    op: { ...summarize(op, assembly), config, output },
    fields: fieldsOf(config, ""),
    outputs: output === null ? null : fieldsOf(output, ""),
  };
}

/** Every member, those of objects inside objects and lists too. */
function fieldsOf(descriptor: Descriptor, at: string): Field[] {
  switch (descriptor.kind) {
    case "array":
      return fieldsOf(descriptor.items, `${at}[]`);
    case "record":
      return fieldsOf(descriptor.values, `${at}.*`);
    case "object":
      return Object.entries(descriptor.fields).flatMap(([name, field]) => {
        const path = at === "" ? name : `${at}.${name}`;
        const own = { name: descriptor.optional.includes(name) ? `${path}?` : path, expected: describe(field) };
        return [own].concat(fieldsOf(field, path));
      });
    case "variant":
      return Object.entries(descriptor.cases).flatMap(([tag, inner]) => fieldsOf(inner, `${at}(${descriptor.on}=${tag})`));
    default:
      return [];
  }
}

async function assemble(place: Place): Promise<Assembly> {
  const { modules } = await readConfiguration(place);
  return assembleRegistry(modules, place);
}

function summarize({ id, description }: Op, { moduleOf }: Assembly): OpSummary {
  return { id, description, module: moduleOf(id) ?? null };
}
