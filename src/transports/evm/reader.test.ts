/** Reading a real node: each answer against what the node says when asked plainly. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Anvil, startAnvil } from "../../../test/evm/anvil.ts";
import { type Asking, asking, providerAt } from "../../../test/evm/asking.ts";
import type { BlockRef } from "../../capabilities/evm/block.ts";
import { hashHeader } from "../../capabilities/evm/header.ts";
import type { HttpProvider } from "./http-provider.ts";

type Hex = `0x${string}`;

const network = "eip155:31337";
const [rich, other] = ["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"] as const;
/** Emits an event with one topic and stores its call data's first word in slot 0; called without data, it returns slot 0. */
const contract = "0x00000000000000000000000000000000000c0de0";
const code = "0x36600f57600054600052602060 00f35b600035600055600160206000a1".replaceAll(" ", "") as Hex;

describe("evmReader: answers of a real node", () => {
  let node: Anvil;
  let provider: HttpProvider;
  let reading: Asking;
  let at: BlockRef;
  let stateRoot: Hex;
  let sent: Hex;

  before(async () => {
    node = await startAnvil();
    await node.rpc("anvil_setCode", contract, code);
    sent = await node.rpc<Hex>("eth_sendTransaction", { from: rich, to: contract, data: `0x${"2a".padStart(64, "0")}` });
    await node.rpc("anvil_mine", "0x3");
    provider = providerAt(node.url);
    reading = asking([provider]);
    const pin = await reading.chain.block({ network, block: { kind: "tag", tag: "latest" } });
    assert.equal(pin.kind, "ok");
    at = { number: pin.header.number, hash: pin.hash };
    stateRoot = pin.header.stateRoot;
    // What comes later must not be in any answer. A transaction: anvil_setBalance would change the state of the last block.
    await node.rpc("eth_sendTransaction", { from: rich, to: other, value: "0xde0b6b3a7640000" });
    await node.rpc("anvil_mine", "0x2");
  });
  after(async () => {
    await provider.close();
    await node.stop();
  });

  it("chain id", async () => {
    assert.deepEqual(await reading.chain.chainId({ network }), { kind: "ok", chainId: 31337n });
  });

  it("block by tag, number and hash: the header leads to its hash", async () => {
    const latest = await reading.chain.block({ network, block: { kind: "tag", tag: "latest" } });
    const number = await reading.chain.block({ network, block: { kind: "number", number: at.number } });
    const hash = await reading.chain.block({ network, block: { kind: "hash", hash: at.hash } });
    assert.equal(latest.kind === "ok" && latest.header.number, BigInt(await node.rpc<Hex>("eth_blockNumber")));
    assert.deepEqual(number, hash);
    assert.equal(number.kind === "ok" && hashHeader(number.header), at.hash);
  });

  it("block: not found where there is none", async () => {
    assert.deepEqual(await reading.chain.block({ network, block: { kind: "number", number: 10n ** 6n } }), { kind: "not_found" });
    assert.deepEqual(await reading.chain.block({ network, block: { kind: "hash", hash: `0x${"11".repeat(32)}` } }), { kind: "not_found" });
  });

  it("balance, nonce and code at the pin, not at the head", async () => {
    const then = await node.rpc<Hex>("eth_getBalance", rich, `0x${at.number.toString(16)}`);
    assert.deepEqual(await reading.chain.balance({ network, at, account: rich }), { kind: "ok", balance: BigInt(then) });
    assert.deepEqual(await reading.chain.nonce({ network, at, account: rich }), { kind: "ok", nonce: 1n });
    assert.deepEqual(await reading.chain.code({ network, at, account: contract }), { kind: "ok", code });
    assert.deepEqual(await reading.chain.code({ network, at, account: other }), { kind: "ok", code: "0x" });
  });

  it("call: what the contract returns, reverts with, or runs out of gas at", async () => {
    const call = (code?: Hex, gas?: bigint) =>
      reading.chain.call({
        network,
        at,
        to: contract,
        data: "0x",
        ...(code === undefined ? {} : { code }),
        ...(gas === undefined ? {} : { gas }),
      });
    assert.deepEqual(await call(), { kind: "ok", data: `0x${"2a".padStart(64, "0")}` });
    assert.deepEqual(await call("0x60ff60005260206000fd"), { kind: "reverted", data: `0x${"ff".padStart(64, "0")}` });
    assert.deepEqual(await call("0xfe"), { kind: "reverted", data: "0x" });
    assert.deepEqual(await call("0x5b600056", 100_000n), { kind: "out_of_gas" });
    assert.deepEqual(await call("0x620c00006000f3"), { kind: "too_large" });
  });

  it("access list: the slots that a call touches", async () => {
    const answer = await reading.chain.accessList({ network, at, to: contract, data: "0x" });
    const accessed = [{ address: "0x00000000000000000000000000000000000c0De0", slots: [`0x${"00".repeat(32)}`] }];
    assert.deepEqual(answer, { kind: "ok", accessed });
  });

  it("proof: of an account and its slots, against the state root of the header", async () => {
    const slots = [`0x${"00".repeat(32)}`, `0x${"01".padStart(64, "0")}`] as const;
    const answer = await reading.chain.proof({ network, at, stateRoot, account: contract, slots: [...slots] });
    assert.equal(answer.kind, "ok");
    assert.deepEqual(
      answer.storage.map(({ value }) => value),
      [42n, 0n],
    );
    const absent = await reading.chain.proof({ network, at, stateRoot, account: `0x${"ab".repeat(20)}`, slots: [] });
    assert.equal(absent.kind === "ok" && absent.balance, 0n);
  });

  it("receipt and logs", async () => {
    const answer = await reading.chain.receipt({ network, transaction: sent });
    assert.equal(answer.kind, "ok");
    const { receipt } = answer;
    assert.deepEqual([receipt.status, receipt.from, receipt.logs.length], ["success", rich, 1]);
    const logs: Parameters<Asking["chain"]["logs"]>[0] = { network, block: receipt.blockHash, addresses: [], topics: [] };
    assert.deepEqual(await reading.chain.logs(logs), { kind: "ok", logs: receipt.logs });
    assert.deepEqual(await reading.chain.logs({ ...logs, topics: [[], [receipt.blockHash]] }), { kind: "ok", logs: [] });
    assert.deepEqual(await reading.chain.receipt({ network, transaction: at.hash }), { kind: "not_found" });
  });

  it("fee history: base fees, fullness and rewards", async () => {
    const newest = { kind: "hash", hash: at.hash } as const;
    const answer = await reading.chain.feeHistory({ network, newest, blocks: 3, percentiles: [10, 50] });
    assert.equal(answer.kind, "ok");
    assert.deepEqual([answer.oldestBlock, answer.baseFeePerGas.length, answer.rewards.length], [at.number - 2n, 4, 3]);
  });

  it("says who answered", () => {
    assert.deepEqual([...new Set(reading.answeredBy)], ["node"]);
  });
});

describe("evmReader: a block that is gone", () => {
  it("block_lost for every question of state after a reorganisation", async () => {
    const node = await startAnvil();
    const provider = providerAt(node.url);
    try {
      await node.rpc("anvil_mine", "0x5");
      const { chain } = asking([provider]);
      const pin = await chain.block({ network, block: { kind: "tag", tag: "latest" } });
      assert.equal(pin.kind, "ok");
      const at = { number: pin.header.number, hash: pin.hash };
      assert.equal((await chain.balance({ network, at, account: rich })).kind, "ok");
      await node.rpc("anvil_reorg", 3, []);
      const lost = { kind: "block_lost" };
      assert.deepEqual(await chain.balance({ network, at, account: rich }), lost);
      assert.deepEqual(await chain.call({ network, at, to: contract, data: "0x" }), lost);
      assert.deepEqual(await chain.logs({ network, block: at.hash, addresses: [], topics: [] }), lost);
      assert.deepEqual(await chain.proof({ network, at, stateRoot: pin.header.stateRoot, account: rich, slots: [] }), lost);
    } finally {
      await provider.close();
      await node.stop();
    }
  });
});
