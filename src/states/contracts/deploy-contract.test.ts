import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type * as z from "zod";
import { isNothing } from "../../kernel/state.ts";
import { type Facts, runConclusion, runIntent } from "../../testing/run-state.ts";
import { createdAddress } from "../../capabilities/evm/created-address.ts";
import { deterministicFactory } from "./create2-address.ts";
import { deployContract } from "./deploy-contract.ts";

type Hex = `0x${string}`;
type Config = z.output<typeof deployContract.schemas.config>;

const network = "eip155:1";
const from = "0x00000000219ab540356cBB839Cbe05303d7705Fa";
const hashOf = (number: bigint): Hex => `0x${number.toString(16).padStart(64, "0")}`;
const zero = hashOf(0n);

const config: Config = {
  network,
  from,
  contract: "token",
  by: { kind: "create2", factory: deterministicFactory, salt: zero },
  creation: { data: `0x6000${"00".repeat(20)}`, holes: [{ at: 2, contract: "math" }] },
  value: 0n,
  errors: [],
  terms: {
    gas: { marginPercent: 120, cap: 5_000_000n },
    fees: {
      percentile: 50,
      blocks: 5,
      minPriorityFeePerGas: 1n,
      baseFeePercent: 200,
      maxFeePerGas: 100n,
      maxPriorityFeePerGas: 5n,
    },
    finality: { kind: "tag", tag: "finalized" },
    replaceAfterBlocks: 0,
    renewals: 0,
    window: 1,
  },
};
const input = { addresses: { math: from }, since: [] } as const;

/** A chain whose newest block is 100 and whose finalized one is 90; code stands at accounts from a block on. */
function chainWith(codes: (account: Hex) => bigint | undefined): Facts<typeof deployContract.needs> {
  return {
    chain: {
      block: ({ block }) => {
        const number = block.kind === "tag" && block.tag === "finalized" ? 90n : 100n;
        return { kind: "ok", hash: hashOf(number), header: { ...header, number }, sources: 1 };
      },
      code: ({ account, at }) => ({ kind: "ok", code: (codes(account) ?? 1000n) <= at.number ? "0x60" : "0x" }),
      balance: () => ({ kind: "ok", balance: 10n ** 18n }),
    },
    simulator: { call: () => ({ kind: "ok", data: "0x" }), estimateGas: () => ({ kind: "ok", gas: 100_000n }) },
  };
}

const header = {
  parentHash: zero,
  sha3Uncles: zero,
  miner: from,
  stateRoot: zero,
  transactionsRoot: zero,
  receiptsRoot: zero,
  logsBloom: "0x",
  difficulty: 0n,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  timestamp: 1n,
  extraData: "0x",
  baseFeePerGas: 7n,
} as const;

const factoryThere = (account: Hex): bigint | undefined => (account === deterministicFactory ? 1n : undefined);
const intend = (facts: Facts<typeof deployContract.needs>, since: z.output<typeof deployContract.schemas.input>["since"] = []) =>
  runIntent(deployContract, { config, input: { ...input, since }, facts });

describe("deploying through a factory", () => {
  it("sends the salt and the bound code to the factory", async () => {
    const intent = await intend(chainWith(factoryThere));
    assert.ok(!isNothing(intent));
    assert.equal(intent.to, deterministicFactory);
    assert.equal(intent.data, `${zero}6000${from.slice(2).toLowerCase()}`);
  });

  it("is refused where the factory answers that it would create something else, or nothing", async () => {
    const facts = chainWith(factoryThere);
    const answering = (data: Hex) => ({ ...facts, simulator: { ...facts.simulator, call: () => ({ kind: "ok" as const, data }) } });
    await assert.rejects(intend(answering(`0x${"00".repeat(20)}`)), { code: "CREATED_ADDRESS_WRONG" });
    const intent = await intend(facts);
    assert.ok(!isNothing(intent));
    assert.ok(!isNothing(await intend(answering(intent.creates?.address ?? "0x00"))));
  });

  it("is refused where the network has no factory", async () => {
    await assert.rejects(intend(chainWith(() => undefined)), { code: "FACTORY_MISSING" });
  });

  it("waits where the contract is there, and not yet for good", async () => {
    await assert.rejects(intend(chainWith((account) => (account === deterministicFactory ? 1n : 95n))), { code: "NOT_FINAL_YET" });
  });

  it("is not asked of a source that lags behind what it stands on", async () => {
    await assert.rejects(intend(chainWith(factoryThere), [{ number: 101n, hash: zero }]), { code: "SOURCE_FAILED" });
  });
});

describe("a deployment that is done", () => {
  const created = { ...config, by: { kind: "create" } } as const;
  const settlement = {
    transactionHash: zero,
    nonce: 5,
    block: { number: 100n, hash: zero },
    transactionIndex: 0,
    gasUsed: 1n,
    effectiveGasPrice: 1n,
    logs: [],
  };
  const { fees, finality } = config.terms;
  const intent = { network, from, value: 0n, data: "0x", gas: 1n, fees, finality, replaceAfterBlocks: 0, renewals: 0, window: 1 } as const;
  const conclude = (contractAddress: Hex) =>
    runConclusion(deployContract, {
      config: created,
      input: { ...input, since: [] },
      intent,
      settlement: { ...settlement, contractAddress },
    });

  it("is at the address of its sender and nonce, or its receipt is not believed", () => {
    const address = createdAddress(from, 5);
    assert.equal(conclude(address).address, address);
    assert.throws(() => conclude(createdAddress(from, 6)), { code: "CREATED_ADDRESS_WRONG" });
  });
});
