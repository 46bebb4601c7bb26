import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as z from "zod";
import { codecs } from "../kernel/codecs.ts";
import { renderJsonSchema } from "./json-schema.ts";

const head = { id: "urn:test", title: "T", description: "D" };
const accepts = (schema: object, data: unknown): boolean => z.fromJSONSchema(schema as never).safeParse(data).success;

describe("json schema of descriptors", () => {
  it("says of every kind of value what the descriptor says", () => {
    const schema = renderJsonSchema(
      {
        kind: "object",
        optional: ["note"],
        fields: {
          note: { kind: "string", min: 1, max: 3 },
          flag: { kind: "boolean" },
          count: { kind: "integer", min: 0, max: 5 },
          tag: { kind: "enum", values: ["a", "b"] },
          fixed: { kind: "literal", value: 7 },
          amounts: { kind: "array", items: { kind: "codec", name: "uint256" }, min: 1, max: 2 },
          named: { kind: "record", values: { kind: "boolean" } },
          choice: {
            kind: "variant",
            on: "kind",
            cases: {
              x: { kind: "object", optional: [], fields: { kind: { kind: "literal", value: "x" } } },
              y: { kind: "object", optional: [], fields: { kind: { kind: "literal", value: "y" }, of: { kind: "boolean" } } },
            },
          },
        },
      },
      head,
    );
    const good = { flag: true, count: 5, tag: "a", fixed: 7, amounts: ["1"], named: { any: false }, choice: { kind: "x" } };
    assert.ok(accepts(schema, good));
    assert.ok(accepts(schema, { ...good, note: "abc", choice: { kind: "y", of: true } }));
    const bad: readonly object[] = [
      { ...good, note: "" },
      { ...good, count: 6 },
      { ...good, tag: "c" },
      { ...good, fixed: 8 },
      { ...good, amounts: [] },
      { ...good, amounts: ["01"] },
      { ...good, named: { any: 1 } },
      { ...good, choice: { kind: "x", of: true } },
      { ...good, more: 1 },
      { flag: true },
    ];
    for (const data of bad) assert.ok(!accepts(schema, data), JSON.stringify(data));
    assert.deepEqual(Object.keys(schema["$defs"] as object), ["uint256"]);
  });

  it("has a pattern for each codec that its canonical texts match", () => {
    const samples: { readonly [name in keyof typeof codecs]: unknown } = {
      address: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
      bigint: -5n,
      bytes: "0xAB",
      decimal: "-1.50",
      digest: `sha256:${"a".repeat(64)}`,
      hash: `0x${"AB".repeat(32)}`,
      instant: "2026-01-31T12:00:00.000Z",
      network: "eip155:1",
      uint256: 2n ** 256n - 1n,
    };
    for (const name of Object.keys(codecs) as (keyof typeof codecs)[]) {
      const schema = renderJsonSchema({ kind: "codec", name }, head);
      const canonical = codecs[name].encode(samples[name]);
      assert.ok(canonical !== undefined && accepts(schema, canonical), name);
      assert.ok(!accepts(schema, `${canonical} `), name);
    }
  });
});
