/** Reading through providers that misbehave, before a real node: each fault is survived through another provider, or named in the answer. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { BlockRef } from "../../src/capabilities/evm/block.ts";
import type { HttpProvider } from "../../src/transports/evm/http-provider.ts";
import { type Anvil, startAnvil } from "./anvil.ts";
import { asking, machine, providerAt } from "./asking.ts";
import { type FaultServer, faults, type Misbehaviour, startFaultServer } from "./fault-server.ts";
import { LeapClock } from "./leap-clock.ts";

const network = "eip155:31337";
const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const target = "0x00000000000000000000000000000000000C0DE0";
const answer7 = "0x600760005260206000f3";
const word7 = `0x${"07".padStart(64, "0")}`;

let node: Anvil;
let bad: FaultServer;
let good: FaultServer;
let at: BlockRef;
let then: bigint;
let open: HttpProvider[] = [];

const provider = (ref: string, { url }: { readonly url: string }, options: Parameters<typeof providerAt>[1] = {}): HttpProvider => {
  const made = providerAt(url, { ref, ...options });
  open.push(made);
  return made;
};

/** A reader over the bad one, and behind it the good one. */
const both = (timeoutMs = 10_000) => asking([provider("bad", bad, { timeoutMs }), provider("good", good)]);
/** Its waits take no time. */
const alone = (timeoutMs = 10_000) => asking([provider("bad", bad, { timeoutMs })], { clock: new LeapClock() });

before(async () => {
  node = await startAnvil();
  [bad, good] = [await startFaultServer(node.url), await startFaultServer(node.url)];
  await node.rpc("anvil_mine", "0x5");
  const pin = await asking([provider("good", good)]).chain.block({ network, block: { kind: "tag", tag: "latest" } });
  assert.equal(pin.kind, "ok");
  at = { number: pin.header.number, hash: pin.hash };
  then = BigInt(await node.rpc<string>("eth_getBalance", account, `0x${at.number.toString(16)}`));
  await node.rpc("eth_sendTransaction", { from: account, to: target, value: "0xde0b6b3a7640000" });
  await node.rpc("anvil_mine", "0x3");
});
afterEach(async () => {
  for (const server of [bad, good]) {
    server.misbehave();
    server.forget();
  }
  await Promise.all(open.map((made) => made.close()));
  open = [];
});
after(async () => {
  await Promise.all([bad.stop(), good.stop()]);
  await node.stop();
});

const ways: readonly (readonly [name: string, way: Misbehaviour, reason: string])[] = [
  ["lies about its chain id", faults.chainId(1), "wrong_chain"],
  ["ignores the block parameter", faults.ignoresBlock, "wrong_block"],
  [
    "ignores the block of state only",
    { ask: (call) => (call.method === "eth_getBlockByNumber" ? call : faults.ignoresBlock.ask(call)) },
    "wrong_block",
  ],
  ["lags behind the pin", faults.lags(7), "no_block"],
  ["returns garbage", faults.garbage, "malformed"],
  ["returns wrong values", faults.nonsense({ no: "quantity" }), "malformed"],
  ["returns a wrong balance's type", faults.nonsense(12, "eth_getBalance"), "wrong_block"],
  ["hangs", faults.hangs, "timeout"],
  ["answers 429", faults.status(429), "rate_limited"],
  ["answers 503", faults.status(503), "unavailable"],
  ["answers 429 with a long Retry-After", faults.status(429, { "retry-after": "3600" }), "rate_limited"],
  ["answers 500", faults.status(500), "unavailable"],
  ["answers 401", faults.status(401), "unauthorized"],
  ["redirects", faults.status(307, { location: "http://127.0.0.1:1/" }), "refused"],
  ["truncates its answers", faults.truncates, "unreachable"],
  ["drops connections", faults.drops, "unreachable"],
  ["refuses in its own words", faults.refuses({ code: -32000, message: "not today" }), "refused"],
  [
    "lacks the method",
    faults.refuses({ code: -32601, message: "the method does not exist/is not available" }, "eth_getBlockByNumber"),
    "unsupported",
  ],
  ["has pruned the state", faults.refuses({ code: -32000, message: "missing trie node 1f (path )" }, "eth_getBalance"), "no_block"],
  ["is rate limited by JSON-RPC", faults.refuses({ code: -32005, message: "limit exceeded" }), "rate_limited"],
];

