import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { fromUnits } from "../../states/portfolio/decimals.ts";
import { readAmount } from "./amount.ts";

describe("amounts as people write them", () => {
  const cases: readonly (readonly [text: string, decimals: number, expected: bigint | RegExp])[] = [
    ["1", 18, 10n ** 18n],
    ["1250.75", 6, 1_250_750_000n],
    ["0.000001", 6, 1n],
    ["1.500000000", 1, 15n],
    ["007", 0, 7n],
    ["", 6, /missing/],
    ["-1", 6, /negative/],
    ["0.0000001", 6, /7 decimals, and there are 6/],
    ["1.5", 0, /1 decimals, and there are 0/],
    ["1,000", 6, /no decimal number/],
    ["1e3", 6, /no decimal number/],
    ["+1", 6, /no decimal number/],
    ["0x10", 6, /no decimal number/],
    [".5", 6, /no decimal number/],
    ["1.", 6, /no decimal number/],
    ["٣", 6, /no decimal number/],
    [(2n ** 256n).toString(), 0, /larger/],
  ];
  for (const [text, decimals, expected] of cases)
    it(`${JSON.stringify(text.slice(0, 20))} of ${decimals} decimals`, () => {
      const read = readAmount(text, decimals);
      if (typeof expected === "bigint") assert.deepEqual(read, { ok: expected });
      else assert.match("refused" in read ? read.refused : "", expected);
    });

  it("come back as they were", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.integer({ min: 0, max: 36 }), (units, decimals) => {
        assert.deepEqual(readAmount(fromUnits(units, decimals), decimals), { ok: units });
      }),
    );
  });
});
