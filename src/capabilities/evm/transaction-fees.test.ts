import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type Caps, type FeePolicy, bump, capsByPolicy, decideCaps, raiseOver } from "./transaction-fees.ts";

const gwei = 1_000_000_000n;
const policy: FeePolicy = {
  percentile: 50,
  blocks: 20,
  minPriorityFeePerGas: gwei,
  baseFeePercent: 200,
  maxFeePerGas: 100n * gwei,
  maxPriorityFeePerGas: 10n * gwei,
};
const market = { baseFeePerGas: 10n * gwei, priorityFeePerGas: 2n * gwei };

const fee = fc.bigInt({ min: 0n, max: 10n ** 24n });
const caps: fc.Arbitrary<Caps> = fc
  .tuple(fee, fee)
  .map(([one, other]) => ({ maxFeePerGas: one > other ? one : other, maxPriorityFeePerGas: one > other ? other : one }));
const policies: fc.Arbitrary<FeePolicy> = fc
  .record({ minPriorityFeePerGas: fee, baseFeePercent: fc.integer({ min: 100, max: 1000 }), maxFeePerGas: fee, maxPriorityFeePerGas: fee })
  .map((own) => Object.assign({}, policy, own));
const markets = fc.record({ baseFeePerGas: fee, priorityFeePerGas: fee });

/** geth: strictly higher, and by a tenth rounded down; hardhat: by a tenth rounded up; others: by an eighth at most. */
const pools: readonly ((old: bigint, next: bigint) => boolean)[] = [
  (old, next) => next > old && next >= (old * 110n) / 100n,
  (old, next) => next * 100n >= old * 110n && next > old,
  (old, next) => next * 1000n >= old * 1125n,
];

describe("fees of an EVM transaction", () => {
  it("are by policy: the tip of the market, and room for the base fee to double", () =>
    assert.deepEqual(capsByPolicy(policy, market), { maxFeePerGas: 22n * gwei, maxPriorityFeePerGas: 2n * gwei }));

  it("are never under the least tip, nor over a ceiling, and the tip is never over the whole", () =>
    fc.assert(
      fc.property(policies, markets, (own, now) => {
        const { maxFeePerGas, maxPriorityFeePerGas } = capsByPolicy(own, now);
        assert.ok(maxFeePerGas <= own.maxFeePerGas && maxPriorityFeePerGas <= own.maxPriorityFeePerGas);
        assert.ok(maxPriorityFeePerGas <= maxFeePerGas);
        const least = [own.minPriorityFeePerGas, own.maxPriorityFeePerGas, own.maxFeePerGas].reduce((a, b) => (a < b ? a : b));
        assert.ok(maxPriorityFeePerGas >= least);
      }),
    ));

  it("of a replacement pass the rule of every pool, against each candidate before (case 33)", () =>
    fc.assert(
      fc.property(policies, markets, fc.array(caps, { minLength: 1, maxLength: 5 }), (own, now, before) => {
        for (const role of ["replacement", "cancel"] as const) {
          const answer = decideCaps({ policy: own, market: now, role, before, terms: null });
          const next = answer.kind === "caps" ? answer.caps : answer.kind === "ceiling" ? answer.needed : assert.fail(answer.reason);
          for (const old of before)
            for (const takes of pools) {
              assert.ok(takes(old.maxFeePerGas, next.maxFeePerGas));
              assert.ok(takes(old.maxPriorityFeePerGas, next.maxPriorityFeePerGas));
            }
          assert.ok(next.maxPriorityFeePerGas <= next.maxFeePerGas);
          if (role === "cancel") assert.equal(answer.kind, "caps");
          const isOver = next.maxFeePerGas > own.maxFeePerGas || next.maxPriorityFeePerGas > own.maxPriorityFeePerGas;
          if (role === "replacement") assert.equal(answer.kind, isOver ? "ceiling" : "caps");
        }
      }),
    ));

  it("of a cancel follow the market over the ceiling; its tip, which is paid, does not", () => {
    const spike = { baseFeePerGas: 300n * gwei, priorityFeePerGas: 50n * gwei };
    const before = [{ maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: 2n * gwei }];
    assert.deepEqual(decideCaps({ policy, market: spike, role: "cancel", before, terms: null }), {
      kind: "caps",
      caps: { maxFeePerGas: 610n * gwei, maxPriorityFeePerGas: 10n * gwei },
    });
  });

  it("of 5 wei are raised to 6, of 0 to 1", () => {
    assert.deepEqual(bump({ maxFeePerGas: 5n, maxPriorityFeePerGas: 0n }), { maxFeePerGas: 6n, maxPriorityFeePerGas: 1n });
    assert.deepEqual(raiseOver([]), { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n });
  });

  const before = [{ maxFeePerGas: 80n * gwei, maxPriorityFeePerGas: 8n * gwei }];
  const decide = (terms: Parameters<typeof decideCaps>[0]["terms"], old: readonly Caps[] = before) =>
    decideCaps({ policy, market, role: "replacement", before: old, terms });

  it("that somebody names hold as they are, over the ceilings too", () =>
    assert.deepEqual(decide({ maxFeePerGas: "900000000000", maxPriorityFeePerGas: "90000000000" }), {
      kind: "caps",
      caps: { maxFeePerGas: 900n * gwei, maxPriorityFeePerGas: 90n * gwei },
    }));

  it("that somebody names in part are held to the ceilings in the other", () => {
    const high = [{ maxFeePerGas: 95n * gwei, maxPriorityFeePerGas: 8n * gwei }];
    assert.equal(decide({ maxPriorityFeePerGas: "9500000000" }, high).kind, "ceiling");
    assert.equal(decide({ maxFeePerGas: "200000000000" }, high).kind, "caps");
  });

  for (const terms of [
    { maxFeePerGas: "89999999999" },
    { maxPriorityFeePerGas: "8999999999" },
    { maxFeePerGas: "100000000000", maxPriorityFeePerGas: "100000000001" },
    { maxFeePerGas: "1e12" },
    { gasPrice: "100000000000" },
    "100000000000",
    [],
  ])
    it(`refuses the terms ${JSON.stringify(terms)}`, () => assert.equal(decide(terms).kind, "refused"));
});