describe("a provider misbehaves", () => {
  for (const [name, way, reason] of ways) {
    const timeoutMs = way === faults.hangs ? 100 : undefined;

    it(`it ${name}: the other one answers`, async () => {
      bad.misbehave(way);
      const { chain, answeredBy, log } = both(timeoutMs);
      assert.deepEqual(await chain.balance({ network, at, account }), { kind: "ok", balance: then });
      assert.deepEqual(answeredBy, ["good"]);
      assert.deepEqual(
        log.map((entry) => [entry.source, entry.reason]),
        [["bad", reason]],
      );
    });

    it(`it ${name} and is alone: the answer names it`, async () => {
      bad.misbehave(way);
      const answer = await alone(timeoutMs).chain.balance({ network, at, account });
      assert.deepEqual(answer, { kind: "source_failed", failures: [{ source: "bad", reason }] });
    });
  }

  it("it is left alone afterwards, while another one answers", async () => {
    bad.misbehave(faults.status(500));
    const { chain } = both();
    for (let index = 0; index < 5; index++) assert.equal((await chain.balance({ network, at, account })).kind, "ok");
    assert.equal(bad.requests.length, 1);
  });

  it("it recovers while it is the only one", async () => {
    const clock = new LeapClock();
    bad.misbehave(faults.atFirst(1, faults.status(503, { "retry-after": "2" })));
    const { chain } = asking([provider("bad", bad, { clock })], { clock, patienceMs: 30_000 });
    assert.deepEqual(await chain.balance({ network, at, account }), { kind: "ok", balance: then });
    assert.ok(clock.waits.some((wait) => wait > 1900 && wait <= 2000));
  });

  it("its answers are given when they come packed, in reverse order or with some left out", async () => {
    bad.misbehave(faults.gzips, faults.reverses, faults.loses);
    const { chain } = alone();
    const answers = await Promise.all(Array.from({ length: 20 }, () => chain.balance({ network, at, account })));
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, () => ({ kind: "ok", balance: then })),
    );
  });

  it("a question ends when its signal says so, whatever hangs", async () => {
    bad.misbehave(faults.hangs);
    const stop = new AbortController();
    const { chain } = asking([provider("bad", bad)], { signal: stop.signal });
    const asked = [chain.balance({ network, at, account }), chain.block({ network, block: { kind: "tag", tag: "latest" } })];
    setImmediate(() => stop.abort(new Error("stopped")));
    for (const answer of asked) await assert.rejects(answer, /stopped/);
  });

  it("nobody is configured: no failure is named", async () => {
    assert.deepEqual(await asking([]).chain.balance({ network, at, account }), { kind: "source_failed", failures: [] });
  });
});

describe("a node without EIP-1898", () => {
  it("is asked by number, and once for all answers whether the block still stands", async () => {
    bad.misbehave(faults.numbersOnly);
    const { chain } = alone();
    await chain.balance({ network, at, account });
    bad.forget();
    const answers = await Promise.all(Array.from({ length: 10 }, () => chain.balance({ network, at, account })));
    assert.ok(answers.every((answer) => answer.kind === "ok" && answer.balance === then));
    assert.deepEqual(
      [...bad.calls],
      [
        ["eth_getBalance", 10],
        ["eth_getBlockByNumber", 1],
      ],
    );
  });
});

describe("code that stands in for a contract's", () => {
  const call = { network, to: target, data: "0x", code: answer7 } as const;

  for (const how of ["refuses", "ignores"] as const) {
    it(`a node ${how} it: found out once, and the other one is asked`, async () => {
      bad.misbehave(faults.noOverrides(how));
      const { chain, answeredBy } = both();
      for (let index = 0; index < 3; index++) assert.deepEqual(await chain.call({ ...call, at }), { kind: "ok", data: word7 });
      assert.deepEqual(answeredBy, ["good", "good", "good"]);
      assert.equal(bad.calls.get("eth_call"), 1);
    });
  }

  it("no node takes it: no_overrides", async () => {
    bad.misbehave(faults.noOverrides("ignores"));
    assert.deepEqual(await alone().chain.call({ ...call, at }), { kind: "no_overrides" });
  });
});

