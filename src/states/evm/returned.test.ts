import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { encodeAbiParameters, stringToHex } from "viem/utils";
import type { Hex } from "./asking.ts";
import { type Returned, readText, readWord, readWords, textHead, textLimits } from "./returned.ts";

const whole = (head: Hex): Returned => ({ size: (head.length - 2) / 2, head });
/** As the scanner sends it back: the beginning only. */
const kept = (answer: Hex): Returned => ({ size: (answer.length - 2) / 2, head: answer.slice(0, 2 + 2 * textHead) as Hex });
const abiString = (text: string): Hex => encodeAbiParameters([{ type: "string" }], [text]);
const word = (value: bigint): string => value.toString(16).padStart(64, "0");

const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes): Hex => `0x${Buffer.from(bytes).toString("hex")}`);

describe("readWord", () => {
  it("reads one word, and nothing of any other size", () => {
    fc.assert(
      fc.property(anyBytes, (answer) => {
        assert.equal(readWord(whole(answer)), answer.length === 66 ? BigInt(answer) : undefined);
      }),
    );
    assert.equal(readWord(whole(`0x${"ff".repeat(32)}`)), 2n ** 256n - 1n);
  });

  it("reads no word of which only a part was kept, or that is the beginning of more", () => {
    assert.equal(readWord({ size: 32, head: "0x" }), undefined);
    assert.equal(readWord({ size: 64, head: `0x${word(1n)}` }), undefined);
    assert.deepEqual(readWords(whole(`0x${word(1n)}${word(2n)}`), 2), [1n, 2n]);
    assert.equal(readWords(whole(`0x${word(1n)}${word(2n)}`), 3), undefined);
  });
});

describe("readText", () => {
  it("reads what Solidity returns", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (text) => {
        const found = readText(kept(abiString(text)));
        assert.ok(found !== undefined && text.startsWith(found.text));
        assert.deepEqual([found.form, found.cut], ["string", found.text !== text]);
      }),
    );
    assert.deepEqual(readText(whole(abiString(""))), { text: "", form: "string", cut: false });
  });

  it("reads bytes32 up to the first zero, and no number", () => {
    const old = (text: string): Returned => whole(stringToHex(text, { size: 32 }));
    assert.deepEqual(readText(old("MKR")), { text: "MKR", form: "bytes32", cut: false });
    assert.deepEqual(readText(old("A".repeat(32))), { text: "A".repeat(32), form: "bytes32", cut: false });
    assert.deepEqual(readText(old("")), { text: "", form: "bytes32", cut: false });
    assert.deepEqual(readText(old("A\0B")), { text: "A", form: "bytes32", cut: false });
    assert.equal(readText(whole(`0x${word(18n)}`)), undefined);
  });

  it("cuts what is too long, between characters, and says so", () => {
    for (const character of ["A", "é", "漢", "🦄", "\u0001", '"', "\\"]) {
      const text = character.repeat(300);
      const found = readText(kept(abiString(text)));
      assert.ok(found !== undefined && found.cut && text.startsWith(found.text) && found.text.isWellFormed(), character);
      assert.ok(found.text.length <= textLimits.characters);
      assert.ok(Buffer.byteLength(JSON.stringify(found.text)) - 2 <= textLimits.jsonBytes);
      assert.ok(found.text.length >= 32, `${character}: ${found.text.length}`);
    }
  });

  it("cuts a text as long as the limits allow at no place", () => {
    for (const text of ["A".repeat(128), "漢".repeat(64), "\u0001".repeat(32)])
      assert.deepEqual(readText(kept(abiString(text))), { text, form: "string", cut: false });
  });

  const wrong: readonly (readonly [string, Hex])[] = [
    ["nothing", "0x"],
    ["less than a word", "0x20"],
    ["a word and a half", `0x${word(32n)}${"00".repeat(16)}`],
    ["a place outside", `0x${word(64n)}${word(0n)}`],
    ["a place far outside", `0x${word(2n ** 256n - 1n)}${word(0n)}`],
    ["a length beyond the end", `0x${word(32n)}${word(33n)}${"41".repeat(32)}`],
    ["a length of 2^256 - 1", `0x${word(32n)}${word(2n ** 256n - 1n)}${"41".repeat(32)}`],
    ["bytes that are not UTF-8", `0x${word(32n)}${word(2n)}c328${"00".repeat(30)}`],
    ["half a surrogate pair", `0x${word(32n)}${word(3n)}eda080${"00".repeat(29)}`],
    ["a text that ends inside a character", `0x${word(32n)}${word(2n)}e6bc${"00".repeat(30)}`],
    ["a word that is not UTF-8", `0xff${"00".repeat(31)}`],
  ];
  for (const [name, answer] of wrong) it(`takes ${name} for no text`, () => assert.equal(readText(whole(answer)), undefined));

  it("reads anything without throwing, within its limits", () => {
    const claimed = fc.record({ size: fc.nat(2_000_000), head: anyBytes });
    fc.assert(
      fc.property(fc.oneof(anyBytes.map(whole), claimed), (returned) => {
        const found = readText(returned);
        if (found === undefined) return;
        assert.ok(found.text.isWellFormed() && found.text.length <= textLimits.characters);
        assert.ok(Buffer.byteLength(JSON.stringify(found.text)) - 2 <= textLimits.jsonBytes);
      }),
      { numRuns: 1000 },
    );
  });
});
