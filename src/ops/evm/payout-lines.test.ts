import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { MfmError } from "../../kernel/errors.ts";
import { codecs } from "../../kernel/codecs.ts";
import { type PayoutContext, type PayoutLine, assertPayable, findProblems } from "./payout-lines.ts";

const addressOf = (digits: string): `0x${string}` => codecs.address.decode(`0x${digits.padStart(40, "0")}`) as `0x${string}`;
const from = addressOf("aaaa0000000000000000000000000000000000bb");
const token = addressOf("cccc0000000000000000000000000000000000dd");
const treasury = addressOf("1234000000000000000000000000000000005678");
const context: PayoutContext = { from, asset: { kind: "erc20", address: token }, known: [{ name: "treasury", address: treasury }] };
const one = addressOf("1111111111111111111111111111111111111111");
const line = (change: Partial<PayoutLine> = {}): PayoutLine => ({ recipient: one, amount: 1n, ...change });
const problems = (...lines: readonly PayoutLine[]) => findProblems(lines, context);

describe("what is wrong with a list of payments", () => {
  const cases: readonly (readonly [what: string, lines: readonly PayoutLine[], expected: readonly (readonly [number, RegExp])[]])[] = [
    ["nothing", [line()], []],
    ["an amount of zero", [line({ amount: 0n })], [[0, /zero/]]],
    ["the zero address", [line({ recipient: addressOf("0") })], [[0, /zero address/]]],
    ["a payment to oneself", [line({ recipient: from })], [[0, /the sender/]]],
    ["a payment to the token", [line({ recipient: token })], [[0, /token's own contract/]]],
    ["the same recipient twice", [line(), line({ amount: 2n })], [[1, /payment 1 too/]]],
    ["the same recipient twice, one with an id", [line({ id: "a" }), line()], [[1, /give both an id/]]],
    ["the same recipient for two ids", [line({ id: "a" }), line({ id: "b" })], []],
    ["the same id twice", [line({ id: "a" }), line({ id: "a", recipient: treasury })], [[1, /the id "a" is that of payment 1/]]],
    [
      "a look-alike of the sender",
      [line({ recipient: addressOf("aaaa1000000000000000000000000000000000bb") })],
      [[0, /looks like the sender/]],
    ],
    [
      "a look-alike of a known address",
      [line({ recipient: addressOf("1234ffffffffffffffffffffffffffffffff5678") })],
      [[0, /looks like treasury/]],
    ],
    ["a known address itself", [line({ recipient: treasury })], []],
    [
      "a look-alike of another line",
      [line(), line({ recipient: addressOf("1111222222222222222222222222222222221111") })],
      [[1, /looks like the recipient of payment 1/]],
    ],
    [
      "several things at once",
      [line({ amount: 0n, recipient: from }), line({ amount: 0n })],
      [
        [0, /zero/],
        [0, /the sender/],
        [1, /zero/],
      ],
    ],
  ];
  for (const [what, lines, expected] of cases)
    it(what, () => {
      const found = problems(...lines);
      assert.deepEqual(
        found.map(({ index }) => index),
        expected.map(([index]) => index),
        JSON.stringify(found),
      );
      for (const [at, [, words]] of expected.entries()) assert.match(found[at]?.problem ?? "", words);
    });

  it("of distinct recipients that are not alike nothing is wrong, whatever their order", () => {
    const recipients = fc.uniqueArray(fc.integer({ min: 1, max: 0xffff - 1 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(recipients, fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), (numbers, amount) => {
        const lines = numbers.map((number) => line({ recipient: addressOf(`9${number.toString(16).padStart(39, "0")}`), amount }));
        assert.deepEqual(problems(...lines), []);
      }),
    );
  });

  it("names every line, from 1, with PAYOUT_INVALID", () => {
    const wrong = [line(), line({ amount: 0n, recipient: treasury }), line()];
    assert.throws(
      () => assertPayable(wrong, context),
      (error) =>
        error instanceof MfmError &&
        error.code === "PAYOUT_INVALID" &&
        /line 2: .*line 3: /.test(error.message) &&
        error.details["count"] === 2,
    );
  });
});
