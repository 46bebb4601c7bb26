import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { parseCanonical } from "./canonical.ts";
import { address, decimal, uint256 } from "./codecs.ts";
import type { Descriptor } from "./descriptor.ts";
import { MfmError } from "./errors.ts";
import { type Json, limits } from "./json.ts";
import { lowerSchema } from "./lower.ts";
import { ValueCodec, type ValueIssue } from "./value.ts";

const codecOf = (schema: z.ZodType): ValueCodec => new ValueCodec(lowerSchema(schema));

function refusal(run: () => unknown): MfmError {
  let thrown: unknown;
  assert.throws(run, (error) => {
    thrown = error;
    return error instanceof MfmError;
  });
  return thrown as MfmError;
}

function issuesOf(run: () => unknown): readonly ValueIssue[] {
  const { code, details } = refusal(run);
  assert.equal(code, "VALUE_INVALID");
  return details["issues"] as unknown as readonly ValueIssue[];
}

const account = "0x52908400098527886E0F7030069857D2E4169EE7";
const payment = z.strictObject({
  to: address,
  amount: uint256,
  memo: z.string().max(9).optional(),
  fee: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("fixed"), wei: uint256 }),
    z.strictObject({ kind: z.literal("market") }),
  ]),
  parts: z.array(z.strictObject({ share: decimal })).max(3),
  labels: z.record(z.string(), z.int()),
});
const data = {
  to: account.toLowerCase(),
  amount: "5",
  fee: { kind: "fixed", wei: "7" },
  parts: [{ share: "1.50" }],
  labels: { a: 1 },
};
const value = { to: account, amount: 5n, fee: { kind: "fixed", wei: 7n }, parts: [{ share: "1.5" }], labels: { a: 1 } };
const codec = codecOf(payment);

describe("ValueCodec: decode and encode", () => {
  it("decodes data to what code sees, normalised", () => assert.deepEqual(codec.decode(data), value));

  it("encodes it as canonical text, and that decodes to it again", () => {
    const text = codec.encode(value);
    assert.equal(text, `{"amount":"5","fee":{"kind":"fixed","wei":"7"},"labels":{"a":1},"parts":[{"share":"1.5"}],"to":"${account}"}`);
    assert.deepEqual(codec.decode(parseCanonical(text)), value);
  });

  it("what it returns shares nothing with what it was given", () => {
    const decoded = codec.decode(data) as typeof value;
    assert.notEqual(decoded.parts, data.parts);
    assert.notEqual(decoded.labels, data.labels);
  });

  it("an optional member that is undefined is absent", () => {
    assert.deepEqual(codec.decode({ ...data, memo: undefined }), value);
    assert.equal(codec.encode({ ...value, memo: undefined }), codec.encode(value));
  });

  it("a record holds any name, `__proto__` too, without touching prototypes", () => {
    const labels = JSON.parse('{"__proto__":1,"constructor":2,"":3}') as Json;
    const decoded = codec.decode({ ...data, labels }) as typeof value;
    assert.deepEqual(Object.keys(decoded.labels), ["__proto__", "constructor", ""]);
    assert.equal(Object.getPrototypeOf(decoded.labels), Object.prototype);
    assert.match(codec.encode(decoded), /"labels":\{"":3,"__proto__":1,"constructor":2\}/);
  });

  it("a stored descriptor with a `__proto__` member is harmless", () => {
    const descriptor: Descriptor = {
      kind: "object",
      fields: JSON.parse('{"__proto__":{"kind":"json"}}') as { [name: string]: Descriptor },
      optional: [],
    };
    const decoded = new ValueCodec(descriptor).decode(JSON.parse('{"__proto__":{"admin":true}}')) as object;
    assert.equal("admin" in decoded, false);
    assert.deepEqual(Object.keys(decoded), ["__proto__"]);
  });

  it("takes objects without prototype, and members from the object itself only", () => {
    const bare = codecOf(z.strictObject({ constructor: z.int(), a: z.int() }));
    assert.deepEqual(bare.decode(Object.assign(Object.create(null) as object, { constructor: 1, a: 2 })), { constructor: 1, a: 2 });
    assert.deepEqual(
      issuesOf(() => bare.decode({ a: 1 })).map(({ path }) => path),
      ["/constructor"],
    );
  });
});

