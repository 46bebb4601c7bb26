import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TermsTable } from "../networks/terms-table.ts";
import { type TermFlags, termsOf } from "./terms.ts";

const gwei = 1_000_000_000n;
const none: TermFlags = {
  maxFeePerGas: undefined,
  maxPriorityFeePerGas: undefined,
  gasCap: undefined,
  finality: undefined,
  window: undefined,
};
const nothing: TermsTable = { fees: {}, gas: {} };
const polygon: TermsTable = {
  fees: {
    percentile: 70,
    baseFeePercent: 150,
    minPriorityFeePerGas: 30n * gwei,
    maxFeePerGas: 900n * gwei,
    maxPriorityFeePerGas: undefined,
  },
  gas: { marginPercent: 130, cap: undefined },
};

const of = (flags: Partial<TermFlags>, written: TermsTable) => termsOf({ ...none, ...flags }, { finality: "finalized" }, written);

describe("terms of transactions", () => {
  it("are the same for every network of which nothing is written", () => {
    assert.deepEqual(of({}, nothing), {
      gas: { marginPercent: 120, cap: 10_000_000n },
      fees: {
        percentile: 50,
        blocks: 20,
        minPriorityFeePerGas: 0n,
        baseFeePercent: 200,
        maxFeePerGas: 500n * gwei,
        maxPriorityFeePerGas: 50n * gwei,
      },
      finality: { kind: "tag", tag: "finalized" },
      replaceAfterBlocks: 10,
      renewals: 1,
      window: 16,
    });
  });

  it("are those of the network's table, and a flag is over them", () => {
    const { fees, gas } = of({ maxFeePerGas: "700gwei", gasCap: "50000" }, polygon);
    assert.deepEqual(fees, {
      percentile: 70,
      blocks: 20,
      minPriorityFeePerGas: 30n * gwei,
      baseFeePercent: 150,
      maxFeePerGas: 700n * gwei,
      maxPriorityFeePerGas: 50n * gwei,
    });
    assert.deepEqual(gas, { marginPercent: 130, cap: 50_000n });
    assert.deepEqual(of({}, polygon).fees.maxFeePerGas, 900n * gwei);
    const deep = { ...polygon, confirmations: 64 };
    assert.deepEqual(of({}, deep).finality, { kind: "depth", blocks: 64 });
    assert.deepEqual(of({ finality: "safe" }, deep).finality, { kind: "tag", tag: "safe" });
  });

  it("have no tip above what is paid at most: what is usual gives way, what was said is refused", () => {
    assert.equal(of({ maxFeePerGas: "40gwei" }, polygon).fees.maxPriorityFeePerGas, 40n * gwei);
    assert.throws(() => of({ maxFeePerGas: "1gwei", maxPriorityFeePerGas: "2gwei" }, nothing), { code: "USAGE", message: /is more than/ });
  });

  it("name what --finality may be", () => {
    assert.deepEqual(of({ finality: "latest" }, nothing).finality, { kind: "depth", blocks: 1 });
    assert.throws(() => of({ finality: "soon" }, nothing), { code: "USAGE", message: /safe, finalized, latest or a number of blocks/ });
  });

  it("have no ceiling of the tip below the network's least", () => {
    for (const flags of [{ maxPriorityFeePerGas: "29gwei" }, { maxFeePerGas: "20gwei" }])
      assert.throws(() => of(flags, polygon), { code: "USAGE", message: /min_priority_fee_per_gas/ });
  });
});
