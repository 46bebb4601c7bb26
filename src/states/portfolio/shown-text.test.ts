import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cutText, isSuspicious } from "./shown-text.ts";

describe("isSuspicious", () => {
  for (const text of ["USDC", "stETH", "USD₮0", "aEthUSDC", "1INCH", "crvUSD", "€UR", "Wrapped Ether", "v1.2", ""])
    it(`takes ${JSON.stringify(text)} as it is`, () => assert.equal(isSuspicious(text), false));
  const tricks: readonly (readonly [string, string])[] = [
    ["a Cyrillic letter", "USD\u0421"],
    ["a right-to-left override", "\u202eCDSU"],
    ["a zero-width space", "US\u200bDC"],
    ["a control character", "US\u0007DC"],
    ["an escape sequence", "\u001b[31mUSDC"],
    ["a web address", "visit claim-usdc.com"],
    ["a web address with a scheme", "https://x"],
    ["a full-width digit", "USDC\uff11"],
    ["a space at the end", "USDC "],
    ["a new line", "US\nDC"],
  ];
  for (const [what, text] of tricks) it(`sees ${what}`, () => assert.equal(isSuspicious(text), true));
});

describe("cutText", () => {
  it("leaves a short text and cuts a long one", () => assert.deepEqual([cutText("abc", 3), cutText("abcd", 3)], ["abc", "abc"]));
  it("does not cut a character in half", () => assert.equal(cutText("ab😀", 3), "ab"));
});
