/** Wiring: handles on outputs that do not exist yet, and how a tree of handles and constants becomes a binding. */
import { type Descriptor, describe, descriptorAt } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { readStrictJson } from "./json-reader.ts";
import type { Binding } from "./spec.ts";
import { codecOf } from "./value.ts";

declare const outputType: unique symbol;

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;
/** The members of an object that are always there: not of an array, nor of an object that is one of several, nor optional ones. */
export type MemberOf<T> = [T] extends [object]
  ? [T] extends [readonly unknown[]]
    ? never
    : true extends IsUnion<T>
      ? never
      : { [K in keyof T & string]: Record<never, never> extends Pick<T, K> ? never : K }[keyof T & string]
  : never;

/** A value that a step will have produced. Its type is what the step's output schema says. */
export class Handle<out T> {
  declare readonly [outputType]: () => T;
  readonly step: string;
  readonly path: readonly string[];
  readonly descriptor: Descriptor;
  /** Which program it belongs to; a handle means nothing in another. */
  readonly program: object;

  constructor(program: object, step: string, path: readonly string[], descriptor: Descriptor) {
    this.program = program;
    this.step = step;
    this.path = path;
    this.descriptor = descriptor;
  }

  /** A member of an object output. @throws PLAN_FAILED when the member does not exist or may be absent */
  at<K extends MemberOf<T>>(member: K): Handle<T[K & keyof T]> {
    const descriptor = descriptorAt(this.descriptor, [member]);
    if (descriptor === undefined) {
      throw new MfmError("PLAN_FAILED", `step ${this.step}: no member ${[...this.path, member].join(".")} that is always present`, {
        step: this.step,
      });
    }
    return new Handle<T[K & keyof T]>(this.program, this.step, [...this.path, member], descriptor);
  }
}

/** What may be wired to an input of type T: a handle on it, a constant, or a tree of both. */
export type Wired<T> =
  | Handle<T>
  | T
  | (T extends readonly (infer Item)[] ? readonly Wired<Item>[] : T extends object ? { readonly [K in keyof T]: Wired<T[K]> } : never);

/**
 * The binding of a wired tree, constants encoded by the descriptor of the place they stand at.
 * @throws PLAN_FAILED when a handle is from another program or a tree does not have the shape of the descriptor
 * @throws VALUE_INVALID when a constant does not fit
 */
export function lowerWiring(wired: unknown, descriptor: Descriptor, program: object, what: string): Binding {
  if (wired instanceof Handle) {
    if (wired.program !== program)
      throw new MfmError("PLAN_FAILED", `${what}: the handle of step ${wired.step} belongs to another program`, { step: wired.step });
    return { from: wired.step, path: wired.path };
  }
  if (!holdsHandle(wired)) return { value: readStrictJson(codecOf(descriptor).encode(wired, what)) };
  if (Array.isArray(wired) && descriptor.kind === "array") {
    return { array: wired.map((item: unknown, index) => lowerWiring(item, descriptor.items, program, `${what}/${index}`)) };
  }
  const members = Object.entries(wired as { readonly [name: string]: unknown }).filter(([, member]) => member !== undefined);
  return {
    object: Object.fromEntries(
      members.map(([name, member]) => [name, lowerWiring(member, memberOf(descriptor, wired, name, what), program, `${what}/${name}`)]),
    ),
  };
}

function memberOf(descriptor: Descriptor, wired: unknown, name: string, what: string): Descriptor {
  if (descriptor.kind === "record") return descriptor.values;
  let object: Descriptor = descriptor;
  if (descriptor.kind === "variant")
    object = caseOf(descriptor, (wired as { readonly [name: string]: unknown })[descriptor.on]) ?? descriptor;
  const member = object.kind === "object" && Object.hasOwn(object.fields, name) ? object.fields[name] : undefined;
  if (member === undefined)
    throw new MfmError("PLAN_FAILED", `${what}/${name}: expected ${describe(descriptor)}`, { path: `${what}/${name}` });
  return member;
}

/** The case that a constant tag chooses; a handle on a tag could choose any. */
function caseOf(descriptor: Descriptor & { readonly kind: "variant" }, tag: unknown): Descriptor | undefined {
  return typeof tag === "string" && Object.hasOwn(descriptor.cases, tag) ? descriptor.cases[tag] : undefined;
}

function holdsHandle(wired: unknown): boolean {
  if (wired instanceof Handle) return true;
  if (Array.isArray(wired)) return wired.some(holdsHandle);
  return typeof wired === "object" && wired !== null && Object.values(wired).some(holdsHandle);
}
