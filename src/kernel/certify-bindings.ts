/** Certification of bindings: whether what is wired to an input can only ever be a value of it. */
import { type Descriptor, describe, descriptorAt, mismatch } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { type Json, pointerTo } from "./json.ts";
import type { Binding } from "./spec.ts";
import { codecOf } from "./value.ts";

export interface Misfit {
  readonly path: string;
  readonly reason: string;
}

/** The descriptor of a step's output; undefined where the step or its code is unknown, which is a finding of its own. */
export type OutputDescriptors = (step: string) => Descriptor | undefined;

/** Everything that keeps a binding from being a value of `target`. */
export function findMisfits(binding: Binding, target: Descriptor, path: string, outputOf: OutputDescriptors): Misfit[] {
  const misfits: Misfit[] = [];
  walk(binding, target, path, { outputOf, refuse: (at, reason) => misfits.push({ path: at, reason }) });
  return misfits;
}

/** Why data is not the canonical encoding of a value of the descriptor. */
export function misfitOf(data: Json, descriptor: Descriptor): string | undefined {
  try {
    return codecOf(descriptor).rewrite(data) === undefined ? "a value that is not in its canonical form" : undefined;
  } catch (error) {
    if (error instanceof MfmError) return error.message;
    throw error;
  }
}

interface Walk {
  readonly outputOf: OutputDescriptors;
  readonly refuse: (path: string, reason: string) => void;
}

function walk(binding: Binding, target: Descriptor, path: string, context: Walk): void {
  const { outputOf, refuse } = context;
  if ("value" in binding) {
    const reason = misfitOf(binding.value, target);
    if (reason !== undefined) refuse(path, reason);
  } else if ("from" in binding) {
    const source = outputOf(binding.from);
    if (source === undefined) return;
    const given = descriptorAt(source, binding.path);
    const reason = given === undefined ? `there is no member ${binding.path.join(".")} that is always present` : mismatch(given, target);
    if (reason !== undefined) refuse(path, `the output of step ${binding.from}: ${reason}`);
  } else if ("array" in binding) {
    const count = binding.array.length;
    if (target.kind !== "array" || count < target.min || count > target.max)
      return refuse(path, `an array of ${count}, expected ${describe(target)}`);
    for (const [index, item] of binding.array.entries()) walk(item, target.items, `${path}/array/${index}`, context);
  } else walkMembers(binding.object, target, path, context);
}

function walkMembers(members: { readonly [name: string]: Binding }, target: Descriptor, path: string, context: Walk): void {
  if (target.kind === "record") {
    for (const [name, member] of Object.entries(members)) walk(member, target.values, pointerTo(`${path}/object`, name), context);
    return;
  }
  const object = target.kind === "variant" ? chosenCase(members, target) : target;
  if (object?.kind !== "object") return context.refuse(path, `an object, expected ${describe(target)}`);
  for (const [name, field] of Object.entries(object.fields)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member !== undefined) walk(member, field, pointerTo(`${path}/object`, name), context);
    else if (!object.optional.includes(name)) context.refuse(path, `the member ${name} is missing`);
  }
  for (const name of Object.keys(members)) if (!Object.hasOwn(object.fields, name)) context.refuse(path, `there is no member ${name}`);
}

/** The case of a variant whose tag is wired as a constant: a handle on a tag could choose any. */
function chosenCase(
  members: { readonly [name: string]: Binding },
  target: Descriptor & { readonly kind: "variant" },
): Descriptor | undefined {
  const tag = Object.hasOwn(members, target.on) ? members[target.on] : undefined;
  if (tag === undefined || !("value" in tag) || typeof tag.value !== "string") return undefined;
  return Object.hasOwn(target.cases, tag.value) ? target.cases[tag.value] : undefined;
}
