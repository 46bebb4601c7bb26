/** Whether a nonce was used up, and by whom: what sources make up, and what a store forgot, before a real node. The cases of docs/effects.md. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ChainLab, stranger } from "./chain-lab.ts";
import type { Misbehaviour } from "./fault-server.ts";

const deep = { finality: { kind: "depth" as const, blocks: 3 } };

interface Evidence {
  readonly consumed: { readonly proof: string; readonly counts: string; readonly consumer: { readonly kind: string } };
}

describe("on an EVM chain, a nonce that was used up", () => {
  let lab: ChainLab;
  before(async () => {
    lab = await ChainLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  it("a block from which a source leaves transactions out proves nothing; whole, it does (cases 39 and 74)", async () => {
    const payment = lab.sending("payment", deep, { servers: 1 });
    await payment.make();
    await lab.includeBeside({ nonce: 0 });
    await lab.mine(3);
    lab.servers[0]?.misbehave({
      async answer({ method, params }, upstream) {
        if (method !== "eth_getBlockByNumber" || params[1] !== true) return undefined;
        return { result: { ...(await upstream<object>(method, ...params)), transactions: [] } };
      },
    });
    assert.equal((await payment.look()).kind, "unknown");
    lab.servers[0]?.misbehave();
    assert.equal((await payment.look()).kind, "superseded");
    const { consumed } = payment.evidence as unknown as Evidence;
    assert.equal(consumed.proof, "root");
  });

  it("a transaction of a type that nobody knows is only reported: two sources have to agree (case 74)", async () => {
    const strange: Misbehaviour = {
      async answer({ method, params }, upstream) {
        if (method === "eth_getRawTransactionByHash") return { error: { code: -32601, message: "method not found" } };
        if (method !== "eth_getBlockByNumber" || params[1] !== true) return undefined;
        const block = await upstream<{ readonly transactions: readonly object[] }>(method, ...params);
        return { result: { ...block, transactions: block.transactions.map((one) => Object.assign(one, { type: "0x7e" })) } };
      },
    };
    for (const server of lab.servers) server.misbehave(strange);
    const payment = lab.sending("payment", deep, { servers: 1 });
    await payment.make();
    await lab.includeBeside({ nonce: 0 });
    await lab.mine(3);
    assert.deepEqual(await payment.look(), { kind: "stuck", why: "BLOCK_UNPROVEN" });
    const both = lab.sending("payment", deep, { servers: 2 });
    both.slot = 0;
    both.made.push(...payment.made);
    assert.equal((await both.look()).kind, "superseded");
  });

  it("a count of another block than the one asked for takes a nonce from nobody (case 78)", async () => {
    await lab.mine(2);
    await lab.automine(false);
    const payment = lab.sending("payment");
    await payment.make();
    const head = await lab.node.rpc<string>("eth_blockNumber");
    // As a node says that is just making the next block.
    lab.servers[0]?.misbehave({
      answer: async ({ method, params }) =>
        method === "eth_getTransactionCount" && (params[1] === head || params[1] === "latest") ? { result: "0x1" } : undefined,
    });
    assert.deepEqual(await payment.dispatch(), { kind: "stuck", why: "BLOCK_UNPROVEN" });
    const { consumed } = payment.evidence as unknown as Evidence;
    assert.deepEqual([consumed.consumer.kind, consumed.counts], ["unattributed", "reported"]);
    lab.servers[0]?.misbehave();
    await lab.automine(true);
    await lab.mine();
    assert.equal((await payment.look()).kind, "final");
  });

  it("somebody else's transaction that a source says is the account's takes a nonce from nobody (case 79)", async () => {
    const payment = lab.sending("payment");
    await payment.make();
    await lab.includeBeside({}, stranger);
    const [mined, head] = [await lab.node.rpc<string>("eth_blockNumber"), "latest"];
    lab.servers[0]?.misbehave({
      async answer({ method, params }, upstream) {
        if (method === "eth_getTransactionCount" && [mined, head].includes(String(params[1]))) return { result: "0x1" };
        if (method !== "eth_getBlockByNumber" || params[0] !== mined || params[1] !== true) return undefined;
        const block = await upstream<{ readonly transactions: readonly object[] }>(method, ...params);
        return {
          result: { ...block, transactions: block.transactions.map((one) => Object.assign(one, { from: lab.from, nonce: "0x0" })) },
        };
      },
    });
    assert.deepEqual(await payment.look(), { kind: "stuck", why: "BLOCK_UNPROVEN" });
    const { consumed } = payment.evidence as unknown as Evidence;
    assert.deepEqual([consumed.consumer.kind, consumed.proof], ["transaction", "reported"]);
    lab.servers[0]?.misbehave();
    await payment.dispatchUntil("final");
  });

  it("what has the nonce and does what was intended, or nothing, may be a candidate that this store lost: a person decides (case 80)", async () => {
    for (const role of ["replacement", "cancel"] as const) {
      const payment = lab.sending(`lost ${role}`);
      await payment.make();
      await lab.automine(false);
      await payment.dispatch();
      const backup = [...payment.made];
      await payment.make(role);
      await payment.dispatch();
      await lab.automine(true);
      await lab.mine();
      assert.equal((await payment.look()).kind, "final");
      const restored = lab.sending(`lost ${role}`);
      restored.made.push(...backup);
      restored.slot = payment.slot;
      assert.deepEqual(await restored.look(), { kind: "contradiction" }, role);
      const says = role === "cancel" ? "It sends nothing, as a cancel does" : "It does exactly what was intended";
      assert.match(
        restored.contradiction?.what ?? "",
        new RegExp(`^${payment.hashes[1]} used up nonce ${payment.slot} in block .*sent from here\\. ${says}: `),
      );
    }
  });

  it("what used up the nonce on another chain, to which a source leads by now, takes it from nobody (case 79)", async () => {
    const payment = lab.sending("payment");
    await payment.make();
    await lab.includeBeside({ nonce: 0 });
    lab.servers[0]?.misbehave({ answer: async ({ method }) => (method === "eth_chainId" ? { result: "0x1" } : undefined) });
    assert.equal((await payment.look()).kind, "unknown");
    lab.servers[0]?.misbehave();
    assert.equal((await payment.look()).kind, "superseded");
  });
});
