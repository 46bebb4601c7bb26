import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { MfmError } from "./errors.ts";
import type { Json } from "./json.ts";
import { readStrictJson } from "./json-reader.ts";

function refusal(run: () => unknown): MfmError {
  let thrown: unknown;
  assert.throws(run, (error) => {
    thrown = error;
    return error instanceof MfmError;
  });
  return thrown as MfmError;
}

const name = fc.oneof(
  fc.constantFrom("", "__proto__", "constructor", "1", "\u0000", '"\\', "\u{1f600}"),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    fc.oneof<fc.Arbitrary<Json>[]>(
      name,
      fc.maxSafeInteger(),
      fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, null, true, false),
    ),
    fc.array(tie("json"), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(name, tie("json")), { maxLength: 4, selector: ([key]) => key })
      .map((members): Json => Object.fromEntries(members)),
  ),
}));

/** Pieces of JSON and of what is nearly JSON. */
const pieces = [
  ...'{ } [ ] , : " \\ / - + . 0 1 01 -0 1.5 1. .5 1e3 1E+2 9007199254740991 9007199254740992 true false null nul True NaN Infinity'.split(
    " ",
  ),
  ...'"a" "b" "" "\\n" "\\u0041" "\\ud83d\\ude00" "\\ud800" "\\x41" "\\u12" {} [] "a":1 \' // /* */ undefined'.split(" "),
  " ",
  "\n",
  "\t",
  "\r",
  "\u00a0",
  "\u2028",
  "\ufeff",
  "\u0000",
  "\ud800",
  "\u000b",
];

