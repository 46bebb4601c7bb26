/** What ops there are, and what each takes and gives. */
import type { Descriptor } from "../kernel/descriptor.ts";
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

export async function listOps(place: Place): Promise<readonly OpSummary[]> {
  const assembly = await assemble(place);
  return [...assembly.registry.ops.values()].map((op) => summarize(op, assembly)).sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** @throws OP_UNKNOWN */
export async function describeOp(place: Place, id: string): Promise<OpDescription> {
  const assembly = await assemble(place);
  const op = getOp(assembly.registry, id);
  return { ...summarize(op, assembly), config: op.configDescriptor, output: op.output === undefined ? null : lowerSchema(op.output, "/output") };
}

async function assemble(place: Place): Promise<Assembly> {
  const { modules } = await readConfiguration(place);
  return assembleRegistry(modules, place);
}

function summarize({ id, description }: Op, { moduleOf }: Assembly): OpSummary {
  return { id, description, module: moduleOf(id) ?? null };
}
