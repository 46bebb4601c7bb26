/** The shape of specs: which bindings and descriptors are ones, and that members are exactly theirs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { audit } from "../../test/kernel/samples.ts";
import type { Json } from "./json.ts";
import { planOp } from "./op.ts";
import { readSpecShape } from "./spec-shape.ts";

const { spec } = planOp(audit, { account: "alice" });

/** The problems of the good spec with the payload of its signal, or the input of its last step, replaced. */
function problems(change: { readonly payload: Json } | { readonly input: Json }): readonly string[] {
  const steps = spec.steps.map((step) => {
    if ("payload" in change && step.kind === "signal") return Object.assign({ ...step }, change);
    return "input" in change && step.key === "report" ? Object.assign({ ...step }, change) : step;
  });
  const shaped = readSpecShape({ ...spec, steps });
  return shaped.kind === "spec" ? [] : shaped.problems.map(({ path }) => path);
}

const leaf: Json = { kind: "boolean" };
const empty: Json = { fields: {}, kind: "object", optional: [] };
const own = (name: string, value: Json): Json => JSON.parse(`{"${name}":${JSON.stringify(value)}}`) as Json;

describe("descriptors", () => {
  const good: readonly Json[] = [
    leaf,
    empty,
    { items: leaf, kind: "array", max: 0, min: 0 },
    { kind: "codec", name: "uint256" },
    { kind: "enum", values: ["a"] },
    { kind: "integer", max: 3, min: 3 },
    { kind: "string", max: 3, min: 0 },
    { kind: "literal", value: null },
    { kind: "literal", value: "a" },
    { kind: "literal", value: 7 },
    { kind: "literal", value: false },
    { kind: "record", values: leaf },
    { fields: { a: leaf, b: leaf, c: empty }, kind: "object", optional: ["a", "c"] },
    { cases: { a: empty }, kind: "variant", on: "kind" },
  ];
  for (const payload of good) it(`${JSON.stringify(payload)} is one`, () => assert.deepEqual(problems({ payload }), []));

  it("none has a member too many, or too few", () => {
    for (const payload of good as readonly { readonly [name: string]: Json }[]) {
      assert.deepEqual(problems({ payload: { ...payload, note: 1 } }), ["/steps/3/payload"], JSON.stringify(payload));
      for (const name of Object.keys(payload)) {
        const rest = Object.fromEntries(Object.entries(payload).filter(([other]) => other !== name));
        assert.deepEqual(problems({ payload: rest }), ["/steps/3/payload"], `${JSON.stringify(payload)} without ${name}`);
      }
    }
  });

  const bad: readonly (readonly [Json, string])[] = [
    [null, ""],
    [[], ""],
    ["boolean", ""],
    [{ kind: "json" }, ""],
    [{ kind: "float" }, ""],
    [{ kind: "codec", name: "hex" }, ""],
    [{ kind: "codec", name: "constructor" }, ""],
    [{ kind: "codec", name: 7 }, ""],
    [{ kind: "enum", values: "a" }, ""],
    [{ kind: "enum", values: ["a", 7] }, ""],
    [{ kind: "integer", max: 1, min: 2 }, ""],
    [{ kind: "integer", max: "1", min: 0 }, ""],
    [{ kind: "string", max: 1, min: null }, ""],
    [{ kind: "literal", value: {} }, ""],
    [{ items: null, kind: "array", max: 1, min: 0 }, "/items"],
    [{ items: leaf, kind: "array", max: 0, min: 1 }, ""],
    [{ kind: "record", values: [] }, ""],
    [{ kind: "record", values: {} }, "/values"],
    [{ fields: [], kind: "object", optional: [] }, ""],
    [{ fields: { a: 7 }, kind: "object", optional: [] }, "/fields/a"],
    [{ fields: { "a/b": 7 }, kind: "object", optional: [] }, "/fields/a~1b"],
    [{ fields: { a: leaf }, kind: "object", optional: ["b"] }, ""],
    [{ fields: { a: leaf, b: leaf }, kind: "object", optional: ["b", "a"] }, ""],
    [{ fields: { a: leaf }, kind: "object", optional: ["a", "a"] }, ""],
    [{ fields: { a: leaf }, kind: "object", optional: "a" }, ""],
    [{ fields: own("__proto__", leaf), kind: "object", optional: [] }, ""],
    [{ cases: { a: leaf }, kind: "variant", on: "kind" }, "/cases/a"],
    [{ cases: { a: 7 }, kind: "variant", on: "kind" }, "/cases/a"],
    [{ cases: [], kind: "variant", on: "kind" }, ""],
    [{ cases: { a: empty }, kind: "variant", on: 7 }, ""],
    [{ cases: own("__proto__", empty), kind: "variant", on: "kind" }, ""],
  ];
  for (const [payload, path] of bad)
    it(`${JSON.stringify(payload)} is none`, () => assert.deepEqual(problems({ payload }), [`/steps/3/payload${path}`]));
});

describe("bindings", () => {
  const good: readonly Json[] = [
    { value: null },
    { value: { from: 7 } },
    { from: "a", path: [] },
    { from: "a", path: ["b"] },
    { array: [] },
    { array: [{ value: 1 }] },
    { object: {} },
    { object: { value: { value: 1 }, from: { from: "a", path: [] } } },
  ];
  for (const input of good) it(`${JSON.stringify(input)} is one`, () => assert.deepEqual(problems({ input }), []));

  const bad: readonly (readonly [Json, string])[] = [
    [null, ""],
    ["a", ""],
    [[], ""],
    [{}, ""],
    [{ from: "a" }, ""],
    [{ path: [] }, ""],
    [{ from: 7, path: [] }, ""],
    [{ from: "a", path: "b" }, ""],
    [{ from: "a", path: [7] }, ""],
    [{ from: "a", path: [], value: 1 }, ""],
    [{ array: {} }, ""],
    [{ array: [7] }, "/array/0"],
    [{ array: [{ value: 1 }, { object: { a: 7 } }] }, "/array/1/object/a"],
    [{ object: [] }, ""],
    [{ object: { "a~b": null } }, "/object/a~0b"],
    [{ note: 1, value: 1 }, ""],
  ];
  for (const [input, path] of bad)
    it(`${JSON.stringify(input)} is none`, () => assert.deepEqual(problems({ input }), [`/steps/5/input${path}`]));
});
