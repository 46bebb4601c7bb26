import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interface } from "ethers";
import * as fc from "fast-check";
import { readFragments } from "./fragments.ts";
import { decodeRevert, wordsOfRevert } from "./revert.ts";

type Hex = `0x${string}`;
const abi = readFragments(["error Denied(address who, uint256 limit)", "error Tagged(string tag, (uint8 a, bytes b)[] parts)"]);
const ethers = new Interface([
  "error Error(string)",
  "error Panic(uint256)",
  "error Denied(address who, uint256 limit)",
  "error Tagged(string tag, tuple(uint8 a, bytes b)[] parts)",
]);
const encode = (name: string, ...values: readonly unknown[]): Hex => ethers.encodeErrorResult(name, values) as Hex;
const who = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

describe("why a call reverted", () => {
  const cases: readonly (readonly [what: string, data: Hex, words: string])[] = [
    ["nothing", "0x", "without a reason"],
    ["a text", encode("Error", "not enough"), '"not enough"'],
    ["an empty text", encode("Error", ""), '""'],
    ["a panic", encode("Panic", 0x11), "panic 0x11: arithmetic overflow"],
    ["a panic of no kind that Solidity has", encode("Panic", 0x99), "panic 0x99: a panic of an unknown kind"],
    ["an error of the ABI", encode("Denied", who, 7n), `Denied(who = ${who}, limit = 7)`],
    [
      "an error with parts",
      encode("Tagged", "x y", [[1, "0xab"]]),
      'Tagged(tag = "x y", parts = "[{\\"a\\":\\"1\\",\\"b\\":\\"0xab\\"}]")',
    ],
    ["an error of no ABI", "0xdeadbeef00", "an error 0xdeadbeef that no ABI given names (5 bytes)"],
    ["less than a selector", "0xdead", "an error 0xdead that no ABI given names (2 bytes)"],
  ];
  for (const [what, data, words] of cases) it(`${what} is ${words}`, () => assert.equal(wordsOfRevert(decodeRevert(data, abi)), words));

  it("an error whose arguments are cut short is not read", () => {
    assert.equal(decodeRevert(encode("Denied", who, 7n).slice(0, 100) as Hex, abi).kind, "unknown");
  });

  it("a contract's text cannot steer a terminal, and is cut", () => {
    const words = wordsOfRevert(decodeRevert(encode("Error", `\u001b[2J\u202e${"a".repeat(1000)}`), abi));
    assert.doesNotMatch(words, /[\u0000-\u001f\u202e]/);
    assert.ok(words.length < 400);
  });

  it("reads any bytes without throwing", () => {
    const selectors = fc.constantFrom("0x08c379a0", "0x4e487b71", encode("Denied", who, 7n).slice(0, 10), "0x");
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString("hex"));
    fc.assert(fc.property(selectors, bytes, (selector, rest) => wordsOfRevert(decodeRevert(`${selector}${rest}` as Hex, abi)).length > 0));
  });
});