describe("ValueCodec: misfits, by path, expectation and kind of what was found", () => {
  const scalar = z.strictObject({ v: z.int().min(1).max(9) });
  const rows: readonly [string, z.ZodType, unknown, string, RegExp, string][] = [
    ["text for an integer", scalar, { v: "5" }, "/v", /^an integer \(1 to 9\)$/, "a string of 1 characters"],
    ["an integer out of range", scalar, { v: 10 }, "/v", /^an integer/, "an integer"],
    ["a float", scalar, { v: 1.5 }, "/v", /^an integer/, "a number that is no integer"],
    ["negative zero", z.int(), -0, "", /^an integer$/, "an integer"],
    ["negative zero for the literal 0", z.literal(0), -0, "", /^0$/, "an integer"],
    ["a bigint for an integer", scalar, { v: 5n }, "/v", /^an integer/, "a bigint"],
    ["null", scalar, null, "", /^an object of v$/, "null"],
    ["nothing", scalar, undefined, "", /^an object of v$/, "nothing"],
    ["an array for an object", scalar, [1], "", /^an object of v$/, "an array of 1"],
    ["an instance for an object", scalar, new Date(0), "", /^an object of v$/, "an object"],
    ["a map for a record", z.record(z.string(), z.int()), new Map(), "", /^a record of an integer$/, "an object"],
    ["an object for an array", z.array(z.int()), { length: 0 }, "", /^an array of an integer$/, "an object"],
    ["too many items", z.array(z.int()).max(1), [1, 2], "", /\(at most 1 items\)/, "an array of 2"],
    ["a hole in an array", z.array(z.int()), Array(1), "/0", /^an integer$/, "nothing"],
    ["a missing member", scalar, {}, "/v", /^an integer/, "nothing"],
    ["a required member that is undefined", scalar, { v: undefined }, "/v", /^an integer/, "nothing"],
    ["an unknown member", scalar, { v: 1, w: 2 }, "/w", /^no such member \(known: v\)$/, "a member"],
    ["an unknown member that is undefined", scalar, { v: 1, w: undefined }, "/w", /^no such member/, "a member"],
    ["an unknown member where none is known", z.strictObject({}), { w: 2 }, "/w", /known: none/, "a member"],
    ["an unknown member named __proto__", z.strictObject({}), JSON.parse('{"__proto__":1}'), "/__proto__", /^no such member/, "a member"],
    ["another literal", z.strictObject({ v: z.literal("x") }), { v: "y" }, "/v", /^"x"$/, "a string of 1 characters"],
    ["text that is not in the enum", z.enum(["a", "b"]), "c", "", /^one of a, b$/, "a string of 1 characters"],
    ["an inherited name that is not in the enum", z.enum(["a"]), "toString", "", /^one of a$/, "a string of 8 characters"],
    ["text that is too long", z.string().max(2), "abc", "", /^a string \(at most 2 characters\)$/, "a string of 3 characters"],
    ["text with a lone surrogate", z.string(), "\ud800", "", /^a string$/, "a string of 1 characters"],
    ["a name with a lone surrogate", z.record(z.string(), z.int()), { "\ud800": 1 }, "/\ufffd", /surrogates/, "a lone surrogate"],
    ["an integer for a boolean", z.boolean(), 1, "", /^true or false$/, "an integer"],
    ["an address with a wrong checksum", z.array(address), [account.replace("E", "e")], "/0", /EIP-55/, "a string of 42 characters"],
    ["a function", z.strictObject({ v: z.boolean() }), { v: () => true }, "/v", /^true or false$/, "a function"],
    ["a variant without tag", z.strictObject({ fee: payment.shape.fee }), { fee: {} }, "/fee/kind", /^one of fixed, market$/, "nothing"],
    [
      "a variant of an unknown tag",
      payment.shape.fee,
      { kind: "constructor" },
      "/kind",
      /^one of fixed, market$/,
      "a string of 11 characters",
    ],
    ["a variant that is text", payment.shape.fee, "fixed", "", /^an object with kind one of fixed, market$/, "a string of 5 characters"],
    ["a member of the wrong case", payment.shape.fee, { kind: "market", wei: "1" }, "/wei", /^no such member \(known: kind\)$/, "a member"],
    [
      "a path that a pointer escapes",
      z.record(z.string(), z.array(z.int())),
      { "a/b~c": [0, "x"] },
      "/a~1b~0c/1",
      /^an integer$/,
      "a string of 1 characters",
    ],
  ];
  for (const [name, schema, given, path, expected, found] of rows) {
    it(name, () => {
      for (const run of [() => codecOf(schema).decode(given), () => codecOf(schema).encode(given)]) {
        const [issue, ...more] = issuesOf(run);
        assert.deepEqual(more, []);
        assert.equal(issue?.path, path);
        assert.match(issue.expected, expected);
        assert.equal(issue.found, found);
      }
    });
  }

  it("decode takes decimal strings and encode takes bigints", () => {
    assert.deepEqual(
      issuesOf(() => codec.encode({ ...value, amount: "5" })).map(({ path }) => path),
      ["/amount"],
    );
    assert.deepEqual(
      issuesOf(() => codec.decode({ ...data, amount: "-5" })).map(({ path }) => path),
      ["/amount"],
    );
  });

  it("names every misfit of a value", () => {
    const wrong = {
      amount: -1,
      memo: 5,
      fee: { kind: "fixed", wei: null, tip: 1 },
      parts: [{ share: "x" }, {}, 3],
      labels: { a: "b", c: 1.5 },
      extra: 1,
    };
    const paths = issuesOf(() => codec.decode(wrong)).map(({ path }) => path);
    const expected = "/amount /memo /fee/wei /fee/tip /parts/0/share /parts/1/share /parts/2 /labels/a /labels/c /extra /to";
    assert.deepEqual(paths, expected.split(" "));
  });

  it("lists the first 100 of a million misfits, and how many there are, in few words", () => {
    const many = codecOf(z.array(z.boolean()));
    const error = refusal(() => many.decode(Array.from({ length: 1_000_000 }, () => "no")));
    assert.equal(error.details["count"], 1_000_000);
    assert.deepEqual(
      (error.details["issues"] as unknown as readonly ValueIssue[]).map(({ path }) => path),
      Array.from({ length: 100 }, (_, index) => `/${index}`),
    );
    assert.ok(error.message.length < 1000);
  });

  it("says what it was about", () =>
    assert.match(refusal(() => codec.decode(1, "config of step pay")).message, /^config of step pay is not valid: \/: expected an object/));
});

