/** Finding the byte of a member in a canonical text. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { leavesOf } from "../../../test/kernel/tamper.ts";
import { toCanonical } from "../canonical.ts";
import type { Json } from "../json.ts";
import { locateByte } from "./locate.ts";

const name = fc.stringMatching(/^[a-zé"\\{}[\],:]{1,4}$/).filter((text) => !text.includes("."));
const tree = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, 7, -1, "", 'a"b', "ünï", "\\", "{[,:"),
    fc.array(tie("node"), { maxLength: 3 }),
    fc.dictionary(name, tie("node"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).node;

describe("locateByte", () => {
  it("is where the value's own text begins, for every member of any tree", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = Buffer.from(toCanonical(value));
        for (const path of leavesOf(value).filter((leaf) => leaf !== "")) {
          let at: Json | undefined = value;
          for (const step of path.split(".")) at = (at as { readonly [name: string]: Json } | undefined)?.[step];
          const text = Buffer.from(toCanonical(at ?? null));
          const byte = locateByte(bytes.toString(), path);
          assert.equal(bytes.subarray(byte, byte + text.length).toString(), text.toString(), `${path} in ${bytes.toString()}`);
        }
      }),
    );
  });

  const text = '{"data":{"facts":[{"fact":"é"},{"fact":"b"}],"step":"x"},"seq":12}';
  const cases: readonly (readonly [string, string, number])[] = [
    ["the whole", "", 0],
    ["a member", "seq", 64],
    ["a member of an item, bytes counted as UTF-8", "data.facts.1.fact", 40],
    ["one that is not there: the deepest on the way", "data.facts.7.fact", 17],
    ["one of what has none: the thing itself", "seq.more", 64],
    ["no member at all", "nothing", 0],
  ];
  for (const [what, path, byte] of cases) it(what, () => assert.equal(locateByte(text, path), byte));

  it("ends on a text that is no JSON", () => {
    for (const broken of ["", "{", '{"a', '{"a":', '{"a":{', "[", "[1", '{"a":"\\']) assert.ok(locateByte(broken, "a.b.0.c") >= 0);
  });
});
