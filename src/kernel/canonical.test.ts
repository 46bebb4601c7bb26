import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf, isDigest, parseCanonical, toCanonical } from "./canonical.ts";
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

describe("canonical: RFC 8785 vectors", () => {
  // Section 3.2.3: key order is by UTF-16 code units.
  const unsorted = `{
    "\\u20ac": "Euro Sign",
    "\\r": "Carriage Return",
    "\\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\\ud83d\\ude00": "Emoji: Grinning Face",
    "\\u0080": "Control",
    "\\u00f6": "Latin Small Letter O With Diaeresis"
  }`;

  it("3.2.3: sorts members by UTF-16 code units, so the emoji (d83d) comes before fb33, although its code point is higher", () => {
    const written = toCanonical(JSON.parse(unsorted) as Json);
    const order = ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face"];
    assert.deepEqual(
      [...written.matchAll(/:"([^"]*)"/g)].map((match) => match[1]),
      [...order, "Hebrew Letter Dalet With Dagesh"],
    );
    assert.equal(toCanonical({ "\ufb33": 1, "\u{1f600}": 2 }), '{"\u{1f600}":2,"\ufb33":1}');
    assert.deepEqual(parseCanonical(written), JSON.parse(unsorted));
    assert.equal(refusal(() => parseCanonical('{"\ufb33":1,"\u{1f600}":2}')).code, "NOT_CANONICAL");
  });

  it("3.2.2 and 3.2.4: writes literals and strings as in the example, to the byte", () => {
    const sample = String.raw`{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`;
    const written = toCanonical(JSON.parse(sample) as Json);
    assert.equal(written, String.raw`{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}`);
    const bytes = "22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d";
    assert.equal(Buffer.from(written).toString("hex").slice(-bytes.length), bytes);
    assert.deepEqual(parseCanonical(Buffer.from(written)), JSON.parse(sample));
  });

  it("3.2.2.2: escapes exactly quote, backslash and U+0000 to U+001F, the latter short where JSON has a short form", () => {
    const short = new Map([
      [8, "\\b"],
      [9, "\\t"],
      [10, "\\n"],
      [12, "\\f"],
      [13, "\\r"],
      [0x22, '\\"'],
      [0x5c, "\\\\"],
    ]);
    for (let code = 0; code <= 0x120; code++) {
      const character = String.fromCharCode(code);
      const long = code < 0x20 ? `\\u${code.toString(16).padStart(4, "0")}` : character;
      const expected = `"${short.get(code) ?? long}"`;
      assert.equal(toCanonical(character), expected);
      assert.equal(parseCanonical(expected), character);
    }
  });

  it("appendix B: of the numbers only the safe integers are in the value set", () => {
    const inside: readonly [string, string][] = [
      ["0000000000000000", "0"],
      ["433fffffffffffff", "9007199254740991"],
      ["c33fffffffffffff", "-9007199254740991"],
    ];
    const outside =
      "8000000000000000 0000000000000001 8000000000000001 7fefffffffffffff ffefffffffffffff 4340000000000000 c340000000000000 " +
      "4430000000000000 7fffffffffffffff 7ff0000000000000 44b52d02c7e14af5 44b52d02c7e14af6 44b52d02c7e14af7 444b1ae4d6e2ef4e " +
      "444b1ae4d6e2ef4f 444b1ae4d6e2ef50 3eb0c6f7a0b5ed8c 3eb0c6f7a0b5ed8d 41b3de4355555553 41b3de4355555554 41b3de4355555555 " +
      "41b3de4355555556 41b3de4355555557 becbf647612f3696 43143ff3c1cb0959";
    const double = (bits: string) => Buffer.from(bits, "hex").readDoubleBE();
    for (const [bits, expected] of inside) assert.equal(toCanonical(double(bits)), expected);
    for (const bits of outside.split(" ")) assert.equal(refusal(() => toCanonical(double(bits))).code, "VALUE_INVALID", bits);
  });

  // https://github.com/cyberphone/json-canonicalization/tree/master/testdata, named by the RFC in appendix F.
  const published: readonly [string, string, string][] = [
    [
      "structures",
      '{"1":{"f":{"f":"hi","F":5},"\\n":56},"10":{},"":"empty","a":{},"111":[{}],"A":{}}',
      '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}',
    ],
    ["french", '{"peach":1,"péché":2,"pêche":3,"sin":4}', '{"peach":1,"péché":2,"pêche":3,"sin":4}'],
    ["unicode", '{"Unnormalized Unicode":"A\\u030a"}', '{"Unnormalized Unicode":"A\u030a"}'],
    [
      "weird",
      '{"\\u20ac":1,"1":2,"\\u0080":"\\u007f","\\ud83d\\ude02":4,"\\u00f6":5,"\\ufb33":6,"</script>":7}',
      '{"1":2,"</script>":7,"\u0080":"\u007f","ö":5,"€":1,"😂":4,"\ufb33":6}',
    ],
  ];
  for (const [name, input, output] of published)
    it(`published test data: ${name}`, () => assert.equal(toCanonical(JSON.parse(input) as Json), output));
});

