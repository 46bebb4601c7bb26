import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CodecName, codecs } from "./codecs.ts";
import { type Descriptor, type ObjectDescriptor, describe as words, descriptorAt, mismatch, nothing } from "./descriptor.ts";

const boolean: Descriptor = { kind: "boolean" };
const json: Descriptor = { kind: "json" };
const literal = (value: string | number | boolean | null): Descriptor => ({ kind: "literal", value });
const codec = (name: CodecName): Descriptor => ({ kind: "codec", name });
const choice = (...values: string[]): Descriptor => ({ kind: "enum", values });
const integer = (min: number, max: number): Descriptor => ({ kind: "integer", min, max });
const string = (min: number, max: number): Descriptor => ({ kind: "string", min, max });
const array = (items: Descriptor, min = 0, max = 10): Descriptor => ({ kind: "array", items, min, max });
const record = (values: Descriptor): Descriptor => ({ kind: "record", values });
const object = (fields: { readonly [name: string]: Descriptor }, ...optional: string[]): ObjectDescriptor => ({
  kind: "object",
  fields,
  optional,
});
const variant = (...cases: ObjectDescriptor[]): Descriptor => ({
  kind: "variant",
  on: "kind",
  cases: Object.fromEntries(
    cases.map((inner) => [inner.fields["kind"]?.kind === "literal" ? String(inner.fields["kind"].value) : "", inner]),
  ),
});
const ok = object({ kind: literal("ok"), amount: codec("uint256") });
const zero = object({ kind: literal("zero") });
const text = string(0, 100);

describe("mismatch: what fits", () => {
  const rows: readonly [string, Descriptor, Descriptor][] = [
    ["an integer in a wider range", integer(1, 5), integer(1, 6)],
    ["a string in a wider range", string(1, 5), string(0, 5)],
    ["an array in a wider range, of what fits", array(integer(1, 2), 1, 2), array(integer(0, 3), 0, 2)],
    ["an enum in a larger one", choice("a"), choice("a", "b")],
    ["an enum in text", choice("a", "bcd"), string(1, 3)],
    ["an enum of one in its literal", choice("a"), literal("a")],
    ["a literal in an enum", literal("a"), choice("a", "b")],
    ["a literal in text", literal("abc"), string(3, 3)],
    ["a literal in an integer", literal(5), integer(5, 5)],
    ["a literal in a boolean", literal(true), boolean],
    ["a literal in a codec, in its normal form", literal("eip155:1"), codec("network")],
    ["an enum in a codec", choice("eip155:1", "eip155:10"), codec("network")],
    ["uint256 in bigint", codec("uint256"), codec("bigint")],
    ["an address in text", codec("address"), text],
    ["an object with members the other may lack", object({ a: boolean }), object({ a: boolean, b: text }, "a", "b")],
    ["an object in a record of what its members are", object({ a: boolean, b: literal(false) }, "b"), record(boolean)],
    ["a record in a record", record(integer(1, 2)), record(integer(0, 9))],
    ["an object in a variant that has its case", ok, variant(ok, zero)],
    ["a variant in one with more cases", variant(ok), variant(ok, zero)],
    ["a variant of one case in an object", variant(zero), object({ kind: literal("zero") })],
    ["a variant in an object that takes every case", variant(ok, zero), object({ kind: text, amount: codec("bigint") }, "amount")],
    ["a variant in a record", variant(zero, object({ kind: literal("other") })), record(text)],
    ["anything in json", variant(ok, zero), json],
    ["members that Object.prototype has", object({ constructor: boolean }), object({ constructor: boolean, toString: text }, "toString")],
    ["nothing in nothing", nothing, literal(null)],
  ];
  for (const [name, from, to] of rows) it(name, () => assert.equal(mismatch(from, to), undefined));
});

