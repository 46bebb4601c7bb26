import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { toCanonical } from "./canonical.ts";
import { address, bigint, bytes, decimal, digest, hash, instant, networkId, uint256 } from "./codecs.ts";
import type { Descriptor } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import type { Json } from "./json.ts";
import { lowerSchema } from "./lower.ts";

const safe = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
const anyString: Descriptor = { kind: "string", min: 0, max: 1_048_576 };
const anyInteger: Descriptor = { kind: "integer", ...safe };
const a = z.strictObject({ kind: z.literal("a"), n: z.int() });
const b = z.strictObject({ kind: z.literal("b") });
const nested = (levels: number): z.ZodType => (levels === 0 ? z.boolean() : z.array(nested(levels - 1)));

describe("lowerSchema: the subset", () => {
  const integer = (min: number, max: number): Descriptor => ({ kind: "integer", min, max });
  const string = (min: number, max: number): Descriptor => ({ kind: "string", min, max });
  const array = (min: number, max: number): Descriptor => ({ kind: "array", items: { kind: "boolean" }, min, max });
  const rows: readonly [string, z.ZodType, Descriptor][] = [
    ["boolean", z.boolean(), { kind: "boolean" }],
    ["string", z.string(), anyString],
    ["string min and max", z.string().min(1).max(100), string(1, 100)],
    ["string length", z.string().length(5), string(5, 5)],
    ["string nonempty", z.string().nonempty(), string(1, 1_048_576)],
    ["string max beyond a value's size", z.string().max(2 ** 40), anyString],
    ["bounds given twice: the narrower", z.string().min(1).min(3).max(9).max(7), string(3, 7)],
    ["int", z.int(), anyInteger],
    ["number().int()", z.number().int(), anyInteger],
    ["number().min().int()", z.number().min(3).int(), integer(3, safe.max)],
    ["int32", z.int32(), integer(-2_147_483_648, 2_147_483_647)],
    ["uint32", z.uint32(), integer(0, 4_294_967_295)],
    ["uint32 with a bound", z.uint32().max(9), integer(0, 9)],
    ["positive", z.int().positive(), integer(1, safe.max)],
    ["nonnegative", z.int().nonnegative(), integer(0, safe.max)],
    ["negative", z.int().negative(), integer(safe.min, -1)],
    ["nonpositive", z.int().nonpositive(), integer(safe.min, 0)],
    ["gt and lt", z.int().gt(1).lt(5), integer(2, 4)],
    ["bounds of -0", z.int().min(-0).max(-0), integer(0, 0)],
    ["array", z.array(z.boolean()), array(0, safe.max)],
    ["array min and max", z.array(z.boolean()).min(1).max(10), array(1, 10)],
    ["array length", z.array(z.boolean()).length(3), array(3, 3)],
    ["array nonempty", z.array(z.boolean()).nonempty(), array(1, safe.max)],
    ["array()", z.boolean().array().max(4), array(0, 4)],
    ["enum, sorted and once each", z.enum({ Z: "z", A: "a", Again: "z" }), { kind: "enum", values: ["a", "z"] }],
    ["enum of two", z.enum(["b", "a"]), { kind: "enum", values: ["a", "b"] }],
    ["enum without one", z.enum(["b", "a", "c"]).exclude(["c"]), { kind: "enum", values: ["a", "b"] }],
    [
      "literals",
      z.strictObject({ s: z.literal("x"), n: z.literal(-7), b: z.literal(false), z: z.literal(null) }),
      {
        kind: "object",
        fields: {
          s: { kind: "literal", value: "x" },
          n: { kind: "literal", value: -7 },
          b: { kind: "literal", value: false },
          z: { kind: "literal", value: null },
        },
        optional: [],
      },
    ],
    [
      "object, optional members sorted",
      z.strictObject({ z: z.int().optional(), m: z.boolean(), a: z.string().optional() }),
      {
        kind: "object",
        fields: { z: anyInteger, m: { kind: "boolean" }, a: anyString },
        optional: ["a", "z"],
      },
    ],
    ["object().strict()", z.object({}).strict(), { kind: "object", fields: {}, optional: [] }],
    [
      "exactOptional",
      z.strictObject({ a: z.boolean().exactOptional() }),
      { kind: "object", fields: { a: { kind: "boolean" } }, optional: ["a"] },
    ],
    [
      "an optional codec",
      z.strictObject({ to: address.optional() }),
      { kind: "object", fields: { to: { kind: "codec", name: "address" } }, optional: ["to"] },
    ],
    [
      "members that Object.prototype has",
      z.strictObject({ constructor: z.boolean(), toString: z.boolean() }),
      { kind: "object", fields: Object.fromEntries(["constructor", "toString"].map((name) => [name, { kind: "boolean" }])), optional: [] },
    ],
    [
      "extend, pick and omit",
      z.strictObject({ a: z.boolean(), b: z.int() }).extend({ c: z.boolean() }).omit({ b: true }).pick({ c: true }),
      {
        kind: "object",
        fields: { c: { kind: "boolean" } },
        optional: [],
      },
    ],
    ["record", z.record(z.string(), z.boolean()), { kind: "record", values: { kind: "boolean" } }],
    [
      "discriminated union",
      z.discriminatedUnion("kind", [b, a]),
      {
        kind: "variant",
        on: "kind",
        cases: {
          a: { kind: "object", fields: { kind: { kind: "literal", value: "a" }, n: anyInteger }, optional: [] },
          b: { kind: "object", fields: { kind: { kind: "literal", value: "b" } }, optional: [] },
        },
      },
    ],
    [
      "brands, descriptions and custom messages leave no trace",
      z.string("no text").min(1, "empty").max(3).brand("short").describe("d").meta({ title: "t" }),
      string(1, 3),
    ],
  ];
  for (const [name, schema, descriptor] of rows) it(name, () => assert.deepEqual(lowerSchema(schema), descriptor));

  const codecs = { address, bigint, bytes, decimal, digest, hash, instant, network: networkId, uint256 };
  for (const [name, schema] of Object.entries(codecs)) {
    it(`codec ${name}, also described`, () => {
      for (const same of [schema, schema.describe("what it is"), schema.meta({ title: "t" })])
        assert.deepEqual<unknown>(lowerSchema(same), { kind: "codec", name });
    });
  }

  it("nesting, as far as a spec can hold the descriptor", () => {
    assert.equal(toCanonical(lowerSchema(nested(48)) as unknown as Json).includes("boolean"), true);
  });
});

