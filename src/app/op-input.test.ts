import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { MfmError } from "../kernel/errors.ts";
import { assign, readInput } from "./op-input.ts";

const folder = mkdtempSync(join(tmpdir(), "mfm-input-"));
after(() => rmSync(folder, { recursive: true }));
const source = { folder, readStdin: async () => '{"from":"stdin"}' };
const none = { file: undefined, value: undefined, set: [] };

describe("op input", () => {
  const assignments: readonly (readonly [string, unknown, unknown])[] = [
    ["a=1", {}, { a: 1 }],
    ["a=1.50", {}, { a: "1.50" }],
    ['a="1"', {}, { a: "1" }],
    ["a=", {}, { a: "" }],
    ["a=b=c", {}, { a: "b=c" }],
    ["a.b.c=true", { a: { x: 1 } }, { a: { x: 1, b: { c: true } } }],
    ["a.0=x", {}, { a: ["x"] }],
    ["a.1=y", { a: ["x"] }, { a: ["x", "y"] }],
    ["a.0.b=1", { a: [{ c: 2 }] }, { a: [{ c: 2, b: 1 }] }],
    ["a\\.b=1", {}, { "a.b": 1 }],
    ['a=[1,{"b":null}]', { a: 0 }, { a: [1, { b: null }] }],
    ["a=12345678901234567890", {}, { a: "12345678901234567890" }],
  ];
  for (const [assignment, before, expected] of assignments) {
    it(`sets ${assignment}`, () => assert.deepEqual(assign(before, assignment), expected));
  }

  it("takes __proto__ for a name like any other", () => {
    const data = assign({}, "__proto__.polluted=1") as { readonly [name: string]: unknown };
    assert.deepEqual(Object.keys(data), ["__proto__"]);
    assert.equal(({} as { readonly polluted?: unknown }).polluted, undefined);
  });

  for (const [assignment, before] of [
    ["=1", {}],
    ["a", {}],
    ["a..b=1", {}],
    [".a=1", {}],
    ["a.=1", {}],
    ["a.2=x", { a: ["x"] }],
    ["a.x=1", { a: [1] }],
    ["a.b=1", { a: 1 }],
  ] as const) {
    it(`refuses ${assignment} in ${JSON.stringify(before)}`, () => {
      assert.throws(
        () => assign(before, assignment),
        (error) => error instanceof MfmError && error.code === "USAGE",
      );
    });
  }

  it("reads JSON, TOML with big integers and times, standard input, and a value", async () => {
    writeFileSync(join(folder, "a.toml"), 'wei = 12345678901234567890\nwhen = 2026-01-31T12:00:00Z\n[inner]\nlist = [1, "x"]\n');
    writeFileSync(join(folder, "a.json"), '{"b": [1]}');
    assert.deepEqual(await readInput({ ...none, file: "a.toml" }, source), {
      wei: 12345678901234567890n,
      when: "2026-01-31T12:00:00.000Z",
      inner: { list: [1, "x"] },
    });
    assert.deepEqual(await readInput({ ...none, file: "a.json", set: ["b.0=2"] }, source), { b: [2] });
    assert.deepEqual(await readInput({ ...none, file: "-" }, source), { from: "stdin" });
    assert.deepEqual(await readInput({ ...none, value: '"x"' }, source), "x");
    assert.deepEqual(await readInput(none, source), {});
    await assert.rejects(
      readInput({ ...none, file: "-", value: "1" }, source),
      (error) => error instanceof MfmError && error.code === "USAGE",
    );
  });
});