const loop: { [name: string]: unknown } = {};
loop["inner"] = [1, { again: loop }];
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

describe("canonical: what toCanonical refuses, with its path", () => {
  const rows: readonly [string, unknown, string, RegExp][] = [
    ["a float", { a: [1, 1.5] }, "/a/1", /decimals as strings/],
    ["NaN", [Number.NaN], "/0", /not an integer/],
    ["infinity", [Number.POSITIVE_INFINITY], "/0", /not an integer/],
    ["negative zero", { a: -0 }, "/a", /negative zero/],
    ["2^53", { a: 2 ** 53 }, "/a", /2\^53/],
    ["-2^53", -(2 ** 53), "", /2\^53/],
    ["a lone high surrogate", ["\ud800"], "/0", /lone surrogate/],
    ["a lone low surrogate", ["a\udc00b"], "/0", /lone surrogate/],
    ["a lone surrogate in a name", { a: { "x\ud800": 1 } }, "/a/x\ufffd", /name with a lone surrogate/],
    ["undefined", undefined, "", /undefined/],
    ["an undefined member", { a: { b: undefined } }, "/a/b", /undefined/],
    ["a hole in an array", { a: Array(1) }, "/a/0", /undefined/],
    ["a date", { at: new Date(0) }, "/at", /class/],
    ["an instance", [new URL("eth:1")], "/0", /class/],
    ["a map", { a: new Map() }, "/a", /class/],
    ["bytes", [new Uint8Array(1)], "/0", /class/],
    ["a boxed string", [Object("text")], "/0", /class/],
    ["a function", { toJSON: () => 1 }, "/toJSON", /function/],
    ["a symbol", [Symbol("s")], "/0", /symbol/],
    ["a bigint", { wei: 1n }, "/wei", /bigint/],
    ["a cycle", loop, "/inner/1/again", /contains itself/],
    ["depth 65", deep(65), "/0".repeat(64), /deeper than 64/],
    ["a name that a pointer escapes", { "a/b~c": 1.5 }, "/a~1b~0c", /decimals/],
  ];
  for (const [name, value, path, reason] of rows) {
    it(name, () => {
      const { code, details } = refusal(() => toCanonical(value as Json));
      assert.equal(code, "VALUE_INVALID");
      assert.equal(details["path"], path);
      assert.match(details["reason"] as string, reason);
    });
  }

  it("but depth 64, a null prototype and one object standing in two places are data", () => {
    const shared = { a: 1 };
    assert.equal(toCanonical(deep(64) as Json), `${"[".repeat(64)}1${"]".repeat(64)}`);
    assert.equal(toCanonical(Object.assign(Object.create(null) as object, { b: shared, a: shared }) as Json), '{"a":{"a":1},"b":{"a":1}}');
  });

  it("a long name is not repeated whole", () => assert.ok(refusal(() => toCanonical({ ["x".repeat(1e6)]: 1.5 })).message.length < 300));
});

