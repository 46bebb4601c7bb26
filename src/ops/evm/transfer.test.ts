import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type * as z from "zod";
import { inspectSpec } from "../../kernel/certify.ts";
import { codecs } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { planOp } from "../../kernel/op.ts";
import { Registry } from "../../kernel/registry.ts";
import { callDefinitions } from "./call.ts";
import { type transferConfig, transferDefinitions } from "./transfer.ts";

const registry = new Registry(transferDefinitions, callDefinitions);
const { transfer } = transferDefinitions;

const terms = {
  gas: { marginPercent: 120, cap: 1_000_000 },
  fees: { percentile: 50, blocks: 5, minPriorityFeePerGas: 0, baseFeePercent: 200, maxFeePerGas: 1000, maxPriorityFeePerGas: 10 },
  finality: { kind: "tag", tag: "finalized" },
  replaceAfterBlocks: 5,
  renewals: 1,
  window: 16,
} as const;
const from = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const recipientOf = (index: number): string => codecs.address.decode(`0x9${(index + 1).toString(16).padStart(39, "0")}`) as string;

function request(lines: number, change: object = {}): z.input<typeof transferConfig> {
  const list = Array.from({ length: lines }, (_, index) => ({ recipient: recipientOf(index), amount: "1", id: `i${index}` }));
  return { network: "eip155:1", from, asset: { kind: "native" }, lines: list, terms, abi: [], ...change } as never;
}

describe("mfm.evm/transfer: the plan", () => {
  it("pays each line in a step under a stable key, and is certified", () => {
    const { spec } = planOp(transfer, request(3));
    assert.deepEqual(inspectSpec(spec, registry), []);
    assert.deepEqual(
      spec.steps.map(({ key }) => key),
      ["pay/0001", "pay/0002", "pay/0003"],
    );
  });

  it("has keys that sort as the lines do", () => {
    const keys = planOp(transfer, request(1200)).spec.steps.map(({ key }) => key);
    assert.deepEqual(keys, keys.toSorted());
    assert.equal(keys.at(-1), "pay/1200");
  });

  it("refuses lines that cannot be paid, all at once", () => {
    const lines = [
      { recipient: from, amount: "1" },
      { recipient: recipientOf(0), amount: "0" },
    ];
    assert.throws(
      () => planOp(transfer, request(0, { lines })),
      (error) => error instanceof MfmError && error.code === "PAYOUT_INVALID" && error.details["count"] === 2,
    );
  });
});

describe("mfm.evm/call: the plan", () => {
  const config = { network: "eip155:1", from, to: recipientOf(1), value: "0", data: "0x", abi: [], terms };

  it("is one step, and is certified", () => {
    const { spec } = planOp(callDefinitions.call, config);
    assert.deepEqual(inspectSpec(spec, registry), []);
    assert.equal(spec.steps.length, 1);
  });

  it("refuses an ABI that cannot be read", () => {
    assert.throws(
      () => planOp(callDefinitions.call, { ...config, abi: ["transfer(address"] }),
      (error) => error instanceof MfmError && error.code === "ABI_INVALID",
    );
  });
});