describe("the pin", () => {
  const latest = { network, block: { kind: "tag", tag: "latest" } } as const;
  const head = async () => BigInt(await node.rpc<string>("eth_blockNumber"));

  it("two agree: the highest block that both have", async () => {
    bad.misbehave(faults.lags(3));
    const answer = await both().chain.block(latest);
    assert.deepEqual(answer.kind === "ok" && [answer.header.number, answer.sources], [(await head()) - 3n, 2]);
  });

  it("one is stale: it does not hold the pin back", async () => {
    await node.rpc("anvil_mine", "0x50");
    bad.misbehave(faults.lags(65));
    const { chain, log } = both();
    const answer = await chain.block(latest);
    assert.deepEqual(answer.kind === "ok" && [answer.header.number, answer.sources], [await head(), 1]);
    assert.deepEqual(
      log.map(({ source, reason }) => [source, reason]),
      [["bad", "no_block"]],
    );
  });

  it("one fails and a third is there: two agree", async () => {
    bad.misbehave(faults.drops);
    const { chain } = asking([provider("bad", bad), provider("good", good), provider("node", node)]);
    const answer = await chain.block(latest);
    assert.equal(answer.kind === "ok" && answer.sources, 2);
  });

  it("two name different blocks: both are named, none is chosen", async () => {
    const fork = await startAnvil();
    try {
      await fork.rpc("anvil_mine", "0x5");
      const { chain } = asking([provider("good", good), provider("fork", fork)], { clock: new LeapClock() });
      const failures = ["good", "fork"].map((source) => ({ source, reason: "wrong_block" }));
      assert.deepEqual(await chain.block({ network, block: { kind: "number", number: 5n } }), { kind: "source_failed", failures });
    } finally {
      await fork.stop();
    }
  });

  it("a source on another fork answers nothing about a block that the first one holds; it is lost where only the fork is left", async () => {
    const fork = await startAnvil();
    try {
      await fork.rpc("anvil_mine", "0x10");
      bad.misbehave(faults.refuses({ code: -32603, message: "internal error" }, "eth_getCode"));
      const { chain } = asking([provider("bad", bad), provider("fork", fork)], { clock: new LeapClock() });
      const failures = [
        { source: "bad", reason: "unavailable" },
        { source: "fork", reason: "wrong_block" },
      ];
      assert.deepEqual(await chain.code({ network, at, account }), { kind: "source_failed", failures });
      // A single broken connection loses no block.
      bad.misbehave(faults.atFirst(1, faults.drops));
      const shaky = asking([provider("bad", bad), provider("fork", fork)], { clock: new LeapClock() });
      assert.equal((await shaky.chain.code({ network, at, account })).kind, "ok");
      bad.misbehave(faults.drops);
      const left = asking([provider("bad", bad), provider("fork", fork)], { clock: new LeapClock() });
      assert.deepEqual(await left.chain.code({ network, at, account }), { kind: "block_lost" });
    } finally {
      await fork.stop();
    }
  });
});

describe("a wrong proof", () => {
  it("is passed over, and its source is asked nothing more by this process", async () => {
    bad.misbehave({
      async answer({ method, params }, upstream) {
        if (method !== "eth_getProof") return undefined;
        return { result: { ...(await upstream<object>(method, ...params)), balance: "0x1" } };
      },
    });
    const { chain, answeredBy } = both();
    const header = await chain.block({ network, block: { kind: "number", number: at.number } });
    assert.equal(header.kind, "ok");
    const { stateRoot } = header.header;
    assert.equal((await chain.proof({ network, at, stateRoot, account, slots: [] })).kind, "ok");
    bad.misbehave();
    bad.forget();
    assert.equal((await chain.balance({ network, at, account })).kind, "ok");
    assert.deepEqual(answeredBy, ["bad", "good", "good"]);
    assert.equal(bad.requests.length, 0);
  });
});

describe("many questions at once", () => {
  it("travel in few requests", async () => {
    const { chain } = asking([provider("good", good)], machine);
    await Promise.all(Array.from({ length: 300 }, () => chain.balance({ network, at, account })));
    assert.equal(good.calls.get("eth_getBalance"), 301);
    assert.ok(good.requests.length <= 8, `${good.requests.length} requests`);
  });
});