describe("canonical: what parseCanonical refuses, with its byte", () => {
  const rows: readonly [string, string | Uint8Array, number, RegExp][] = [
    ["nothing", "", 0, /ends/],
    ["a float", "[1.5]", 1, /decimals/],
    ["a float that is whole", "[1.0]", 1, /decimals/],
    ["an exponent", "[1e3]", 1, /decimals/],
    ["negative zero", '{"a":-0}', 5, /negative zero/],
    ["a leading zero", "[01]", 1, /leading zero/],
    ["2^53", "[9007199254740992]", 1, /2\^53/],
    ["-2^53", "[-9007199254740992]", 1, /2\^53/],
    ["a lone surrogate as an escape", String.raw`["\ud800"]`, 1, /lone surrogate/],
    ["a lone surrogate as such", '["\ud800"]', 1, /lone surrogate/],
    ["a lone surrogate in a name", String.raw`{"\udc00":1}`, 1, /lone surrogate/],
    ["a duplicate name", '{"é":1,"é":2}', 8, /duplicate/],
    ["a duplicate name under an escape", '{"a":1,"\\u0061":2}', 7, /duplicate/],
    ["names out of order", '{"é":{"b":1,"a":2}}', 13, /order/],
    ["names out of order under an escape", String.raw`{"\r":1,"\n":2}`, 8, /order/],
    ["white space before", " 1", 0, /white space/],
    ["white space inside", '{"é": 1}', 6, /white space/],
    ["white space after", "1\n", 1, /white space/],
    ["an escape of what needs none", String.raw`["a\/b"]`, 3, /escape/],
    ["an escape of a letter", String.raw`["é\u0041"]`, 4, /escape/],
    ["an escape in upper case", String.raw`["\u001F"]`, 2, /escape/],
    ["a long escape where there is a short one", String.raw`["\u000a"]`, 2, /escape/],
    ["an escape of a well-formed pair", String.raw`["\ud83d\ude00"]`, 2, /escape/],
    ["an escape that JSON does not have", String.raw`["\x41"]`, 2, /escape/],
    ["a control character", '["a\nb"]', 3, /control character/],
    ["depth 65", `${"[".repeat(65)}${"]".repeat(65)}`, 64, /deeper than 64/],
    ["text after the value", "{}{}", 2, /more text/],
    ["a word", "[nul]", 1, /value is expected/],
    ["a byte order mark", Buffer.from("\ufeff{}"), 0, /byte order mark/],
    ["a byte that is not UTF-8", Buffer.from('["é\xff"]', "latin1"), 2, /UTF-8/],
    ["an overlong form", Buffer.from([0x22, 0x61, 0xc0, 0xaf, 0x22]), 2, /UTF-8/],
    ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 1, /UTF-8/],
    ["UTF-8 that ends within a character", Buffer.from([0x22, 0x61, 0xe2, 0x82]), 2, /UTF-8/],
  ];
  for (const [name, content, byte, reason] of rows) {
    it(name, () => {
      const { code, details } = refusal(() => parseCanonical(content));
      assert.equal(code, "NOT_CANONICAL");
      assert.equal(details["byte"], byte);
      assert.match(details["reason"] as string, reason);
    });
  }

  it("nesting of a million levels, an array of a million and a string of 16 MiB cost no stack", () => {
    for (const open of ["[", '{"a":']) assert.equal(refusal(() => parseCanonical(open.repeat(1_000_000))).code, "NOT_CANONICAL");
    assert.equal(refusal(() => parseCanonical(`["a",${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}]`)).details["byte"], 68);
    const items = Array.from({ length: 1_000_000 }, () => 1);
    assert.deepEqual(parseCanonical(toCanonical(items)), items);
    assert.equal(refusal(() => toCanonical([...items, 0.5])).details["path"], "/1000000");
    const long = `"${"x".repeat(limits.artifactBytes)}"`;
    assert.equal(toCanonical(parseCanonical(long)), long);
    assert.equal(refusal(() => parseCanonical(`${long} `)).details["byte"], long.length);
  });
});

describe("canonical: content addresses", () => {
  it("are SHA-256 of the bytes, as FIPS 180-4 has them", () => {
    assert.equal(digestOf("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert.equal(digestOf(new Uint8Array()), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert.equal(digestOf("é"), digestOf(Buffer.from("c3a9", "hex")));
    assert.equal(
      digestOf(toCanonical({ b: [1, "é"], a: null })),
      "sha256:f8f17faab95c024891d173fa43442b0e52007736a1f36715ac721ab22deeefc5",
    );
  });

  it("have one spelling", () => {
    const digest = digestOf("");
    assert.ok(isDigest(digest));
    for (const other of [digest.toUpperCase(), digest.slice(7), `${digest}0`, `${digest}\n`, digest.replace("sha256", "sha512"), 1, null])
      assert.ok(!isDigest(other), String(other));
  });
});
