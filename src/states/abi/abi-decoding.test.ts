import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbiCoder } from "ethers";
import * as fc from "fast-check";
import { decodeArguments } from "./abi-decoding.ts";
import { parseSignature } from "./abi-signature.ts";

const word = (value: bigint | number) => value.toString(16).padStart(64, "0");
const decoded = (types: string, ...words: string[]) => decodeArguments(parseSignature(`f(${types})`).inputs, `0x${words.join("")}`);

describe("decoding what a contract returned", () => {
  const malformed: readonly (readonly [types: string, ...words: string[]])[] = [
    ["uint256"],
    ["uint8", word(256)],
    ["int8", word(128)],
    ["bool", word(2)],
    ["address", word(2n ** 160n)],
    ["bytes4", word(1)],
    ["string", word(32), word(2), "ff".padEnd(64, "0")],
    ["bytes", word(32), word(33), word(0)],
    ["bytes", word(2n ** 255n)],
    ["uint256[]", word(32), word(3), word(1), word(2)],
    ["uint256[]", word(32), word(2n ** 64n)],
  ];
  for (const [types, ...words] of malformed)
    it(`${types} of ${words.length} words that are none is no value`, () => assert.equal(decoded(types, ...words), undefined));

  it("passes over what stands behind it", () => assert.deepEqual(decoded("uint8", word(7), word(9)), ["7"]));

  it("gives up on a small answer that unfolds without end", () => {
    // Every list of 8 points eight times at one list, ten deep.
    const level = (depth: number) => [word(8), ...Array.from({ length: 8 }, () => word(depth === 0 ? 0 : 256))];
    const answer = [word(32), ...Array.from({ length: 10 }, (_, index) => level(9 - index)).flat()];
    assert.equal(decoded(`uint8${"[]".repeat(11)}`, ...answer), undefined);
  });

  it("never throws, and accepts nothing that ethers refuses", () => {
    const types = ["uint8[]", "string", "bytes", "(bytes, uint8)[2]", "string[][]"];
    const word32 = fc.oneof(
      fc.constantFrom(0, 1, 2, 31, 32, 33, 64, 96, 128, 160).map(word),
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(word),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.array(word32, { maxLength: 12 }), (type, words) => {
        if (decoded(type, ...words) === undefined) return;
        const value = AbiCoder.defaultAbiCoder().decode([type], `0x${words.join("")}`, true);
        assert.ok(value.toArray(true).length === 1);
      }),
      { numRuns: 500 },
    );
  });
});
