/** Where fees come from when a node does not keep the history of them, on a real node behind a server that lacks methods. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Market } from "../../src/capabilities/evm/transaction-envelope.ts";
import { evmTransaction } from "../../src/capabilities/evm/transaction.ts";
import { startAnvil } from "./anvil.ts";
import { providerAt } from "./asking.ts";
import { ChainLab } from "./chain-lab.ts";
import { faults } from "./fault-server.ts";
import { target } from "./scene.ts";
import { Sending, intentOf, submitterOver } from "./sending.ts";

const lacks = (...methods: readonly string[]) =>
  faults.refuses({ code: -32601, message: "the method does not exist/is not available" }, ...methods);
const noTip = { fees: { ...intentOf(target).fees, minPriorityFeePerGas: 0n } };

describe("a node that does not keep the fees of blocks", () => {
  let lab: ChainLab;
  before(async () => {
    lab = await ChainLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  async function marketOf(payment: Sending): Promise<Market> {
    const { envelope } = await payment.make();
    return (evmTransaction.codecs.envelope.decode(envelope) as { readonly market: Market }).market;
  }

  async function baseFee(): Promise<bigint> {
    return BigInt((await lab.node.rpc<{ readonly baseFeePerGas: string }>("eth_getBlockByNumber", "latest", false)).baseFeePerGas);
  }

  it("is asked for a tip, which is recorded as its suggestion; the payment is made (case 76)", async () => {
    lab.servers[0]?.misbehave(lacks("eth_feeHistory"));
    const payment = lab.sending("payment", noTip);
    const { baseFeePerGas, priorityFeePerGas, suggested } = await marketOf(payment);
    assert.deepEqual(suggested, { by: "maxPriorityFeePerGas", source: "node-1" });
    const tip = BigInt(await lab.node.rpc<string>("eth_maxPriorityFeePerGas"));
    assert.deepEqual([baseFeePerGas, priorityFeePerGas], [await baseFee(), tip]);
    await payment.dispatchUntil("final");
    assert.equal(await lab.balance(target), 1n);
  });

  it("and knows no tip either is asked for a price, and the base fee is taken off (case 76)", async () => {
    lab.servers[0]?.misbehave(lacks("eth_feeHistory", "eth_maxPriorityFeePerGas"));
    const price = BigInt(await lab.node.rpc<string>("eth_gasPrice"));
    const { priorityFeePerGas, suggested } = await marketOf(lab.sending("payment", noTip));
    assert.deepEqual([suggested?.by, priorityFeePerGas], ["gasPrice", price - (await baseFee())]);
  });

  it("and names no price either gives no fees: nothing is prepared", async () => {
    lab.servers[0]?.misbehave(lacks("eth_feeHistory", "eth_maxPriorityFeePerGas", "eth_gasPrice"));
    await assert.rejects(lab.sending("payment").make(), { code: "SOURCE_FAILED" });
  });

  it("is one of few: where there is a history, nothing is suggested", async () => {
    assert.equal((await marketOf(lab.sending("payment"))).suggested, undefined);
    assert.equal(lab.servers[0]?.calls.get("eth_maxPriorityFeePerGas"), undefined);
  });

  it("of a chain without a base fee is refused before anything is signed", async () => {
    const old = await startAnvil("--hardfork", "berlin");
    await old.rpc("anvil_setBalance", lab.from, "0xde0b6b3a7640000");
    const provider = providerAt(old.url);
    const payment = new Sending("payment", intentOf(lab.from), submitterOver([provider], { signer: lab.signer }));
    await assert.rejects(payment.make(), { code: "BASE_FEE_MISSING" });
    await provider.close();
    await old.stop();
  });
});
