/**
 * Whether data fits a descriptor, without making the value of it. Nothing is allocated for data that fits. An answer of yes is final; a no only
 * says that the walk of `value.ts`, which names what does not fit, has to look: it may still find that everything does.
 */
import { type Codec, codecs } from "./codecs.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { isPlainObject } from "./json.ts";

export type Fits = (data: unknown) => boolean;

/** `value`: it is read as a value. `canonical`: it is the canonical encoding of one, except that members of kind json are taken as they are. */
export type Fitting = "value" | "canonical";

export function fitsOf(descriptor: Descriptor, fitting: Fitting): Fits {
  switch (descriptor.kind) {
    case "boolean":
      return (data) => typeof data === "boolean";
    case "codec":
      return codecFits(codecs[descriptor.name], fitting);
    case "enum": {
      const values = new Set<unknown>(descriptor.values);
      return (data) => values.has(data);
    }
    case "integer": {
      const { min, max } = descriptor;
      return (data) => typeof data === "number" && data >= min && data <= max && Number.isSafeInteger(data) && !Object.is(data, -0);
    }
    case "json":
      return (data) => data !== undefined;
    case "literal":
      return (data) => data === descriptor.value && !Object.is(data, -0);
    case "string": {
      const { min, max } = descriptor;
      return (data) => typeof data === "string" && data.length >= min && data.length <= max && data.isWellFormed();
    }
    case "array": {
      const { min, max } = descriptor;
      const item = fitsOf(descriptor.items, fitting);
      return (data) => Array.isArray(data) && data.length >= min && data.length <= max && allFit(data, item);
    }
    case "record": {
      const member = fitsOf(descriptor.values, fitting);
      return (data) => isPlainObject(data) && membersFit(data, member);
    }
    case "object":
      return objectFits(descriptor, fitting);
    case "variant": {
      const cases = new Map(Object.entries(descriptor.cases).map(([tag, inner]) => [tag, objectFits(inner, fitting)]));
      const { on } = descriptor;
      return (data) => {
        const tag = isPlainObject(data) && Object.hasOwn(data, on) ? data[on] : undefined;
        return typeof tag === "string" && cases.get(tag)?.(data) === true;
      };
    }
  }
}

function codecFits({ decode, encode, length }: Codec, fitting: Fitting): Fits {
  if (fitting === "value") return (data) => decode(data) !== undefined;
  // Where code sees the string itself, reading normalises it, and what is normalised stays as it is.
  if (length !== undefined) return (data) => data !== undefined && decode(data) === data;
  return (data) => {
    const value = decode(data);
    return value !== undefined && encode(value) === data;
  };
}

function allFit(items: readonly unknown[], fits: Fits): boolean {
  for (let index = 0; index < items.length; index++) if (!fits(items[index])) return false;
  return true;
}

function membersFit(object: { readonly [name: string]: unknown }, fits: Fits): boolean {
  for (const name in object) if (!fits(object[name]) || !name.isWellFormed()) return false;
  return true;
}

interface Field {
  readonly index: number;
  readonly name: string;
  readonly fits: Fits;
  readonly isRequired: boolean;
}

function objectFits({ fields: descriptors, optional }: ObjectDescriptor, fitting: Fitting): Fits {
  // Canonical data has its members in this order, so that most are found without a look-up.
  const fields = Object.entries(descriptors)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, field], index): Field => ({ index, name, fits: fitsOf(field, fitting), isRequired: !optional.includes(name) }));
  const byName = new Map(fields.map((field) => [field.name, field]));
  const required = fields.filter((field) => field.isRequired).length;
  return (data) => {
    if (!isPlainObject(data)) return false;
    let present = 0;
    let next = 0;
    for (const name in data) {
      const follows = fields[next];
      const field = follows?.name === name ? follows : byName.get(name);
      if (field === undefined || !field.fits(data[name])) return false;
      next = field.index + 1;
      if (field.isRequired) present++;
    }
    return present === required;
  };
}