describe("readStrictJson: what it accepts", () => {
  const rows: readonly [string, string, Json][] = [
    ["any white space", ' \t\r\n{ "a"\t:\n[ 1 , 2 ]\r}\n', { a: [1, 2] }],
    ["any member order", '{"b":1,"a":2}', { a: 2, b: 1 }],
    ["every escape", String.raw`"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"`, '"\\/\b\f\n\r\té\u{1f600}'],
    ["the safe integers", "[-9007199254740991,9007199254740991,0,-1]", [-9007199254740991, 9007199254740991, 0, -1]],
    ["literals", "[true,false,null]", [true, false, null]],
    ["empty names, arrays and objects", '{"":[],"a":{}}', { "": [], a: {} }],
    ["line separators inside strings", '"\u2028\u2029\u007f\ufeff"', "\u2028\u2029\u007f\ufeff"],
  ];
  for (const [title, text, value] of rows) it(title, () => assert.deepEqual(readStrictJson(text), value));

  it("`__proto__` as a member like any other", () => {
    const value = readStrictJson('{"__proto__":{"admin":true}}') as object;
    assert.deepEqual(Object.keys(value), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal("admin" in value, false);
  });

  it("whatever JSON.stringify makes of a value, with any indentation", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 0, 1, 4, "\t", "\n"), (value, indent) =>
        assert.deepEqual(readStrictJson(JSON.stringify(value, null, indent)), value),
      ),
    );
  });

  it("nothing that JSON.parse refuses, and the same value where both accept", () => {
    const garbage = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((parts) => parts.join("")),
      fc.tuple(json, fc.nat(), fc.nat(3), fc.constantFrom(...pieces)).map(([value, at, removed, piece]) => {
        const text = JSON.stringify(value, null, 1);
        const place = at % (text.length + 1);
        return text.slice(0, place) + piece + text.slice(place + removed);
      }),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        let value: Json;
        try {
          value = readStrictJson(text);
        } catch (error) {
          assert.ok(error instanceof MfmError && error.code === "JSON_INVALID");
          const { offset, reason } = error.details as { readonly offset: number; readonly reason: string };
          assert.ok(offset >= 0 && offset <= text.length && reason !== "");
          return;
        }
        assert.deepEqual(JSON.parse(text), value);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("readStrictJson: what it refuses, with line and column", () => {
  const rows: readonly [string, string, number, number, RegExp][] = [
    ["nothing", "", 1, 1, /ends where a value/],
    ["only space", " \n ", 2, 2, /ends where a value/],
    ["a float", '{\n  "price": 1.5\n}', 2, 12, /decimals as strings/],
    ["an exponent", "[1E3]", 1, 2, /decimals as strings/],
    ["a fraction of zero", "1.0", 1, 1, /decimals as strings/],
    ["negative zero", "[\n-0]", 2, 1, /negative zero/],
    ["a leading zero", "[1, 007]", 1, 5, /leading zero/],
    ["a negative leading zero", "-01", 1, 1, /leading zero/],
    ["2^53", "9007199254740992", 1, 1, /2\^53/],
    ["a minus alone", "[-]", 1, 2, /digit/],
    ["a plus", "[+1]", 1, 2, /value is expected/],
    ["a hexadecimal number", "0x10", 1, 2, /more text/],
    ["NaN", "[NaN]", 1, 2, /value is expected/],
    ["a lone surrogate", String.raw`["a", "\udc00"]`, 1, 7, /lone surrogate/],
    ["surrogates the wrong way round", String.raw`"\ude00\ud83d"`, 1, 1, /lone surrogate/],
    ["a lone surrogate in a name", '{"\ud800": 1}', 1, 2, /lone surrogate/],
    ["a duplicate name", '{\n "a": 1,\n "a": 2\n}', 3, 2, /duplicate member "a"/],
    ["a duplicate name in other letters", String.raw`{"a":1,"\u0061":2}`, 1, 8, /duplicate/],
    ["depth 65", "[".repeat(65), 1, 65, /deeper than 64/],
    ["a million levels", '{"a":'.repeat(1_000_000), 1, 321, /deeper than 64/],
    ["text after the value", "{}\n{}", 2, 1, /more text/],
    ["a comment", "// no\n1", 1, 1, /value is expected/],
    ["a byte order mark", "\ufeff{}", 1, 1, /byte order mark/],
    ["a space that is not JSON's", "[\u00a01]", 1, 2, /value is expected/],
    ["a control character", '["a\tb"]', 1, 4, /control character/],
    ["a line break in a string", '["a\nb"]', 1, 4, /control character/],
    ["an unknown escape", String.raw`"\x41"`, 1, 2, /escape/],
    ["a short escape", String.raw`"\u12"`, 1, 2, /escape/],
    ["an escape with a sign", String.raw`"\u+041"`, 1, 2, /escape/],
    ["an unfinished string", '"abc', 1, 5, /ends inside a string/],
    ["an unfinished escape", '"\\', 1, 2, /escape/],
    ["single quotes", "{'a':1}", 1, 2, /double quotes/],
    ["a bare name", "{a:1}", 1, 2, /double quotes/],
    ["a comma too many in an object", '{"a":1,}', 1, 8, /double quotes/],
    ["a comma too many in an array", "[1,]", 1, 4, /value is expected/],
    ["a missing comma", "[1 2]", 1, 4, /comma or \]/],
    ["a missing comma in an object", '{"a":1 "b":2}', 1, 8, /comma or \}/],
    ["a missing colon", '{"a" 1}', 1, 6, /colon/],
    ["an unfinished array", "[1", 1, 3, /comma or \]/],
    ["an unfinished object", '{"a":1', 1, 7, /comma or \}/],
    ["a character beyond U+FFFF, which is not shown: it may be of a secret", "\u{1f600}", 1, 1, /begins none$/],
  ];
  for (const [title, text, line, column, reason] of rows) {
    it(title, () => {
      const { code, details } = refusal(() => readStrictJson(text));
      assert.equal(code, "JSON_INVALID");
      assert.deepEqual([details["line"], details["column"]], [line, column]);
      assert.match(details["reason"] as string, reason);
    });
  }

  it("a text of 16 MiB, of line breaks, digits or one string, costs neither stack nor minutes", () => {
    const size = 16 * 1024 * 1024;
    assert.equal(refusal(() => readStrictJson("\n".repeat(size))).details["line"], size + 1);
    assert.equal(refusal(() => readStrictJson("1".repeat(size))).details["offset"], 0);
    assert.equal(refusal(() => readStrictJson(`"${"x".repeat(size)}`)).details["offset"], size + 1);
  });

  it("a long name is not repeated whole", () => {
    const long = `"${"x".repeat(1_000_000)}"`;
    assert.ok(refusal(() => readStrictJson(`{${long}:1,${long}:2}`)).message.length < 300);
  });
});