describe("ValueCodec: a secret in the wrong place", () => {
  const canary = "correct-horse-battery-staple";
  const places: readonly [string, z.ZodType, unknown][] = [
    ["for an integer", z.strictObject({ v: z.int() }), { v: canary }],
    ["for a codec", z.strictObject({ v: address }), { v: canary }],
    ["for an enum", z.enum(["a"]), canary],
    ["for a literal", z.literal("a"), canary],
    ["for a tag", payment.shape.fee, { kind: canary }],
    ["for text that is too short for it", z.string().max(3), canary],
    ["for an object", z.strictObject({ v: z.int() }), canary],
    ["in an array for an object", z.strictObject({ v: z.int() }), [canary]],
    ["in an unknown member", z.strictObject({}), { v: canary }],
    ["in an unknown member's members", z.strictObject({}), { v: { w: canary } }],
    ["as a symbol", z.int(), Symbol(canary)],
    ["as a function's name", z.int(), Object.defineProperty(() => 1, "name", { value: canary })],
  ];
  for (const [name, schema, given] of places) {
    it(`is never repeated: ${name}`, () => {
      for (const run of [() => codecOf(schema).decode(given), () => codecOf(schema).encode(given)]) {
        const error = refusal(run);
        assert.ok(!`${error.message}${JSON.stringify(error.details)}${error.stack}${JSON.stringify(error)}`.includes(canary));
      }
    });
  }
});

describe("ValueCodec: size", () => {
  const text = codecOf(z.array(z.string()));
  const filling = (bytes: number): string => "x".repeat(bytes - '[""]'.length);

  it("takes 1 MiB of UTF-8 and not a byte more", () => {
    assert.equal(text.encode([filling(limits.valueBytes)]).length, limits.valueBytes);
    const error = refusal(() => text.encode([filling(limits.valueBytes + 1)], "the output"));
    assert.equal(error.code, "VALUE_TOO_LARGE");
    assert.deepEqual(error.details, { what: "the output", bytes: limits.valueBytes + 1 });
  });

  it("counts bytes, not characters", () => {
    const euros = Math.floor((limits.valueBytes - 4) / 3);
    assert.equal(Buffer.byteLength(text.encode(["€".repeat(euros)])), 4 + 3 * euros);
    assert.equal(refusal(() => text.encode(["€".repeat(euros + 1)])).code, "VALUE_TOO_LARGE");
  });

  it("counts what escaping adds", () =>
    assert.equal(refusal(() => text.encode(["\u0000".repeat(limits.valueBytes / 5)])).code, "VALUE_TOO_LARGE"));
});

describe("ValueCodec: json", () => {
  const json = new ValueCodec({ kind: "object", fields: { any: { kind: "json" } }, optional: [] });

  it("takes whatever is canonical data", () => {
    assert.equal(json.encode({ any: { b: [1, null], a: "x" } }), '{"any":{"a":"x","b":[1,null]}}');
    assert.deepEqual(json.decode({ any: null }), { any: null });
  });

  it("and nothing else", () => {
    for (const any of [undefined, 1.5, 1n, new Date(0), [undefined]])
      assert.equal(refusal(() => json.encode({ any })).code, "VALUE_INVALID");
    assert.deepEqual(
      issuesOf(() => json.decode({})).map(({ path }) => path),
      ["/any"],
    );
  });
});
