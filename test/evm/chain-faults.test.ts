/** What chains, pools and providers do to a transaction, on a real node: the cases of docs/effects.md, "On an EVM chain". */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ChainLab, stranger } from "./chain-lab.ts";
import { faults } from "./fault-server.ts";
import type { Alarm } from "../../src/transports/evm/submit/settled-blocks.ts";
import { target } from "./scene.ts";

const gwei = 1_000_000_000n;
const deep = { finality: { kind: "depth" as const, blocks: 3 } };
const delegate = "0x0000000000000000000000000000000000001234";

interface Evidence {
  readonly consumed?: { readonly kind: string; readonly consumer: { readonly kind: string; readonly hash?: string } };
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
    assert.deepEqual((payment.evidence as unknown as Evidence).consumed?.consumer, { kind: "transaction", hash });
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
    assert.ok(lost?.kind === "settled_block_lost" && free?.kind === "nonces_free_again" && others.length === 0);
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
    await payment.make("replacement", { maxFeePerGas: (90n * gwei).toString(), maxPriorityFeePerGas: (2n * gwei).toString() });
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
    assert.deepEqual((payment.evidence as unknown as Evidence).consumed?.consumer, { kind: "transaction", hash });
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

  it("a nonce that an authorization used up: superseded, with the transaction that carried it named (cases 42 and 43)", async () => {
    const payment = lab.sending("payment", deep);
    await payment.make();
    const authorization = await lab.wallet.authorize({ address: delegate, nonce: 0, chainId: 31_337 });
    const hash = await lab.includeBeside({ type: 4, to: delegate, value: 0n, authorizationList: [authorization] }, stranger);
    assert.equal(await lab.count(), 1);
    assert.equal((await payment.dispatch()).kind, "unknown");
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "superseded");
    assert.deepEqual((payment.evidence as unknown as Evidence).consumed?.consumer, { kind: "authorization", hash });
  });

  it("a source that hides our receipt is not believed where another shows it (case 45)", async () => {
    lab.servers[0]?.misbehave({ answer: async ({ method }) => (hidden.includes(method) ? { result: null } : undefined) });
    const payment = lab.sending("payment", deep, { servers: 2 });
    await payment.make();
    await payment.dispatchUntil("included");
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "final");
  });

  it("a source that hides our receipt, and is the only one, never makes it superseded (case 45)", async () => {
    lab.servers[0]?.misbehave({ answer: async ({ method }) => (hidden.includes(method) ? { result: null } : undefined) });
    const payment = lab.sending("payment", deep);
    await payment.make();
    assert.equal((await payment.dispatch()).kind, "unknown");
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "unknown");
    assert.equal((payment.evidence as unknown as Evidence).consumed?.consumer.hash, payment.hashes[0]);
    lab.servers[0]?.misbehave();
    assert.equal((await payment.look()).kind, "final");
  });

  it("two sources with different blocks: nothing is concluded, and where both call theirs final it is a contradiction (case 44)", async () => {
    const other = `0x${"ee".repeat(32)}`;
    const payment = lab.sending("payment", { finality: { kind: "depth", blocks: 3 } }, { servers: 2 });
    await payment.make();
    await payment.dispatch();
    const included = await lab.node.rpc<{ readonly blockNumber: string }>("eth_getTransactionReceipt", payment.hashes[0]);
    lab.servers[1]?.misbehave({
      async answer({ method, params }, upstream) {
        if (method === "eth_getTransactionReceipt" || method === "eth_getTransactionByHash") return { result: null };
        if (method !== "eth_getBlockByNumber" || params[0] !== included.blockNumber) return undefined;
        const block = await upstream<object>(method, ...params);
        return { result: { ...block, hash: other } };
      },
    });
    await lab.mine(1);
    assert.equal((await payment.look()).kind, "unknown");
    await lab.mine(1);
    assert.equal((await payment.look()).kind, "contradiction");
  });

  it("a source without the state of old blocks: every block is read, and the other transaction is found in one (case 46)", async () => {
    const payment = lab.sending("payment", deep);
    await payment.make();
    await lab.mine(3);
    const hash = await lab.includeBeside({ nonce: 0 });
    await lab.mine(2);
    const head = BigInt(await lab.node.rpc<string>("eth_blockNumber"));
    lab.servers[0]?.misbehave({
      async answer({ method, params }) {
        const [, at] = params;
        const isOld = method === "eth_getTransactionCount" && typeof at === "string" && at.startsWith("0x") && BigInt(at) < head - 2n;
        return isOld ? { error: { code: -32000, message: "missing trie node 1f (path )" } } : undefined;
      },
    });
    assert.equal((await payment.look()).kind, "superseded");
    const { consumed } = payment.evidence as unknown as Evidence;
    assert.deepEqual([consumed?.kind, consumed?.consumer], ["blocks", { kind: "transaction", hash }]);
  });

  it("a source that lost its pool is sent the transaction again while another has it (case 37)", async () => {
    await lab.automine(false);
    const payment = lab.sending("payment", {}, { servers: 2, broadcast: "all" });
    await payment.make();
    assert.equal((await payment.dispatch()).kind, "accepted");
    assert.equal(payment.answers.length, 2);
    lab.servers[0]?.misbehave({ answer: async ({ method }) => (method === "eth_getTransactionByHash" ? { result: null } : undefined) });
    assert.equal((await payment.look()).kind, "accepted");
  });

  it("an answer that is lost or an error after the fact: it is looked up, and sent again as it is (cases 5 and 7)", async () => {
    const drops = (text: string, response: { readonly destroy: () => unknown }): string => {
      response.destroy();
      return text;
    };
    const refuses = (text: string): string =>
      JSON.stringify({ jsonrpc: "2.0", id: (JSON.parse(text) as { id: number }).id, error: { code: -32603, message: "internal error" } });
    for (const [index, spoil] of [drops, refuses].entries()) {
      const payment = lab.sending(`payment ${index}`);
      await payment.make();
      let isSent = false;
      // The node has taken it by then.
      lab.servers[0]?.misbehave({
        ask: (call) => {
          isSent = call.method === "eth_sendRawTransaction";
          return call;
        },
        body: (text, response) => (isSent ? spoil(text, response) : text),
      });
      await payment.dispatchUntil("final");
      assert.deepEqual(payment.answers, [{ source: "node-1", answer: "unclear" }]);
      lab.servers[0]?.misbehave();
      await payment.dispatchUntil("final");
    }
    assert.deepEqual([await lab.balance(target), await lab.count()], [2n, 2]);
  });

  it("what never reached a pool is unknown at first, then not found, and sent again as it is (case 6)", async () => {
    const payment = lab.sending("payment");
    await payment.make();
    lab.servers[0]?.misbehave({
      http: (response, calls) => calls.some(({ method }) => method === "eth_sendRawTransaction") && faults.drops.http(response),
    });
    assert.equal((await payment.dispatch()).kind, "unknown");
    assert.equal((await payment.look()).kind, "notFound");
    lab.servers[0]?.misbehave();
    await payment.dispatchUntil("final");
  });

  it("a signer that signed for an effect unknown here: the lane is quarantined (case 47)", async () => {
    const forgotten = lab.sending("forgotten");
    await forgotten.make();
    const payment = lab.sending("payment");
    const quarantined = { kind: "quarantined", why: "SIGNED_UNKNOWN" };
    assert.deepEqual(await payment.acquire(), quarantined);
    await forgotten.dispatchUntil("final");
    assert.deepEqual(await payment.acquire({ next: 0 }), quarantined);
    // Explained: it was a payment of this account, and is over.
    assert.deepEqual(await payment.acquire({ next: 1 }), { kind: "slot", slot: 1 });
    assert.deepEqual(await payment.acquire({ next: 0, open: [{ slot: 0, effect: forgotten.id }] }), { kind: "slot", slot: 1 });
  });

  it("an effect that was signed before, with other fees or another nonce, is not signed again (case 47)", async () => {
    const before = lab.sending("payment");
    await before.make();
    await lab.node.rpc("anvil_setNextBlockBaseFeePerGas", `0x${(20n * gwei).toString(16)}`);
    await lab.mine();
    const restored = lab.sending("payment");
    restored.slot = 0;
    await assert.rejects(restored.make(), { code: "SIGNED_OTHERWISE" });
    restored.slot = 1;
    await assert.rejects(restored.make(), { code: "SIGNED_OTHERWISE" });
  });

  it("nothing is sent where nobody configured a provider (case 49)", async () => {
    const payment = lab.sending("payment", {}, { sourcesOf: async () => [] });
    await assert.rejects(payment.acquire(), { code: "WRITES_NOT_CONFIGURED" });
  });

  it("an account without funds is told so by the pool, and the transaction is sent again until it has some (case 48)", async () => {
    await lab.node.rpc("anvil_setBalance", lab.from, "0x0");
    const payment = lab.sending("payment");
    await payment.make();
    assert.deepEqual(await payment.dispatch(), { kind: "stuck", why: "INSUFFICIENT_FUNDS", next: "send" });
    await lab.node.rpc("anvil_setBalance", lab.from, "0xde0b6b3a7640000");
    await payment.dispatchUntil("final");
  });
});

const hidden = ["eth_getTransactionReceipt", "eth_getTransactionByHash"];
