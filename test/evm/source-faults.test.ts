/** What providers and signers do to a transaction, before a real node: the cases of docs/effects.md, "On an EVM chain". */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Alarm } from "../../src/transports/evm/submit/settled-blocks.ts";
import { ChainLab } from "./chain-lab.ts";
import { faults } from "./fault-server.ts";
import { SignerLab } from "../keystore/signer-lab.ts";
import { target } from "./scene.ts";

const deep = { finality: { kind: "depth" as const, blocks: 3 } };

interface Evidence {
  readonly consumed?: { readonly kind: string; readonly consumer: { readonly kind: string; readonly hash?: string } };
}

describe("on an EVM chain, through providers and signers", () => {
  let lab: ChainLab;
  before(async () => {
    lab = await ChainLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  it("a guard file that is lost: the same candidate is signed again, byte for byte, and the lane knows which nonces are taken (case 51)", async () => {
    const before = lab.sending("payment");
    const { envelope } = await before.make();
    const other = await SignerLab.open();
    const again = lab.sending("payment", {}, { signer: other.signer });
    assert.deepEqual(await again.sealAgain(envelope), before.made[0]?.seal);
    // Of the nonce that is under way the new guard knows nothing, and the chain neither.
    const next = lab.sending("next payment", {}, { signer: other.signer });
    const open = [{ slot: 0, effect: before.id, envelopes: async () => [] }];
    assert.deepEqual(await next.acquire({ open }), { kind: "slot", slot: 1 });
    await next.make();
    await before.dispatchUntil("final");
    await next.dispatchUntil("final");
    await other.close();
    assert.deepEqual([await lab.count(), await lab.balance(target)], [2, 2n]);
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
    const included = await lab.node.rpc<{ readonly blockNumber: string; readonly blockHash: string }>(
      "eth_getTransactionReceipt",
      payment.hashes[0],
    );
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
    const { what, said } = payment.contradiction ?? assert.fail("it has words");
    const claims = `${included.blockHash}, says node-1; ${other}, says node-2`;
    assert.equal(what, `a chain has one block at a height, and of block ${Number(included.blockNumber)} more than one is final: ${claims}`);
    assert.match(said[0]?.says ?? "", new RegExp(`; nonce 0 is used up; ${payment.hashes[0]} is in block [0-9]+ ${included.blockHash};`));
    assert.match(said[1]?.says ?? "", new RegExp(`; nonce 0 is used up; ${payment.hashes[0]} is not known; block [0-9]+ is ${other}$`));
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
    assert.deepEqual([consumed?.kind, consumed?.consumer], ["blocks", { kind: "transaction", hash, does: "other" }]);
  });

  it("a transaction that one source has lost from its pool is not lost while another has it (case 37)", async () => {
    await lab.automine(false);
    const payment = lab.sending("payment", {}, { servers: 2, broadcast: () => "all" });
    await payment.make();
    assert.equal((await payment.dispatch()).kind, "accepted");
    assert.equal(payment.answers.length, 2);
    lab.servers[0]?.misbehave({ answer: async ({ method }) => (method === "eth_getTransactionByHash" ? { result: null } : undefined) });
    assert.equal((await payment.look()).kind, "accepted");
  });

  it("a pool that refuses it is none: the next one is asked, and the first that has it is enough (case 48)", async () => {
    await lab.automine(false);
    const payment = lab.sending("payment", {}, { servers: 2 });
    await payment.make();
    lab.servers[0]?.misbehave({
      answer: async ({ method }) =>
        method === "eth_sendRawTransaction" ? { error: { code: -32000, message: "txpool is full" } } : undefined,
    });
    assert.equal((await payment.dispatch()).kind, "accepted");
    assert.deepEqual(payment.answers, [
      { source: "node-1", answer: "pool_full" },
      { source: "node-2", answer: "accepted" },
    ]);
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

  it("one of two sources is dead: the other one's word settles, and the dead one is heard when it is back (case 77)", async () => {
    lab.servers[1]?.misbehave(faults.drops);
    const alarms: Alarm[] = [];
    const backend = lab.submitter({ servers: 2, alarm: (alarm) => alarms.push(alarm) });
    const payment = lab.sendingBy(backend, "payment", deep);
    await payment.make();
    await payment.dispatchUntil("included");
    await lab.mine(2);
    assert.equal((await payment.look()).kind, "final");
    const { views } = payment.evidence as unknown as { readonly views: readonly { readonly source: string }[] };
    assert.deepEqual(
      views.map(({ source }) => source),
      ["node-1"],
    );
    const settled = await lab.node.rpc<{ readonly blockNumber: string }>("eth_getTransactionReceipt", payment.hashes[0]);
    lab.servers[0]?.misbehave(faults.drops);
    lab.servers[1]?.misbehave({
      async answer({ method, params }, upstream) {
        if (method !== "eth_getBlockByNumber" || params[0] !== settled.blockNumber) return undefined;
        return { result: { ...(await upstream<object>(method, ...params)), hash: `0x${"11".repeat(32)}` } };
      },
    });
    await lab.sendingBy(backend, "next", deep).acquire({ next: 1 });
    assert.deepEqual(
      alarms.map(({ kind }) => kind),
      ["settled_block_lost"],
    );
  });

  it("a signer that signed for an effect unknown here: the lane is quarantined (case 47)", async () => {
    const forgotten = lab.sending("forgotten");
    await forgotten.make();
    const payment = lab.sending("payment");
    const quarantined = { kind: "quarantined", why: "SIGNED_UNKNOWN", slots: [0] };
    assert.deepEqual(await payment.acquire(), quarantined);
    await forgotten.dispatchUntil("final");
    assert.deepEqual(await payment.acquire({ next: 0 }), quarantined);
    // Explained: it was a payment of this account, and is over.
    assert.deepEqual(await payment.acquire({ next: 1 }), { kind: "slot", slot: 1 });
    assert.deepEqual(await payment.acquire({ next: 0, open: [{ slot: 0, effect: forgotten.id, envelopes: async () => [] }] }), {
      kind: "slot",
      slot: 1,
    });
  });

  it("an effect that was signed in a history that is lost gets its nonce again, and what was signed (case 47)", async () => {
    const lost = await lab.sending("payment").make();
    const { baseFeePerGas } = await lab.node.rpc<{ readonly baseFeePerGas: string }>("eth_getBlockByNumber", "latest", false);
    await lab.node.rpc("anvil_setNextBlockBaseFeePerGas", `0x${((BigInt(baseFeePerGas) * 11n) / 10n).toString(16)}`);
    await lab.mine();
    const other = lab.sending("another payment");
    const restored = lab.sending("payment");
    const waiting = [other.id, restored.id];
    // Others would wait for it, so they come after it.
    assert.deepEqual(await other.acquire({ waiting }), { kind: "quarantined", why: "SIGNED_UNKNOWN", slots: [0] });
    assert.deepEqual(await restored.acquire({ waiting }), { kind: "slot", slot: 0 });
    const open = [{ slot: 0, effect: restored.id, envelopes: async () => [] }];
    assert.deepEqual(await other.acquire({ waiting: [other.id], open }), { kind: "slot", slot: 1 });
    const again = await restored.make();
    assert.deepEqual(again.seal, lost.seal);
    assert.equal((again.envelope as JsonObject)["signedBefore"], true);
    await restored.dispatchUntil("final");
    // Once it is on the chain, and used up here as well.
    const later = lab.sending("payment");
    assert.deepEqual(await later.acquire({ next: 1 }), { kind: "slot", slot: 0 });
    assert.deepEqual((await later.make()).seal, lost.seal);
    assert.equal((await later.dispatchUntil("final")).kind, "final");
  });

  it("an effect that was signed before is not signed at another nonce, nor where it was cancelled then (case 47)", async () => {
    await lab.sending("payment").make();
    const restored = lab.sending("payment");
    restored.slot = 1;
    await assert.rejects(restored.make(), { code: "SIGNED_OTHERWISE" });
    const open = [{ slot: 0, effect: restored.id, envelopes: async () => [] }];
    const given = lab.sending("given up");
    assert.deepEqual(await given.acquire({ open }), { kind: "slot", slot: 1 });
    await given.make();
    await given.make("cancel");
    const again = lab.sending("given up");
    assert.deepEqual(await again.acquire({ open }), { kind: "slot", slot: 1 });
    await assert.rejects(again.make(), { code: "SIGNED_OTHERWISE" });
  });

  it("nothing is sent where nobody configured a provider (case 49)", async () => {
    const payment = lab.sending("payment", {}, { sourcesOf: async () => [] });
    await assert.rejects(payment.acquire(), { code: "WRITES_NOT_CONFIGURED" });
  });

  it("an account without funds is told so by the pool, and the transaction is sent again until it has some (case 48)", async () => {
    const payment = lab.sending("payment");
    await payment.make();
    await lab.node.rpc("anvil_setBalance", lab.from, "0x0");
    assert.deepEqual(await payment.dispatch(), { kind: "stuck", why: "INSUFFICIENT_FUNDS", next: "send" });
    await lab.node.rpc("anvil_setBalance", lab.from, "0xde0b6b3a7640000");
    await payment.dispatchUntil("final");
  });
});

const hidden = ["eth_getTransactionReceipt", "eth_getTransactionByHash"];
