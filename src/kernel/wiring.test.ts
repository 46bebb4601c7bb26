/** Lowering trees of handles and constants to bindings. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { uint256 } from "./codecs.ts";
import type { Descriptor, ObjectDescriptor } from "./descriptor.ts";
import { lowerSchema } from "./lower.ts";
import { Handle, lowerWiring } from "./wiring.ts";

const program = {};
const amount = lowerSchema(uint256);
const literal = (value: string): Descriptor => ({ kind: "literal", value });
const object = (fields: { readonly [name: string]: Descriptor }, ...optional: string[]): ObjectDescriptor => ({
  kind: "object",
  fields,
  optional,
});
const variant: Descriptor = {
  kind: "variant",
  on: "kind",
  cases: { none: object({ kind: literal("none") }), some: object({ kind: literal("some"), amount, note: literal("x") }, "note") },
};
const handle = new Handle<bigint>(program, "step", ["total"], amount);
const reference = { from: "step", path: ["total"] };

describe("lowerWiring", () => {
  const cases: readonly (readonly [string, unknown, Descriptor, unknown])[] = [
    ["a constant, in its canonical form", 7n, amount, { value: "7" }],
    ["a handle", handle, amount, reference],
    ["a tree of constants is one constant", [1n, 2n], { kind: "array", items: amount, min: 0, max: 9 }, { value: ["1", "2"] }],
    ["an array of both", [1n, handle], { kind: "array", items: amount, min: 0, max: 9 }, { array: [{ value: "1" }, reference] }],
    ["an object of both", { a: handle, b: 1n }, object({ a: amount, b: amount }), { object: { a: reference, b: { value: "1" } } }],
    [
      "an object without what is optional",
      { a: handle, b: undefined },
      object({ a: amount, b: amount }, "b"),
      { object: { a: reference } },
    ],
    [
      "a record of both",
      { x: handle, "any name": 1n },
      { kind: "record", values: amount },
      { object: { x: reference, "any name": { value: "1" } } },
    ],
    ["a case of a variant", { kind: "some", amount: handle }, variant, { object: { kind: { value: "some" }, amount: reference } }],
    [
      "a case deep inside",
      [{ kind: "some", amount: handle, note: "x" }, { kind: "none" }],
      { kind: "array", items: variant, min: 0, max: 9 },
      { array: [{ object: { kind: { value: "some" }, amount: reference, note: { value: "x" } } }, { value: { kind: "none" } }] },
    ],
  ];
  for (const [name, wired, descriptor, binding] of cases)
    it(name, () => assert.deepEqual(lowerWiring(wired, descriptor, program, "input"), binding));

  const refused: readonly (readonly [string, unknown, Descriptor, RegExp])[] = [
    ["a handle of another program", new Handle({}, "step", [], amount), amount, /the handle of step step belongs to another program/],
    ["an array where an object belongs", [handle], object({ a: amount }), /input\/0: expected an object of a/],
    ["an object where an array belongs", { 0: handle }, { kind: "array", items: amount, min: 0, max: 9 }, /input\/0: expected an array/],
    ["an object where a number belongs", { a: handle }, amount, /input\/a: expected uint256/],
    ["a member that is none", { b: handle }, object({ a: amount }), /input\/b: expected an object of a/],
    ["a member that every object has", { constructor: handle }, object({ a: amount }), /input\/constructor: expected an object of a/],
    ["a case of a variant without its tag", { amount: handle }, variant, /input\/amount: expected an object with kind one of none, some/],
    ["a variant whose tag is a handle", { kind: handle, amount: 1n }, variant, /input\/kind: expected an object with kind/],
    ["a variant whose tag is no case", { kind: "other", amount: handle }, variant, /input\/kind: expected an object with kind/],
    ["a variant whose tag every object has", { kind: "constructor", amount: handle }, variant, /input\/kind: expected an object with kind/],
    ["a member of another case", { kind: "none", amount: handle }, variant, /input\/amount: expected an object with kind/],
  ];
  for (const [name, wired, descriptor, words] of refused)
    it(`refuses ${name}`, () =>
      assert.throws(() => lowerWiring(wired, descriptor, program, "input"), { code: "PLAN_FAILED", message: words }));

  it("refuses a constant that does not fit, deep in a tree", () => {
    assert.throws(() => lowerWiring([handle, -1n], { kind: "array", items: amount, min: 0, max: 9 }, program, "input"), {
      code: "VALUE_INVALID",
      message: /^input\/1 is not valid/,
    });
  });
});

describe("handle", () => {
  it("names members that are always there, at any depth, and refuses others", () => {
    const pair = new Handle<{ a: { b: bigint } }>(program, "step", [], object({ a: object({ b: amount }), c: amount }, "c"));
    const deep = pair.at("a").at("b");
    assert.deepEqual([deep.step, deep.path, deep.descriptor, deep.program === program], ["step", ["a", "b"], amount, true]);
    for (const member of ["c", "d", "constructor", "__proto__"])
      assert.throws(() => pair.at(member as never), {
        code: "PLAN_FAILED",
        message: new RegExp(`no member ${member} that is always present`),
      });
    assert.throws(() => pair.at("a").at("c" as never), { code: "PLAN_FAILED", message: /no member a.c that is always present/ });
    const either = new Handle<never>(program, "step", [], variant);
    assert.throws(() => either.at("kind" as never), { code: "PLAN_FAILED" });
  });
});
