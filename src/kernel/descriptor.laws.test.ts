import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { digestOf, parseCanonical, toCanonical } from "./canonical.ts";
import { type CodecName, codecs } from "./codecs.ts";
import { type Descriptor, type ObjectDescriptor, mismatch } from "./descriptor.ts";
import { fitsOf } from "./fits.ts";
import type { Json } from "./json.ts";
import { ValueCodec } from "./value.ts";

const codecNames = Object.keys(codecs) as CodecName[];
const texts = ["", "a", "bb", "eip155:1", "0x", "constructor", "\u{1f600}"];
const members = ["a", "b", "kind", "constructor", "toString", "~/"];

/** Data of each codec, not all of it normal. */
const written: { readonly [name in CodecName]: readonly Json[] } = {
  address: ["0x52908400098527886E0F7030069857D2E4169EE7", "0xde709f2102306220921060314715629080e2fb77"],
  bigint: ["-5", "0", 7],
  bytes: ["0x", "0xABCD"],
  decimal: ["1.50", "-0", "3"],
  digest: [digestOf("")],
  hash: [`0x${"Ab".repeat(32)}`],
  instant: ["2026-03-01T12:00:00.000Z"],
  network: ["eip155:1", "eip155:8453"],
  uint256: ["0", "18446744073709551616", 3],
};

const small = fc.integer({ min: -3, max: 6 });
const range = (lowest: number) => fc.tuple(fc.integer({ min: lowest, max: 4 }), fc.nat(3)).map(([min, more]) => ({ min, max: min + more }));

type Range = { readonly min: number; readonly max: number };
const bounded = (kind: "integer" | "string", { min, max }: Range): Descriptor => ({ kind, min, max });
const arrayOf = (items: Descriptor, { min, max }: Range): Descriptor => ({ kind: "array", items, min, max });

const { any, object } = fc.letrec<{ any: Descriptor; object: ObjectDescriptor }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.oneof<fc.Arbitrary<Descriptor>[]>(
      fc.constantFrom<Descriptor>({ kind: "boolean" }, { kind: "json" }),
      fc.constantFrom(...codecNames).map((name) => ({ kind: "codec", name })),
      fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1, maxLength: 3 }).map((values) => ({ kind: "enum", values })),
      range(-3).map((bounds) => bounded("integer", bounds)),
      range(0).map((bounds) => bounded("string", bounds)),
      fc.oneof(fc.constantFrom(...texts), small, fc.constantFrom(true, false, null)).map((value) => ({ kind: "literal", value })),
    ),
    tie("object"),
    fc.tuple(tie("any"), range(0)).map(([items, bounds]): Descriptor => arrayOf(items, bounds)),
    tie("any").map((values): Descriptor => ({ kind: "record", values })),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...texts), tie("object")), { minLength: 1, maxLength: 3, selector: ([tag]) => tag })
      .map(variantOf),
  ),
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...members), tie("any"), fc.boolean()), { maxLength: 3, selector: ([name]) => name })
    .map((fields): ObjectDescriptor => ({
      kind: "object",
      fields: Object.fromEntries(fields.map(([name, field]) => [name, field])),
      optional: fields.filter(([, , optional]) => optional).map(([name]) => name),
    })),
}));

function variantOf(cases: readonly (readonly [string, ObjectDescriptor])[]): Descriptor {
  const tagged = cases.map(([tag, inner]): [string, ObjectDescriptor] => [
    tag,
    {
      kind: "object",
      fields: { ...inner.fields, kind: { kind: "literal", value: tag } },
      optional: inner.optional.filter((name) => name !== "kind"),
    },
  ]);
  return { kind: "variant", on: "kind", cases: Object.fromEntries(tagged) };
}