describe("lowerSchema: what it refuses, with path and reason", () => {
  const recursive = z.strictObject({
    get child() {
      return recursive.optional();
    },
  }) as z.ZodType;
  const lazy: z.ZodType = z.lazy(() => z.array(lazy));
  const rows: readonly [string, z.ZodType, string, RegExp][] = [
    ["a float", z.strictObject({ price: z.number() }), "/price", /floats/],
    ["a float within bounds", z.number().min(0).max(1), "", /floats/],
    ["float32", z.float32(), "", /float32/],
    ["float64", z.float64(), "", /float64/],
    ["multipleOf", z.int().multipleOf(5), "", /multiple_of/],
    ["a bound that is no integer", z.int().min(0.5), "", /safe integer/],
    ["an empty range", z.int().min(5).max(4), "", /no value/],
    ["an empty range of the format", z.uint32().max(-1), "", /no value/],
    ["an object that ignores members", z.strictObject({ a: z.object({}) }), "/a", /strict/],
    ["a loose object", z.looseObject({}), "", /strict/],
    ["a catchall", z.object({}).catchall(z.int()), "", /strict/],
    ["any", z.array(z.any()), "/*", /z\.any/],
    ["unknown", z.strictObject({ a: z.record(z.string(), z.unknown()) }), "/a/*", /z\.unknown/],
    ["date", z.strictObject({ at: z.date() }), "/at", /instant codec/],
    ["map", z.map(z.string(), z.int()), "", /z\.record/],
    ["set", z.set(z.int()), "", /z\.array/],
    ["bigint", z.bigint(), "", /uint256/],
    ["null", z.null(), "", /literal\(null\)/],
    ["undefined", z.undefined(), "", /z\.undefined/],
    ["void", z.void(), "", /z\.void/],
    ["never", z.never(), "", /z\.never/],
    ["nullable", z.strictObject({ a: z.string().nullable() }), "/a", /z\.nullable/],
    ["nullish", z.strictObject({ a: z.string().nullish() }), "/a", /z\.nullable/],
    ["optional at the root", z.string().optional(), "", /only at a member/],
    ["optional in an array", z.array(z.int().optional()), "/*", /only at a member/],
    ["optional twice", z.strictObject({ a: z.int().optional().optional() }), "/a", /only at a member/],
    ["tuple", z.tuple([z.int()]), "", /z\.tuple/],
    ["intersection", z.intersection(a, b), "", /z\.intersection/],
    ["a union without discriminator", z.union([z.string(), z.int()]), "", /discriminatedUnion/],
    ["a union on a number", z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal(1) })]), "", /string literal at kind/],
    ["a union on an enum", z.discriminatedUnion("kind", [z.strictObject({ kind: z.enum(["x", "y"]) })]), "", /string literal at kind/],
    [
      "a union on an optional literal",
      z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("x").optional() })]),
      "",
      /string literal at kind/,
    ],
    ["a union in a union", z.discriminatedUnion("kind", [a, z.discriminatedUnion("kind", [b])]), "", /string literal at kind/],
    ["a union with a refinement", z.discriminatedUnion("kind", [a, b]).refine(() => true), "", /refinements/],
    ["a union case inside", z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("x"), v: z.any() })]), "/v", /z\.any/],
    [
      "a union case of a reserved name",
      z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("__proto__") })]),
      "",
      /cannot hold/,
    ],
    ["a format", z.strictObject({ mail: z.email() }), "/mail", /email/],
    ["a format as a check", z.string().check(z.email()), "", /email/],
    ["url", z.url(), "", /url/],
    ["uuid", z.uuid(), "", /uuid/],
    ["iso datetime", z.iso.datetime(), "", /datetime/],
    ["regex", z.string().regex(/x/), "", /regex/],
    ["startsWith", z.string().startsWith("0x"), "", /starts_with/],
    ["trim", z.string().trim(), "", /overwrite/],
    ["a template literal", z.templateLiteral(["a", z.int()]), "", /z\.template_literal/],
    ["a refinement", z.strictObject({ a: z.string().refine(() => true) }), "/a", /custom/],
    ["a refined boolean", z.boolean().refine(() => true), "", /refinements/],
    ["a refined object", a.refine(() => true), "", /refinements/],
    ["a refined array", z.array(z.int()).refine(() => true), "", /custom/],
    ["a refined record", z.record(z.string(), z.int()).refine(() => true), "", /refinements/],
    ["a refined enum", z.enum(["a"]).refine(() => true), "", /refinements/],
    ["a refined literal", z.literal("a").refine(() => true), "", /refinements/],
    [
      "a refined optional",
      z.strictObject({
        a: z
          .int()
          .optional()
          .refine(() => true),
      }),
      "/a",
      /refinements/,
    ],
    ["a refined codec", z.strictObject({ a: uint256.refine(() => true) }), "/a", /z\.pipe/],
    ["a transform", z.string().transform((text) => text.length), "", /z\.pipe/],
    ["a preprocess", z.preprocess((value) => value, z.string()), "", /z\.pipe/],
    ["a codec of the author's", z.codec(z.string(), z.int(), { decode: Number, encode: String }), "", /z\.pipe/],
    ["stringbool", z.stringbool(), "", /z\.pipe/],
    ["default", z.strictObject({ a: z.int().default(1) }), "/a", /z\.default/],
    ["prefault", z.int().prefault(1), "", /z\.prefault/],
    ["catch", z.int().catch(1), "", /z\.catch/],
    ["readonly", z.array(z.int()).readonly(), "", /z\.readonly/],
    ["coerced string", z.strictObject({ a: z.coerce.string() }), "/a", /coerce/],
    ["coerced integer", z.coerce.number().int(), "", /coerce/],
    ["coerced boolean", z.coerce.boolean(), "", /coerce/],
    ["a literal of several", z.literal(["a", "b"]), "", /z\.enum/],
    ["a literal float", z.literal(1.5), "", /safe integer/],
    ["a literal -0", z.literal(-0), "", /safe integer/],
    ["a literal bigint", z.literal(1n), "", /safe integer/],
    ["a literal undefined", z.literal(undefined), "", /safe integer/],
    ["a literal with a lone surrogate", z.literal("\ud800"), "", /well-formed/],
    ["an enum of numbers", z.enum({ A: 1, B: 2 }), "", /strings/],
    ["an enum with a lone surrogate", z.enum(["\ud800"]), "", /well-formed/],
    ["an enum without values", z.enum([]), "", /without values/],
    ["a record by enum", z.record(z.enum(["a"]), z.int()), "", /keys/],
    ["a record by bounded text", z.record(z.string().min(1), z.int()), "", /keys/],
    ["a record by codec", z.record(address, z.int()), "", /keys/],
    ["custom", z.custom<string>(() => true), "", /z\.custom/],
    ["instanceof", z.instanceof(URL), "", /z\.custom/],
    ["file", z.file(), "", /z\.file/],
    ["lazy", lazy, "", /z\.lazy/],
    ["an object that contains itself", recursive, "/child".repeat(25), /contains itself/],
    ["deeper than a spec can hold", nested(49), "/*".repeat(49), /too deeply/],
    ["a member named __proto__", z.strictObject(Object.fromEntries([["__proto__", z.int()]])), "/__proto__", /cannot hold/],
    ["a member with a lone surrogate", z.strictObject({ "\ud800": z.int() }), "/\ufffd", /cannot hold/],
    ["a path that a pointer escapes", z.strictObject({ "a/b": z.strictObject({ "c~d": z.any() }) }), "/a~1b/c~0d", /z\.any/],
  ];
  for (const [name, schema, path, reason] of rows) {
    it(name, () => {
      assert.throws(
        () => lowerSchema(schema),
        (error) => {
          assert.ok(error instanceof MfmError && error.code === "DEFINITION_INVALID", String(error));
          assert.equal(error.details["path"], path);
          assert.match(error.details["reason"] as string, reason);
          return true;
        },
      );
    });
  }

  it("begins the path where the caller says", () => {
    assert.throws(
      () => lowerSchema(z.strictObject({ a: z.any() }), "/config"),
      (error) => error instanceof MfmError && error.details["path"] === "/config/a",
    );
  });
});
