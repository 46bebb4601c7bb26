/** What chains, pools and providers do to a transaction, on a real node: the cases of docs/effects.md, "On an EVM chain". */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ChainLab, stranger } from "./chain-lab.ts";
import type { Alarm } from "../../src/transports/evm/submit/settled-blocks.ts";
import { target } from "./scene.ts";

const gwei = 1_000_000_000n;
const deep = { finality: { kind: "depth" as const, blocks: 3 } };
const delegate = "0x0000000000000000000000000000000000001234";

interface Evidence {
  readonly consumed?: {
    readonly kind: string;
    readonly counts?: string;
    readonly consumer: { readonly kind: string; readonly hash?: string };
  };
}

describe("on an EVM chain", () => {
  let lab: ChainLab;
  before(async () => {
    lab = await ChainLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  it("an included transaction that a reorg takes out is looked up, sent again as it is, and settles (case 34)", async () => {
    const payment = lab.sending("payment", deep);
    await payment.make();
    assert.deepEqual(await payment.dispatchUntil("included"), { kind: "included", status: "success", candidate: 0 });
    await lab.reorg(1);
    assert.equal((await payment.look()).kind, "notFound");
    await payment.dispatchUntil("included");
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "final");
    assert.deepEqual([await lab.balance(target), await lab.count()], [1n, 1]);
  });

  it("a transaction that a reorg moves to another block settles with that one (case 34)", async () => {
    const payment = lab.sending("payment", deep);
    await payment.make();
    await payment.dispatch();
    await lab.reorg(1);
    await lab.automine(false);
    await payment.dispatch();
    await lab.mine(4);
    const reading = await payment.look();
    assert.equal(reading.kind, "final");
    const { block } = JSON.parse((reading as { readonly settlement: string }).settlement) as { readonly block: { readonly hash: string } };
    const receipt = await lab.node.rpc<{ readonly blockHash: string }>("eth_getTransactionReceipt", payment.hashes[0]);
    assert.equal(block.hash, receipt.blockHash);
  });

  it("a transaction in whose place a reorg puts another is superseded, once that one is final (case 35)", async () => {
    const payment = lab.sending("payment", deep);
    await payment.make();
    await payment.dispatchUntil("included");
    await lab.reorg(1);
    const hash = await lab.includeBeside({ nonce: 0 });
    // The count has passed, and what used it up is not final: nothing is concluded.
    assert.equal((await payment.look()).kind, "unknown");
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "superseded");
    assert.deepEqual((payment.evidence as unknown as Evidence).consumed?.consumer, { kind: "transaction", hash, does: "other" });
  });

  it("a reorg below what the policy calls final is no news of the effect that settled, but an alarm (case 36)", async () => {
    const alarms: Alarm[] = [];
    const backend = lab.submitter({ alarm: (alarm) => alarms.push(alarm) });
    const payment = lab.sendingBy(backend, "payment");
    await payment.make();
    await payment.dispatchUntil("final");
    const { blockHash } = await lab.node.rpc<{ readonly blockHash: string }>("eth_getTransactionReceipt", payment.hashes[0]);
    await lab.reorg(1);
    const next = lab.sendingBy(backend, "another payment");
    assert.deepEqual(await next.acquire({ next: 1 }), { kind: "later", why: "NONCE_GAP" });
    const [lost, free, ...others] = alarms;
    assert.ok(lost?.kind === "settled_block_lost" && free?.kind === "nonces_free" && others.length === 0);
    assert.deepEqual([lost.block.hash, lost.transactions, free.count, free.next], [blockHash, payment.hashes, 0, 1]);
    assert.notEqual(lost.found, blockHash);
  });

  it("what a pool has dropped is sent again as it is (case 37)", async () => {
    await lab.automine(false);
    const payment = lab.sending("payment");
    await payment.make();
    assert.equal((await payment.dispatch()).kind, "accepted");
    await lab.node.rpc("anvil_dropTransaction", payment.hashes[0]);
    assert.equal((await payment.look()).kind, "notFound");
    assert.equal((await payment.dispatch()).kind, "accepted");
    await lab.mine();
    assert.equal((await payment.look()).kind, "final");
  });

  it("what the base fee has overtaken is replaced, and whichever is included decides (cases 29 and 38)", async () => {
    await lab.automine(false);
    const payment = lab.sending("payment", { replaceAfterBlocks: 2 });
    await payment.make();
    assert.equal((await payment.dispatch()).kind, "accepted");
    const spike = async (): Promise<void> => {
      await lab.node.rpc("anvil_setNextBlockBaseFeePerGas", `0x${(40n * gwei).toString(16)}`);
      await lab.mine();
    };
    await spike();
    assert.deepEqual(await payment.look(), { kind: "stuck", why: "UNDERPRICED", next: "send" });
    await spike();
    assert.deepEqual(await payment.look(), { kind: "stuck", why: "UNDERPRICED", next: "replace" });
    await payment.make("replacement");
    assert.equal((await payment.dispatch()).kind, "accepted");
    await lab.mine();
    const reading = await payment.look();
    assert.deepEqual([reading.kind, "candidate" in reading ? reading.candidate : undefined], ["final", 1]);
    assert.deepEqual([await lab.balance(target), await lab.count()], [1n, 1]);
  });

  it("what would have to pay more than the ceiling is sent again, and no other candidate is made (case 38)", async () => {
    await lab.automine(false);
    const fees = { percentile: 50, blocks: 5, baseFeePercent: 100, minPriorityFeePerGas: gwei, maxPriorityFeePerGas: gwei };
    const payment = lab.sending("payment", { replaceAfterBlocks: 1, fees: { ...fees, maxFeePerGas: 3n * gwei } });
    await payment.make();
    await payment.dispatch();
    await lab.node.rpc("anvil_setNextBlockBaseFeePerGas", `0x${(40n * gwei).toString(16)}`);
    await lab.mine();
    assert.deepEqual(await payment.look(), { kind: "stuck", why: "FEE_CEILING", next: "send" });
    await assert.rejects(payment.make("replacement"), { code: "FEE_CEILING" });
    await assert.rejects(payment.make("replacement", { maxFeePerGas: "1" }), { code: "FEE_TERMS_REFUSED" });
    const dearer = { maxFeePerGas: (90n * gwei).toString(), maxPriorityFeePerGas: (2n * gwei).toString() };
    // People agreed to the ceilings: nobody goes over them.
    payment.agreement = { runId: `run:${"a".repeat(64)}`, specRef: payment.id, step: "pay", intentDigest: payment.id, approvals: [] };
    await assert.rejects(payment.make("replacement", dearer), { code: "FEE_TERMS_REFUSED" });
    payment.agreement = null;
    await payment.make("replacement", dearer);
    await payment.dispatch();
    await lab.mine();
    assert.equal((await payment.look()).kind, "final");
  });

  it("a cancel takes the nonce, whatever it costs, and settles as cancelled (case 33)", async () => {
    await lab.automine(false);
    const payment = lab.sending("payment");
    await payment.make();
    await payment.dispatch();
    await payment.make("cancel");
    assert.equal((await payment.dispatch()).kind, "accepted");
    await lab.mine();
    assert.deepEqual(await payment.look(), { kind: "final", status: "cancelled", candidate: 1 });
    assert.equal(await lab.balance(target), 0n);
  });

  it("a nonce that somebody else used up before the transaction was sent: superseded, with the other one named (case 39)", async () => {
    const payment = lab.sending("payment", deep);
    await payment.make();
    const hash = await lab.includeBeside({ nonce: 0 });
    assert.equal((await payment.dispatch()).kind, "unknown");
    assert.deepEqual(payment.answers, [{ source: "node-1", answer: "nonce_too_low" }]);
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "superseded");
    assert.deepEqual((payment.evidence as unknown as Evidence).consumed?.consumer, { kind: "transaction", hash, does: "other" });
    assert.equal(await lab.balance(target), 0n);
  });

  it("a nonce that somebody else takes from ours in the pool: superseded, once that is final (case 40)", async () => {
    await lab.automine(false);
    const payment = lab.sending("payment", deep);
    await payment.make();
    assert.equal((await payment.dispatch()).kind, "accepted");
    await lab.sendBeside({ nonce: 0, maxFeePerGas: 90n * gwei, maxPriorityFeePerGas: 9n * gwei });
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "unknown");
    await lab.mine(1);
    assert.equal((await payment.look()).kind, "superseded");
  });

  it("somebody else's transaction in the pool is waited for; after a while its nonce is competed for (case 41)", async () => {
    await lab.automine(false);
    await lab.sendBeside({ nonce: 0 });
    let now = 0;
    const clock = { now: () => now, timer: () => () => undefined } as never;
    const waiting = lab.sending("payment", {}, { clock });
    assert.deepEqual(await waiting.acquire(), { kind: "later", why: "FOREIGN_PENDING" });
    now = 119_999;
    assert.deepEqual(await waiting.acquire(), { kind: "later", why: "FOREIGN_PENDING" });
    now = 120_000;
    assert.deepEqual(await waiting.acquire(), { kind: "slot", slot: 0 });
    await lab.mine();
    assert.deepEqual(await waiting.acquire(), { kind: "slot", slot: 1 });
  });

  it("a nonce that an authorization used up: superseded, with the transaction that carried it named (case 42)", async () => {
    const payment = lab.sending("payment", deep);
    await payment.make();
    const authorization = await lab.wallet.authorize({ address: delegate, nonce: 0, chainId: 31_337 });
    const hash = await lab.includeBeside({ type: 4, to: delegate, value: 0n, authorizationList: [authorization] }, stranger);
    assert.equal(await lab.count(), 1);
    assert.equal((await payment.dispatch()).kind, "unknown");
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "superseded");
    const { consumed } = payment.evidence as unknown as Evidence;
    assert.deepEqual([consumed?.consumer, consumed?.counts], [{ kind: "authorization", hash }, "proven"]);
  });

  it("an account that is delegated has one nonce under way at a time (case 43)", async () => {
    const authorization = await lab.wallet.authorize({ address: delegate, nonce: 0, chainId: 31_337 });
    await lab.includeBeside({ type: 4, to: delegate, value: 0n, authorizationList: [authorization] }, stranger);
    const payment = lab.sending("payment");
    assert.deepEqual(await payment.acquire(), { kind: "slot", slot: 1 });
    assert.equal(payment.window, 1);
    await payment.make();
    await payment.dispatchUntil("final");
  });

  it("a nonce that is missing below is named, and whoever sends next fills it (case 75)", async () => {
    await lab.automine(false);
    await lab.sendBeside({ nonce: 0 });
    const payment = lab.sending("payment");
    payment.slot = 1;
    await payment.make();
    await lab.node.rpc("anvil_dropAllTransactions");
    await payment.dispatch();
    await lab.mine(3);
    assert.deepEqual(await payment.look(), { kind: "stuck", why: "NONCE_GAP" });
    await lab.sendBeside({ nonce: 0, value: 8n });
    await lab.mine();
    assert.equal((await payment.look()).kind, "final");
  });

  it("tags that lag: included until the tagged block covers it; a chain that has none yet says so (case 50)", async () => {
    const payment = lab.sending("payment", { finality: { kind: "tag", tag: "safe" } });
    await payment.make();
    await payment.dispatchUntil("included");
    await lab.mine(31);
    assert.equal((await payment.look()).kind, "included");
    lab.servers[0]?.misbehave({
      answer: async ({ params }) => (params[0] === "safe" ? { error: { code: -32000, message: "safe block not found" } } : undefined),
    });
    assert.equal((await payment.look()).kind, "included");
    lab.servers[0]?.misbehave();
    await lab.mine(1);
    assert.equal((await payment.look()).kind, "final");
  });

  it("a contract that emits more logs than a value holds keeps nothing from settling: how many are left out is said (case 82)", async () => {
    const loud = `0x${"10".repeat(20)}` as const;
    // 12,000 times LOG0 of nothing.
    await lab.node.rpc("anvil_setCode", loud, "0x612ee05b60006000a0600190038060035700");
    const payment = lab.sending("payment", { to: loud, gas: 9_000_000n });
    await payment.make();
    const reading = await payment.dispatchUntil("final");
    assert.ok(reading.kind === "final" && reading.status === "success");
    const { logs, logsLeftOut } = JSON.parse(reading.settlement) as { readonly logs: readonly unknown[]; readonly logsLeftOut: number };
    assert.ok(logs.length > 1000, `${logs.length}`);
    assert.equal(logs.length + logsLeftOut, 12_000);
  });

  it("a chain that mines in intervals is waited for (case 50)", async () => {
    await lab.automine(false);
    await lab.node.rpc("evm_setIntervalMining", 1);
    const payment = lab.sending("payment");
    await payment.make();
    await payment.dispatchUntil("final");
    await lab.node.rpc("evm_setIntervalMining", 0);
  });
});
