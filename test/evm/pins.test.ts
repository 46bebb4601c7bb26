/** Which block is pinned, by sources that agree, lag or lie; and what becomes of a pin that the chain leaves. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { startAnvil } from "./anvil.ts";
import { asking } from "./asking.ts";
import { faults, type Misbehaviour, startFaultServer } from "./fault-server.ts";
import { LeapClock } from "./leap-clock.ts";
import { account, network, pinLatest, Scene } from "./scene.ts";

/** Another chain: nodes that start in the same second would make the same blocks. */
const startFork = () => startAnvil("--timestamp", "1700000000");

let scene: Scene;
before(async () => {
  scene = await Scene.set();
});
afterEach(() => scene.reset());
after(() => scene.end());

describe("the pin", () => {
  const latest = { network, block: { kind: "tag", tag: "latest" } } as const;
  const head = async () => BigInt(await scene.node.rpc<string>("eth_blockNumber"));

  it("two agree: the highest block that both have", async () => {
    scene.bad.misbehave(faults.lags(3));
    const answer = await scene.both().chain.block(latest);
    assert.deepEqual(answer.kind === "ok" && [answer.header.number, answer.sources], [(await head()) - 3n, 2]);
  });

  it("one is stale: it does not hold the pin back", async () => {
    await scene.node.rpc("anvil_mine", "0x50");
    scene.bad.misbehave(faults.lags(65));
    const { chain, log } = scene.both();
    const answer = await chain.block(latest);
    assert.deepEqual(answer.kind === "ok" && [answer.header.number, answer.sources], [await head(), 1]);
    assert.deepEqual(
      log.map(({ source, reason }) => [source, reason]),
      [["bad", "no_block"]],
    );
  });

  it("one fails and a third is there: two agree", async () => {
    scene.bad.misbehave(faults.drops);
    const { chain } = asking([scene.provider("bad", scene.bad), scene.provider("good", scene.good), scene.provider("node", scene.node)]);
    const answer = await chain.block(latest);
    assert.equal(answer.kind === "ok" && answer.sources, 2);
  });

  it("two name different blocks: both are named, none is chosen", async () => {
    const fork = await startFork();
    try {
      await fork.rpc("anvil_mine", "0x5");
      const { chain } = asking([scene.provider("good", scene.good), scene.provider("fork", fork)], { clock: new LeapClock() });
      const failures = ["good", "fork"].map((source) => ({ source, reason: "wrong_block" }));
      assert.deepEqual(await chain.block({ network, block: { kind: "number", number: 5n } }), { kind: "source_failed", failures });
    } finally {
      await fork.stop();
    }
  });

  it("a source on another fork answers nothing about a block that the first one holds; it is lost where only the fork is left", async () => {
    const fork = await startFork();
    try {
      await fork.rpc("anvil_mine", "0x10");
      scene.bad.misbehave(faults.refuses({ code: -32603, message: "internal error" }, "eth_getCode"));
      const { chain } = asking([scene.provider("bad", scene.bad), scene.provider("fork", fork)], { clock: new LeapClock() });
      const failures = [
        { source: "bad", reason: "unavailable" },
        { source: "fork", reason: "wrong_block" },
      ];
      assert.deepEqual(await chain.code({ network, at: scene.at, account }), { kind: "source_failed", failures });
      // A single broken connection loses no block.
      scene.bad.misbehave(faults.atFirst(1, faults.drops));
      const shaky = asking([scene.provider("bad", scene.bad), scene.provider("fork", fork)], { clock: new LeapClock() });
      assert.equal((await shaky.chain.code({ network, at: scene.at, account })).kind, "ok");
      scene.bad.misbehave(faults.drops);
      const left = asking([scene.provider("bad", scene.bad), scene.provider("fork", fork)], { clock: new LeapClock() });
      assert.deepEqual(await left.chain.code({ network, at: scene.at, account }), { kind: "block_lost" });
    } finally {
      await fork.stop();
    }
  });
});

describe("a reorganisation while a question is under way", () => {
  for (const [name, ways] of [
    ["a node that is asked by hash", []],
    ["a node that is asked by number", [faults.numbersOnly]],
  ] as const) {
    it(`${name}: block_lost, not the other block's state`, async () => {
      const short = await startFork();
      const before = await startFaultServer(short.url);
      try {
        await short.rpc("anvil_mine", "0x5");
        const reading = asking([scene.provider("before", before)]);
        const { chain } = reading;
        const pinned = await pinLatest(reading);
        before.misbehave(...ways);
        assert.equal((await chain.balance({ network, at: pinned, account })).kind, "ok");
        // When the question is on its way, the block goes.
        const reorganises: Misbehaviour = {
          async answer({ method }) {
            if (method === "eth_getBalance") await short.rpc("anvil_reorg", 2, []);
            return undefined;
          },
        };
        before.misbehave(...ways, reorganises);
        assert.deepEqual(await chain.balance({ network, at: pinned, account }), { kind: "block_lost" });
      } finally {
        await before.stop();
        await short.stop();
      }
    });
  }
});
