import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Wallet } from "ethers";
import { addressOf, assertSigns, parsePrivateKey } from "./private-key.ts";

const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("private key", () => {
  it("reads 64 hex digits with or without 0x, in either case, and finds the address that ethers finds", () => {
    const digits = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    for (const text of [digits, `0x${digits}`, `0X${digits.toUpperCase()}`]) {
      const key = parsePrivateKey(bytes(text));
      assert.equal(addressOf(key), new Wallet(digits).address);
      assertSigns(key);
    }
  });

  it("takes the smallest and the largest key", () => {
    for (const digits of ["1".padStart(64, "0"), `${order.slice(0, -1)}0`]) assertSigns(parsePrivateKey(bytes(digits)));
  });

  for (const [name, text] of [
    ["zero", "0".repeat(64)],
    ["the order of the curve", order],
    ["all ones", "f".repeat(64)],
    ["63 digits", "1".repeat(63)],
    ["65 digits", "1".repeat(65)],
    ["a letter that is no digit", `${"1".repeat(63)}g`],
    ["what only looks like digits", `${"1".repeat(62)}１`],
    ["nothing", ""],
  ] as const)
    it(`refuses ${name}`, () => assert.throws(() => parsePrivateKey(bytes(text)), { code: "KEY_INVALID" }));
});
