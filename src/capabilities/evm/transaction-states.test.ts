/** What people agree to of a transaction. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keccak256 } from "ethers";
import { digestOf } from "../../kernel/canonical.ts";
import { membersOf } from "../../kernel/saga/stated.ts";
import { encodeApproval } from "../../kernel/saga/statement.ts";
import { evmTransaction } from "./transaction.ts";

const [from, to] = ["0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D"];
const data = `0xa9059cbb${"0".repeat(128)}`;
const intent = {
  network: "eip155:1",
  from,
  to,
  value: "5",
  data,
  gas: "60000",
  fees: { percentile: 50, blocks: 10, minPriorityFeePerGas: "1", baseFeePercent: 200, maxFeePerGas: "100", maxPriorityFeePerGas: "3" },
  finality: { kind: "tag", tag: "finalized" },
  replaceAfterBlocks: 5,
  renewals: 0,
  window: 1,
} as const;

describe("a transaction that people approve", () => {
  it("is stated by network, accounts, value, call, gas and ceilings", () => {
    const members = membersOf(evmTransaction, intent);
    assert.deepEqual(
      members.map(({ name, value }) => [name, value]),
      [
        ["network", "eip155:1"],
        ["from", from],
        ["to", to],
        ["value", "5"],
        ["selector", "0xa9059cbb"],
        ["data", keccak256(data)],
        ["gas", "60000"],
        ["maxFeePerGas", "100"],
        ["maxPriorityFeePerGas", "3"],
      ],
    );
  });

  it("that creates a contract says so, and another intent is another document", () => {
    const { to: _, ...created } = intent;
    const members = membersOf(evmTransaction, created);
    assert.deepEqual(
      members.filter(({ name }) => name === "to" || name === "selector").map(({ value }) => value),
      ["a new contract", ""],
    );
    const common = {
      runId: `run:${"0".repeat(64)}`,
      specRef: digestOf("s"),
      step: "pay",
      effect: digestOf("e"),
      kind: evmTransaction.id,
    } as const;
    const document = (digest: string): string =>
      encodeApproval({ ...common, intentDigest: digestOf(digest), members, expiry: "2026-01-01T00:00:00.000Z" });
    assert.notEqual(document("one"), document("another"));
  });
});
