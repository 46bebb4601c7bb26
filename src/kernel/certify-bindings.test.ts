/** What may be wired where: constants, members of outputs, and trees of both. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findMisfits, misfitOf } from "./certify-bindings.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import type { Binding } from "./spec.ts";

const integer: Descriptor = { kind: "integer", min: 0, max: 9 };
const text: Descriptor = { kind: "string", min: 0, max: 5 };
const literal = (value: string): Descriptor => ({ kind: "literal", value });
const object = (fields: { readonly [name: string]: Descriptor }, ...optional: string[]): ObjectDescriptor => ({
  kind: "object",
  fields,
  optional,
});
const array: Descriptor = { kind: "array", items: integer, min: 1, max: 2 };
const variant: Descriptor = {
  kind: "variant",
  on: "kind",
  cases: { none: object({ kind: literal("none") }), some: object({ kind: literal("some"), count: integer }) },
};

const outputs: { readonly [step: string]: Descriptor } = {
  digit: integer,
  number: { kind: "integer", min: 0, max: 10 },
  word: text,
  pair: object({ left: integer, right: text, maybe: integer }, "maybe"),
  digits: array,
  some: object({ kind: literal("some"), count: integer }),
};

function misfits(binding: Binding, target: Descriptor): string[] {
  return findMisfits(binding, target, "", (step) => outputs[step]).map(({ path, reason }) => `${path}: ${reason}`);
}
const from = (step: string, ...path: string[]): Binding => ({ from: step, path });
const items = (count: number): Binding => ({ array: Array.from({ length: count }, () => from("digit")) });

describe("bindings: fit", () => {
  const cases: readonly (readonly [string, Binding, Descriptor])[] = [
    ["a constant", { value: 7 }, integer],
    ["an output", from("digit"), integer],
    ["a member of an output", from("pair", "left"), integer],
    ["an array, as short as may be", items(1), array],
    ["an array, as long as may be", items(2), array],
    ["an output that is an array", from("digits"), array],
    ["an object", { object: { a: from("digit"), b: { value: "x" } } }, object({ a: integer, b: text })],
    ["an object without what is optional", { object: { a: from("digit") } }, object({ a: integer, b: text }, "b")],
    ["a record", { object: { "any name": from("digit"), __proto__x: { value: 1 } } }, { kind: "record", values: integer }],
    ["a case of a variant, its tag a constant", { object: { kind: { value: "some" }, count: from("digit") } }, variant],
    ["an output that is one case of a variant", from("some"), variant],
    ["an output of a step that is unknown, which is another finding", from("nowhere", "deep"), integer],
  ];
  for (const [name, binding, target] of cases) it(name, () => assert.deepEqual(misfits(binding, target), []));
});

describe("bindings: do not fit", () => {
  const cases: readonly (readonly [string, Binding, Descriptor, RegExp])[] = [
    ["a constant of another kind", { value: "7" }, integer, /^: value is not valid/],
    ["a constant that is not canonical", { value: 7 }, { kind: "codec", name: "uint256" }, /^: a value that is not in its canonical form$/],
    ["an output that may be too large", from("number"), integer, /^: the output of step number: the value is an integer \(0 to 10\)/],
    ["an output of another kind", from("word"), integer, /the output of step word/],
    ["a member that does not exist", from("pair", "middle"), integer, /no member middle that is always present/],
    ["a member that may be absent", from("pair", "maybe"), integer, /no member maybe that is always present/],
    ["a member of what has none", from("digit", "x"), integer, /no member x that is always present/],
    ["an array that is too short", items(0), array, /^: an array of 0, expected/],
    ["an array that is too long", items(3), array, /^: an array of 3, expected/],
    ["an array where none belongs", items(1), integer, /^: an array of 1, expected an integer/],
    ["an item", { array: [from("word")] }, array, /^\/array\/0: the output of step word/],
    ["an object where none belongs", { object: {} }, integer, /^: an object, expected an integer/],
    ["an object that lacks a member", { object: {} }, object({ a: integer }), /^: the member a is missing$/],
    ["an object with a member too many", { object: { a: from("digit") } }, object({}), /^: there is no member a$/],
    ["a member", { object: { "a/b": from("word") } }, object({ "a/b": integer }), /^\/object\/a~1b: the output of step word/],
    ["a member of a record", { object: { a: from("word") } }, { kind: "record", values: integer }, /^\/object\/a: the output of step word/],
    [
      "a variant without a tag",
      { object: { count: from("digit") } },
      variant,
      /^: an object, expected an object with kind one of none, some$/,
    ],
    ["a variant whose tag is an output", { object: { kind: from("word"), count: from("digit") } }, variant, /^: an object, expected/],
    ["a variant whose tag is no text", { object: { kind: { value: 7 } } }, variant, /^: an object, expected/],
    ["a variant whose tag is no case", { object: { kind: { value: "other" } } }, variant, /^: an object, expected/],
    ["a variant whose tag every object has", { object: { kind: { value: "constructor" } } }, variant, /^: an object, expected/],
    [
      "a case of a variant with a member of another",
      { object: { kind: { value: "none" }, count: from("digit") } },
      variant,
      /^: there is no member count$/,
    ],
  ];
  for (const [name, binding, target, words] of cases) {
    it(name, () => {
      const found = misfits(binding, target);
      assert.equal(found.length, 1, JSON.stringify(found));
      assert.match(found[0] ?? "", words);
    });
  }

  it("every misfit is found, each with its path", () => {
    const binding: Binding = { object: { a: { array: [{ value: "x" }, from("word")] }, b: { value: 7 }, c: { value: 1 } } };
    const paths = findMisfits(binding, object({ a: array, b: text, d: text }), "/at", (step) => outputs[step]).map(({ path }) => path);
    assert.deepEqual(paths, ["/at/object/a/array/0", "/at/object/a/array/1", "/at/object/b", "/at", "/at"]);
  });
});

describe("misfitOf", () => {
  it("is undefined for the canonical encoding of a value, and says why not otherwise", () => {
    assert.equal(misfitOf("12", { kind: "codec", name: "uint256" }), undefined);
    assert.match(misfitOf("-12", { kind: "codec", name: "uint256" }) ?? "", /is not valid/);
    assert.match(misfitOf("x".repeat(1_048_577), { kind: "string", min: 0, max: 2_000_000 }) ?? "", /at most 1048576/);
  });
});
