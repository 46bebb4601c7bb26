import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assert as check, bigInt, integer, property, tuple } from "fast-check";
import { codecs } from "../../kernel/codecs.ts";
import { add, fromUnits, multiply } from "./decimals.ts";

const units = tuple(bigInt(-(10n ** 80n), 10n ** 80n), integer({ min: 0, max: 36 }));

describe("decimals", () => {
  const cases: readonly (readonly [string, string])[] = [
    [fromUnits(1_500_000n, 6), "1.5"],
    [fromUnits(0n, 18), "0"],
    [fromUnits(1n, 18), "0.000000000000000001"],
    [fromUnits(-25n, 1), "-2.5"],
    [fromUnits(7n, 0), "7"],
    [fromUnits(2n ** 256n - 1n, 0), (2n ** 256n - 1n).toString()],
    [multiply("1.5", "2000"), "3000"],
    [multiply("0.1", "0.2"), "0.02"],
    [multiply("-0.5", "0"), "0"],
    [add("0.1", "0.2"), "0.3"],
    [add("1.25", "-1.25"), "0"],
    [add("99.9", "0.1"), "100"],
  ];
  for (const [found, expected] of cases) it(`gives ${expected.slice(0, 24)}`, () => assert.equal(found, expected));

  it("always writes the canonical decimal", () => {
    check(
      property(units, units, ([a, s], [b, t]) => {
        for (const text of [fromUnits(a, s), multiply(fromUnits(a, s), fromUnits(b, t)), add(fromUnits(a, s), fromUnits(b, t))])
          assert.equal(codecs.decimal.decode(text), text);
      }),
    );
  });

  it("adds and multiplies as whole numbers of the smallest unit do", () => {
    check(
      property(units, units, ([a, s], [b, t]) => {
        assert.equal(multiply(fromUnits(a, s), fromUnits(b, t)), fromUnits(a * b, s + t));
        assert.equal(add(fromUnits(a, s), fromUnits(b, t)), fromUnits(a * 10n ** BigInt(t) + b * 10n ** BigInt(s), s + t));
      }),
    );
  });
});