/** Data that decodes under a descriptor. */
function dataOf(descriptor: Descriptor): fc.Arbitrary<Json> {
  switch (descriptor.kind) {
    case "array":
      return fc.array(dataOf(descriptor.items), { minLength: descriptor.min, maxLength: descriptor.max });
    case "boolean":
      return fc.boolean();
    case "codec":
      return fc.constantFrom(...written[descriptor.name]);
    case "enum":
      return fc.constantFrom(...descriptor.values);
    case "integer":
      return fc.integer(descriptor);
    case "json":
      return fc.constantFrom<Json[]>(null, 1, "a", [true], { kind: "a" });
    case "literal":
      return fc.constant(descriptor.value);
    case "object": {
      const required = Object.keys(descriptor.fields).filter((name) => !descriptor.optional.includes(name));
      const fields = Object.fromEntries(Object.entries(descriptor.fields).map(([name, field]) => [name, dataOf(field)]));
      return fc.record<{ [name: string]: Json }>(fields, { requiredKeys: required, noNullPrototype: true });
    }
    case "record":
      return fc
        .uniqueArray(fc.tuple(fc.constantFrom(...members, "__proto__"), dataOf(descriptor.values)), {
          maxLength: 3,
          selector: ([name]) => name,
        })
        .map((entries) => Object.fromEntries(entries));
    case "string":
      return fc.string({ minLength: descriptor.min, maxLength: descriptor.max });
    case "variant":
      return fc.oneof(...Object.values(descriptor.cases).map(dataOf));
  }
}

/** Descriptors near another: some hold its values, some almost. */
function near(descriptor: Descriptor): fc.Arbitrary<Descriptor> {
  const same = fc.constant(descriptor);
  const json = fc.constant<Descriptor>({ kind: "json" });
  const string = fc.constantFrom<Descriptor>(
    { kind: "string", min: 0, max: 100 },
    { kind: "string", min: 0, max: 8 },
    { kind: "string", min: 1, max: 2_000_000 },
  );
  const shifted = ({ min, max }: Range) =>
    fc
      .tuple(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -1, max: 2 }))
      .map(([lower, upper]) => ({ min: min + lower, max: max + upper }));
  switch (descriptor.kind) {
    case "integer":
    case "string":
      return fc.oneof(
        same,
        json,
        shifted(descriptor).map((bounds) => bounded(descriptor.kind, bounds)),
      );
    case "array":
      return fc.oneof(
        same,
        fc.tuple(near(descriptor.items), shifted(descriptor)).map(([items, bounds]) => arrayOf(items, bounds)),
      );
    case "enum":
      return fc.oneof(
        same,
        string,
        fc.subarray(texts, { minLength: 1 }).map((values): Descriptor => ({ kind: "enum", values })),
        fc.constant<Descriptor>({ kind: "codec", name: "network" }),
      );
    case "literal":
      return fc.oneof(
        same,
        string,
        any,
        fc.constantFrom<Descriptor>({ kind: "boolean" }, { kind: "integer", min: -3, max: 3 }, { kind: "enum", values: texts.slice(2) }),
      );
    case "codec":
      return fc.oneof(
        same,
        string,
        fc.constantFrom(...codecNames).map((name): Descriptor => ({ kind: "codec", name })),
      );
    case "record":
      return near(descriptor.values).map((values) => ({ kind: "record", values }));
    case "object":
      return fc.oneof(
        nearObject(descriptor),
        near(Object.values(descriptor.fields)[0] ?? { kind: "boolean" }).map((values): Descriptor => ({ kind: "record", values })),
        fc.constant(variantOf([["a", descriptor]])),
      );
    case "variant": {
      const cases = fc.tuple(
        ...Object.entries(descriptor.cases).map(([tag, inner]) =>
          nearObject(inner).map((other): [string, ObjectDescriptor] => [tag, other]),
        ),
      );
      return fc.oneof(
        cases.map(variantOf),
        fc.tuple(cases, object).map(([known, other]) => variantOf([...known, ["extra", other]])),
        nearObject(Object.values(descriptor.cases)[0] as ObjectDescriptor),
      );
    }
    default:
      return fc.oneof(same, any);
  }
}

