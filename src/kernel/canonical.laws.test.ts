import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { parseCanonical, toCanonical } from "./canonical.ts";
import { MfmError } from "./errors.ts";
import { type Json, limits } from "./json.ts";

/** Refusals are tested by code, place and a word of the reason. */
function refusal(run: () => unknown): MfmError {
  let thrown: unknown;
  assert.throws(run, (error) => {
    thrown = error;
    return error instanceof MfmError;
  });
  return thrown as MfmError;
}

const nastyStrings = [
  "",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "length",
  "1",
  "10",
  "9",
  "-0",
  "\u0000",
  "\u001f",
  '"',
  "\\",
  "\\u0041",
];
const unicodeTraps = [
  "/",
  "\u007f",
  "\u0080",
  "\u2028",
  "\u2029",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "\u{1f600}",
  "\ufb33",
  "e\u0301",
  "\u00e9",
  "\u{10ffff}",
];
const text = fc.oneof(
  fc.constantFrom(...nastyStrings, ...unicodeTraps),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const extremes = [
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  0,
  1,
  -1,
  999_999_999_999_999,
  1_000_000_000_000_000,
  -(2 ** 31),
  2 ** 32,
];
const integer = fc.oneof(fc.constantFrom(...extremes), fc.maxSafeInteger());

function objectOf(member: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const entries = fc.uniqueArray(fc.tuple(text, member), { maxLength: 6, selector: ([name]) => name });
  // Unlike assignment, this makes `__proto__` a member.
  return entries.map((members) => Object.fromEntries(members));
}

const { flat } = fc.letrec<{ flat: Json }>((tie) => ({
  flat: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof<fc.Arbitrary<Json>[]>(text, integer, fc.boolean(), fc.constant(null)),
    fc.array(tie("flat"), { maxLength: 5 }),
    objectOf(tie("flat")),
  ),
}));
const wrap = (value: Json, levels: number): Json => (levels === 0 ? value : wrap(levels % 2 === 0 ? [value] : { a: value }, levels - 1));
const depthOf = (value: Json): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
/** The value set of DESIGN 4, down to the deepest nesting that is allowed. */
const json = fc
  .tuple(flat, fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(limits.depth)))
  .map(([value, levels]) => wrap(value, Math.min(levels, limits.depth - depthOf(value))));

/** The same value with members in another order. */
function reordered(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reordered);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]): [string, Json] => [name, reordered(member)])
      .toReversed(),
  );
}

describe("canonical: laws", () => {
  it("parse after print is the value, from text and from bytes; print after parse is the text", () => {
    fc.assert(
      fc.property(json, (value) => {
        const written = toCanonical(value);
        assert.deepEqual(parseCanonical(written), value);
        assert.deepEqual(parseCanonical(Buffer.from(written)), value);
        assert.equal(toCanonical(parseCanonical(written)), written);
      }),
      { numRuns: 400 },
    );
  });

  it("the order in which members were set does not matter", () => {
    fc.assert(
      fc.property(json, (value) => assert.equal(toCanonical(reordered(value)), toCanonical(value))),
      { numRuns: 400 },
    );
  });

  it("many members are sorted like few", () => {
    for (const count of [2, 23, 24, 25, 26, 1000]) {
      const names = Array.from({ length: count }, (_, index) => `n${(index * 7919) % 1000}`);
      const written = toCanonical(Object.fromEntries(names.map((name) => [name, 0])));
      assert.equal(
        written,
        `{${names
          .toSorted()
          .map((name) => `"${name}":0`)
          .join()}}`,
      );
      assert.equal(toCanonical(parseCanonical(written)), written);
    }
  });

  it("equal values, and only they, have equal bytes", () => {
    const pair = fc.oneof(
      fc.tuple(json, json),
      fc.tuple(flat, flat),
      json.map((value): [Json, Json] => [value, reordered(value)]),
      fc.tuple(integer, text),
    );
    fc.assert(
      fc.property(pair, ([left, right]) => assert.equal(toCanonical(left) === toCanonical(right), isDeepStrictEqual(left, right))),
      { numRuns: 400 },
    );
  });

  it("a changed, added or removed byte is refused at a byte of the text, or makes another value", () => {
    const change = fc.record({
      value: json,
      at: fc.nat(),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from(' ,:"\\{}[]0-1a'))),
      kind: fc.constantFrom(0, 1, 2),
    });
    fc.assert(
      fc.property(change, ({ value, at, byte, kind }) => {
        const bytes = Buffer.from(toCanonical(value));
        const place = at % (bytes.length + (kind === 1 ? 1 : 0));
        const changed = Buffer.concat([
          bytes.subarray(0, place),
          Buffer.from(kind === 2 ? [] : [byte]),
          bytes.subarray(place + (kind === 1 ? 0 : 1)),
        ]);
        fc.pre(!changed.equals(bytes));
        try {
          assert.notDeepEqual(parseCanonical(changed), value);
        } catch (error) {
          if (!(error instanceof MfmError)) throw error;
          const { byte: found, reason } = error.details as { byte: number; reason: string };
          assert.equal(error.code, "NOT_CANONICAL");
          assert.ok(found >= 0 && found <= changed.length && reason !== "", JSON.stringify(error.details));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("exactly those texts are accepted that writing their value gives again", () => {
    const odd = [" ", "\n", "\ufeff", '"', "\\", "x", "\ud800"];
    const pieces = '{ } [ ] , : "a" "b" "" "\\n" "\\u000a" "é" "\\/" 0 -0 1 -1 01 1.0 1e2 9007199254740992 true false null'.split(" ");
    const token = fc.constantFrom(...pieces, ...odd);
    const soup = fc.oneof(
      fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join("")),
      json.map((value) => JSON.stringify(reordered(value))),
    );
    fc.assert(
      fc.property(soup, (written) => {
        let value: Json | undefined;
        try {
          value = JSON.parse(written) as Json;
          if (toCanonical(value) !== written) value = undefined;
        } catch {
          value = undefined;
        }
        if (value === undefined) assert.equal(refusal(() => parseCanonical(written)).code, "NOT_CANONICAL");
        else assert.deepEqual(parseCanonical(written), value);
      }),
      { numRuns: 2000 },
    );
  });
});