describe("mismatch: what does not, and where", () => {
  const rows: readonly [string, Descriptor, Descriptor, RegExp][] = [
    [
      "an integer in a narrower range",
      integer(0, 5),
      integer(1, 5),
      /^the value is an integer \(0 to 5\), expected an integer \(1 to 5\)$/,
    ],
    ["a string in a narrower range", string(0, 5), string(0, 4), /^the value is a string/],
    ["an array that may be longer", array(boolean, 0, 3), array(boolean, 0, 2), /^the value is an array/],
    ["an array that may be shorter", array(boolean, 0, 3), array(boolean, 1, 3), /^the value is an array/],
    [
      "an array of something else",
      object({ a: array(boolean) }),
      object({ a: array(text) }),
      /^\/a\/\* is true or false, expected a string/,
    ],
    ["text in an enum", text, choice("a"), /^the value is a string/],
    ["an enum with one more", choice("a", "b"), choice("a"), /^the value is one of a, b/],
    ["an enum in a literal", choice("a", "b"), literal("a"), /^the value is one of/],
    ["a literal that is too long", literal("abc"), string(0, 2), /^the value is "abc"/],
    ["a literal text in an integer", literal("5"), integer(0, 9), /^the value is "5"/],
    ["a literal integer in text", literal(5), text, /^the value is 5/],
    ["0 in false", literal(0), literal(false), /^the value is 0, expected false/],
    ["text in a codec", text, codec("address"), /^the value is a string/],
    ["a literal in a codec, in another spelling", literal(`0x${"AB".repeat(32)}`), codec("hash"), /expected hash$/],
    ["a literal decimal where code sees a bigint", literal("5"), codec("uint256"), /expected uint256$/],
    ["bigint in uint256", codec("bigint"), codec("uint256"), /^the value is bigint, expected uint256$/],
    ["a bigint in text", codec("uint256"), string(0, 1000), /^the value is uint256/],
    ["an address in text that is too short for it", codec("address"), string(0, 41), /^the value is address/],
    ["hash in digest", codec("hash"), codec("digest"), /^the value is hash/],
    ["json in anything else", json, record(json), /^the value is any value/],
    ["a missing member", object({}), object({ a: boolean }), /^\/a is missing or optional/],
    ["an optional member where it is required", object({ a: boolean }, "a"), object({ a: boolean }), /^\/a is missing or optional/],
    ["an unknown member", object({ "a/b": boolean }), object({}), /^\/a~1b is not a member/],
    ["an unknown optional member", object({ a: boolean }, "a"), object({}), /^\/a is not a member/],
    ["an unknown member that Object.prototype has", object({ constructor: boolean }), object({}), /^\/constructor is not a member/],
    ["a missing member that Object.prototype has", object({}), object({ toString: boolean }), /^\/toString is missing/],
    ["an optional member of another kind", object({ a: boolean }, "a"), object({ a: text }, "a"), /^\/a is true or false/],
    [
      "a member deep inside",
      object({ a: object({ b: record(boolean) }) }),
      object({ a: object({ b: record(text) }) }),
      /^\/a\/b\/\* is true or false/,
    ],
    ["a record in an object", record(boolean), object({ a: boolean }, "a"), /^the value is a record/],
    ["an object in a record, of one wrong member", object({ a: boolean, b: text }), record(boolean), /^\/b is a string/],
    ["an array in a record", array(boolean), record(boolean), /^the value is an array/],
    ["a variant with a case more", variant(ok, zero), variant(ok), /^\/\(kind=zero\) is an object/],
    [
      "a variant with a case that differs",
      variant(ok),
      variant(object({ kind: literal("ok"), amount: text })),
      /^\/\(kind=ok\)\/amount is uint256/,
    ],
    ["an object whose tag is optional", object({ kind: literal("zero") }, "kind"), variant(zero), /^the value is an object/],
    ["an object whose tag is text", object({ kind: text }), variant(zero), /^the value is an object/],
    ["an object whose tag is a number", object({ kind: literal(1) }), variant(object({ kind: literal("1") })), /^the value is an object/],
    ["an object whose tag Object.prototype has", object({ kind: literal("constructor") }), variant(zero), /^the value is an object/],
    ["an object without tag", object({}), variant(zero), /^the value is an object/],
    ["text in a variant", text, variant(zero), /^the value is a string/],
    ["nothing in a boolean", nothing, boolean, /^the value is null/],
    ["a variant in a record, of one wrong case", variant(ok, zero), record(text), /^\/\(kind=ok\)\/amount is uint256/],
  ];
  for (const [name, from, to, expected] of rows) it(name, () => assert.match(mismatch(from, to) ?? "", expected));

  it("begins where the caller says", () => assert.match(mismatch(text, boolean, "/input") ?? "", /^\/input is a string/));
});

describe("descriptorAt", () => {
  const at = object({ a: object({ b: boolean, c: text }, "c"), list: array(boolean) });
  const rows: readonly [string, readonly string[], Descriptor | undefined][] = [
    ["the root", [], at],
    ["a member of a member", ["a", "b"], boolean],
    ["not a member that may be absent", ["a", "c"], undefined],
    ["not a member that does not exist", ["a", "d"], undefined],
    ["not a member of something without members", ["a", "b", "x"], undefined],
    ["not an item of an array", ["list", "0"], undefined],
    ["not what Object.prototype has", ["constructor"], undefined],
  ];
  for (const [name, path, expected] of rows) it(name, () => assert.equal(descriptorAt(at, path), expected));
});

describe("a descriptor in words", () => {
  const rows: readonly [Descriptor, string][] = [
    [boolean, "true or false"],
    [json, "any value"],
    [nothing, "null"],
    [literal("a"), '"a"'],
    [choice("a", "b"), "one of a, b"],
    [integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), "an integer"],
    [integer(0, Number.MAX_SAFE_INTEGER), "an integer (at least 0)"],
    [integer(Number.MIN_SAFE_INTEGER, 9), "an integer (at most 9)"],
    [integer(1, 9), "an integer (1 to 9)"],
    [string(0, 1_048_576), "a string"],
    [string(1, 1_048_576), "a string (at least 1 characters)"],
    [string(0, 9), "a string (at most 9 characters)"],
    [array(text, 0, Number.MAX_SAFE_INTEGER), "an array of a string (at most 100 characters)"],
    [array(boolean, 1, 3), "an array (1 to 3 items) of true or false"],
    [record(boolean), "a record of true or false"],
    [object({}), "an object of no members"],
    [object({ a: text, b: text }), "an object of a, b"],
    [variant(ok, zero), "an object with kind one of ok, zero"],
    ...(Object.keys(codecs) as CodecName[]).map((name): [Descriptor, string] => [codec(name), name]),
  ];
  for (const [descriptor, expected] of rows) it(expected, () => assert.equal(words(descriptor), expected));
});