function nearObject(descriptor: ObjectDescriptor): fc.Arbitrary<ObjectDescriptor> {
  const fields = fc.tuple(
    ...Object.entries(descriptor.fields).map(([name, field]) => fc.tuple(fc.constant(name), fc.oneof(fc.constant(field), near(field)))),
  );
  const additions = fc.array(fc.tuple(fc.constantFrom(...members), any), { maxLength: 1 });
  return fc.tuple(fields, additions, fc.subarray([...members])).map(([kept, added, loosened]) => {
    const all: { [name: string]: Descriptor } = Object.fromEntries([...added, ...kept]);
    return {
      kind: "object",
      fields: all,
      optional: Object.keys(all).filter((name) => descriptor.optional.includes(name) || loosened.includes(name)),
    };
  });
}

function decodes(descriptor: Descriptor, data: Json): boolean {
  try {
    new ValueCodec(descriptor).decode(data);
    return true;
  } catch {
    return false;
  }
}

describe("descriptor laws", () => {
  it("every descriptor fits itself, and json", () => {
    fc.assert(
      fc.property(any, (descriptor) => {
        assert.equal(mismatch(descriptor, descriptor), undefined);
        assert.equal(mismatch(descriptor, { kind: "json" }), undefined);
      }),
    );
  });

  it("if mismatch finds nothing, every value of the one decodes under the other", () => {
    const seen = { fits: 0, differs: 0 };
    const question = any.chain((from) =>
      fc.tuple(
        fc.constant(from),
        fc.oneof({ weight: 4, arbitrary: near(from) }, any),
        fc.array(dataOf(from), { minLength: 2, maxLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(question, ([from, to, values]) => {
        for (const data of values) assert.ok(decodes(from, data), "the generator keeps to the descriptor");
        if (mismatch(from, to) !== undefined) {
          seen.differs++;
          return;
        }
        seen.fits++;
        for (const data of values) assert.ok(decodes(to, data), JSON.stringify(data));
      }),
      { numRuns: 2000 },
    );
    assert.ok(seen.fits > 200 && seen.differs > 200, JSON.stringify(seen));
  });

  it("decode after encode is the value; what was encoded is canonical and stays so", () => {
    const valued = any.chain((descriptor) => fc.tuple(fc.constant(descriptor), dataOf(descriptor)));
    fc.assert(
      fc.property(valued, ([descriptor, data]) => {
        const codec = new ValueCodec(descriptor);
        const value = codec.decode(data);
        const text = codec.encode(value);
        assert.deepEqual(codec.decode(parseCanonical(text)), value);
        assert.equal(codec.encode(codec.decode(parseCanonical(text))), text);
      }),
      { numRuns: 1000 },
    );
  });

  it("what fits without being decoded is exactly what can be decoded, and what is rewritten as itself is exactly what is canonical", () => {
    const seen = { fits: 0, differs: 0, canonical: 0 };
    const question = any.chain((from) => fc.tuple(near(from), dataOf(from)));
    fc.assert(
      fc.property(question, ([descriptor, data]) => {
        const codec = new ValueCodec(descriptor);
        const isValue = decodes(descriptor, data);
        assert.equal(fitsOf(descriptor, "value")(data), isValue);
        const isCanonical = isValue && codec.encode(codec.decode(data)) === toCanonical(data);
        assert.equal(fitsOf(descriptor, "canonical")(data), isCanonical);
        if (isValue) assert.equal(codec.rewrite(data), isCanonical ? toCanonical(data) : undefined);
        seen[isValue ? "fits" : "differs"]++;
        if (isCanonical) seen.canonical++;
      }),
      { numRuns: 2000 },
    );
    assert.ok(seen.differs > 200 && seen.canonical > 200 && seen.fits - seen.canonical > 10, JSON.stringify(seen));
  });

  it("a descriptor is canonical data, whatever order its members came in", () => {
    fc.assert(
      fc.property(any, (descriptor) => {
        const text = toCanonical(descriptor);
        assert.deepEqual(parseCanonical(text), descriptor);
      }),
    );
  });
});
