import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { callBatch } from "../dev-chain/rpc.ts";
import { type DevChain, startDevChain } from "../dev-chain/dev-chain.ts";
import { Gate } from "./gate.ts";

const chainId = { method: "eth_chainId", params: [] };
const height = { method: "eth_blockNumber", params: [] };

describe("gate", () => {
  let chain: DevChain;
  let gate: Gate;
  before(async () => {
    chain = await startDevChain();
    gate = await Gate.open(chain.url);
  });
  after(async () => {
    await gate.close();
    await chain.stop();
  });

  it("hands on what the chain answers, and counts the calls of a batch", async () => {
    assert.deepEqual(await callBatch(gate.url, [chainId, height]), await callBatch(chain.url, [chainId, height]));
    await callBatch(gate.url, [height]);
    assert.deepEqual(gate.takeMethods(), ["eth_chainId", "eth_blockNumber", "eth_blockNumber"]);
    assert.deepEqual(gate.takeMethods(), []);
  });

  it("turns away what its guard drops, before the chain sees it", async () => {
    gate.guard(async () => "drop");
    await assert.rejects(callBatch(gate.url, [chainId]), { code: "DEV_CHAIN_GONE" });
    gate.guard(async () => "pass");
    assert.deepEqual(gate.takeMethods(), []);
  });
});
