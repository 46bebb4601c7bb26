/** One transaction on a real node: what is sent is what was intended, it settles with what the chain says, and another implementation agrees. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Transaction } from "ethers";
import { rawTransactionOf } from "../../src/capabilities/evm/transaction-envelope.ts";
import { evmTransaction } from "../../src/capabilities/evm/transaction.ts";
import { SignerLab, senderOf } from "../keystore/signer-lab.ts";
import { type Anvil, startAnvil } from "./anvil.ts";
import { providerAt } from "./asking.ts";
import { target } from "./scene.ts";
import { Sending, intentOf, submitterOver } from "./sending.ts";

type Hex = `0x${string}`;

describe("an EVM transaction", () => {
  let node: Anvil;
  let lab: Awaited<ReturnType<typeof SignerLab.open>>;
  let from: Hex;
  let snapshot: string;
  before(async () => {
    [node, lab] = await Promise.all([startAnvil(), SignerLab.open()]);
    from = await senderOf(lab.signer);
    await node.rpc("anvil_setBalance", from, "0xde0b6b3a7640000");
    snapshot = await node.rpc<string>("evm_snapshot");
  });
  afterEach(async () => {
    await lab.close();
    lab = await SignerLab.open();
    await node.rpc("evm_revert", snapshot);
    await node.rpc("evm_setAutomine", true);
    snapshot = await node.rpc<string>("evm_snapshot");
  });
  after(async () => {
    await lab.close();
    await node.stop();
  });

  const sending = (name: string, change: Parameters<typeof intentOf>[1] = {}): Sending =>
    new Sending(name, intentOf(from, change), submitterOver([providerAt(node.url)], { signer: lab.signer }));

  it("is settled in the call that sends it, where the chain mines at once", async () => {
    const payment = sending("payment");
    await payment.make();
    const reading = await payment.dispatchUntil("final");
    const settlement = JSON.parse((reading as { readonly settlement: string }).settlement) as { readonly [name: string]: unknown };
    assert.deepEqual([settlement["transactionHash"], settlement["nonce"], settlement["gasUsed"]], [payment.hashes[0], 0, "21000"]);
    assert.equal(BigInt(await node.rpc<string>("eth_getBalance", target, "latest")), 1n);
    assert.deepEqual(await payment.look(), reading);
  });

  it("is decoded by ethers as what was intended, with the same hash and sender", async () => {
    const payment = sending("payment", { data: "0x1234", accessList: [{ address: target, storageKeys: [`0x${"07".padStart(64, "0")}`] }] });
    const { envelope, seal } = await payment.make();
    const { transaction } = evmTransaction.codecs.envelope.decode(envelope) as {
      readonly transaction: Parameters<typeof rawTransactionOf>[0];
    };
    const read = Transaction.from(rawTransactionOf(transaction, seal as unknown as Parameters<typeof rawTransactionOf>[1]));
    assert.deepEqual(
      [read.hash, read.from, read.to?.toUpperCase(), read.value, read.data, read.nonce, read.chainId, read.gasLimit],
      [payment.hashes[0], from, target.toUpperCase(), 1n, "0x1234", 0, 31_337n, 50_000n],
    );
    assert.deepEqual([read.maxFeePerGas, read.maxPriorityFeePerGas], [transaction.maxFeePerGas, transaction.maxPriorityFeePerGas]);
    assert.deepEqual(read.accessList, [{ address: read.to, storageKeys: [`0x${"07".padStart(64, "0")}`] }]);
    await payment.dispatchUntil("final");
  });

  it("is sent again as it is, without being done twice", async () => {
    const payment = sending("payment");
    await payment.make();
    const first = await payment.dispatchUntil("final");
    for (let times = 0; times < 3; times++) assert.deepEqual(await payment.dispatchUntil("final"), first);
    assert.equal(BigInt(await node.rpc<string>("eth_getBalance", target, "latest")), 1n);
    assert.equal(BigInt(await node.rpc<string>("eth_getTransactionCount", from, "latest")), 1n);
  });

  it("creates a contract at the address that was expected when it was prepared", async () => {
    const { to: _to, ...whole } = intentOf(from, { value: 0n, data: "0x600160005360016000f3", gas: 200_000n });
    const creation = new Sending("creation", whole, submitterOver([providerAt(node.url)], { signer: lab.signer }));
    const { envelope } = await creation.make();
    const reading = await creation.dispatchUntil("final");
    const { contractAddress } = JSON.parse((reading as { readonly settlement: string }).settlement) as { readonly contractAddress: Hex };
    assert.equal(contractAddress, (envelope as { readonly contractAddress: Hex }).contractAddress);
    assert.equal(await node.rpc("eth_getCode", contractAddress, "latest"), "0x01");
  });

  it("that reverts is a result, and final", async () => {
    await node.rpc("anvil_setCode", target, "0x60006000fd");
    const call = sending("call");
    await call.make();
    const reading = await call.dispatchUntil("final");
    await node.rpc("anvil_setCode", target, "0x");
    assert.deepEqual(reading, { kind: "final", status: "reverted", candidate: 0 });
  });
});
