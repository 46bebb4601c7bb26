/** Reading through providers that misbehave, before a real node: each fault is survived through another provider, or named in the answer. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { asking } from "./asking.ts";
import { faults, type Misbehaviour } from "./fault-server.ts";
import { LeapClock } from "./leap-clock.ts";
import { account, network, Scene, target } from "./scene.ts";

const answer7 = "0x600760005260206000f3";
const word7 = `0x${"07".padStart(64, "0")}`;

let scene: Scene;
before(async () => {
  scene = await Scene.set();
});
afterEach(() => scene.reset());
after(() => scene.end());

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
      scene.bad.misbehave(way);
      const { chain, answeredBy, log } = scene.both(timeoutMs);
      assert.deepEqual(await chain.balance({ network, at: scene.at, account }), { kind: "ok", balance: scene.balance });
      assert.deepEqual(answeredBy, ["good"]);
      assert.deepEqual(
        log.map((entry) => [entry.source, entry.reason]),
        [["bad", reason]],
      );
    });

    it(`it ${name} and is alone: the answer names it`, async () => {
      scene.bad.misbehave(way);
      const answer = await scene.alone(timeoutMs).chain.balance({ network, at: scene.at, account });
      assert.deepEqual(answer, { kind: "source_failed", failures: [{ source: "bad", reason }] });
    });
  }

  it("it is left alone afterwards, while another one answers", async () => {
    scene.bad.misbehave(faults.status(500));
    const { chain } = scene.both();
    for (let index = 0; index < 5; index++) assert.equal((await chain.balance({ network, at: scene.at, account })).kind, "ok");
    assert.equal(scene.bad.requests.length, 1);
  });

  it("it recovers while it is the only one", async () => {
    const clock = new LeapClock();
    scene.bad.misbehave(faults.atFirst(1, faults.status(503, { "retry-after": "2" })));
    const { chain } = asking([scene.provider("bad", scene.bad, { clock })], { clock, patienceMs: 30_000 });
    assert.deepEqual(await chain.balance({ network, at: scene.at, account }), { kind: "ok", balance: scene.balance });
    assert.ok(clock.waits.some((wait) => wait > 1900 && wait <= 2000));
  });

  it("its answers are given when they come packed, in reverse order or with some left out", async () => {
    scene.bad.misbehave(faults.gzips, faults.reverses, faults.loses);
    const { chain } = scene.alone();
    const answers = await Promise.all(Array.from({ length: 20 }, () => chain.balance({ network, at: scene.at, account })));
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, () => ({ kind: "ok", balance: scene.balance })),
    );
  });

  it("a question ends when its signal says so, whatever hangs", async () => {
    scene.bad.misbehave(faults.hangs);
    const stop = new AbortController();
    const { chain } = asking([scene.provider("bad", scene.bad)], { signal: stop.signal });
    const asked = [chain.balance({ network, at: scene.at, account }), chain.block({ network, block: { kind: "tag", tag: "latest" } })];
    setImmediate(() => stop.abort(new Error("stopped")));
    for (const answer of asked) await assert.rejects(answer, /stopped/);
  });

  it("nobody is configured: no failure is named", async () => {
    assert.deepEqual(await asking([]).chain.balance({ network, at: scene.at, account }), { kind: "source_failed", failures: [] });
  });
});

describe("a node without EIP-1898", () => {
  it("is asked by number, and once for all answers whether the block still stands", async () => {
    scene.bad.misbehave(faults.numbersOnly);
    const { chain } = scene.alone();
    await chain.balance({ network, at: scene.at, account });
    scene.bad.forget();
    const answers = await Promise.all(others(10).map((other) => chain.balance({ network, at: scene.at, account: other })));
    assert.ok(answers.every(({ kind }) => kind === "ok"));
    assert.deepEqual(
      [...scene.bad.calls],
      [
        ["eth_getBalance", 10],
        ["eth_getBlockByNumber", 1],
      ],
    );
  });
});

describe("a method that a node lacks", () => {
  it("unsupported, where no node has it", async () => {
    scene.bad.misbehave(faults.refuses({ code: -32601, message: "Method not found" }, "eth_getProof", "eth_createAccessList"));
    const { chain } = scene.alone();
    const stateRoot = `0x${"11".repeat(32)}` as const;
    assert.deepEqual(await chain.proof({ network, at: scene.at, stateRoot, account, slots: [] }), { kind: "unsupported" });
    assert.deepEqual(await chain.accessList({ network, at: scene.at, to: target, data: "0x" }), { kind: "unsupported" });
  });
});

describe("code that stands in for a contract's", () => {
  const call = { network, to: target, data: "0x", code: answer7 } as const;

  for (const how of ["refuses", "ignores"] as const) {
    it(`a node ${how} it: found out once, and the other one is asked`, async () => {
      scene.bad.misbehave(faults.noOverrides(how));
      const { chain, answeredBy } = scene.both();
      for (let index = 0; index < 3; index++) assert.deepEqual(await chain.call({ ...call, at: scene.at }), { kind: "ok", data: word7 });
      assert.deepEqual(answeredBy, ["good", "good", "good"]);
      assert.equal(scene.bad.calls.get("eth_call"), 1);
    });
  }

  it("no node takes it: no_overrides", async () => {
    scene.bad.misbehave(faults.noOverrides("ignores"));
    assert.deepEqual(await scene.alone().chain.call({ ...call, at: scene.at }), { kind: "no_overrides" });
  });
});

describe("a wrong proof", () => {
  it("is passed over, and its source is asked nothing more by this process", async () => {
    scene.bad.misbehave({
      async answer({ method, params }, upstream) {
        if (method !== "eth_getProof") return undefined;
        return { result: { ...(await upstream<object>(method, ...params)), balance: "0x1" } };
      },
    });
    const { chain, answeredBy } = scene.both();
    const header = await chain.block({ network, block: { kind: "number", number: scene.at.number } });
    assert.equal(header.kind, "ok");
    const { stateRoot } = header.header;
    assert.equal((await chain.proof({ network, at: scene.at, stateRoot, account, slots: [] })).kind, "ok");
    scene.bad.misbehave();
    scene.bad.forget();
    assert.equal((await chain.balance({ network, at: scene.at, account })).kind, "ok");
    assert.deepEqual(answeredBy, ["bad", "good", "good"]);
    assert.equal(scene.bad.requests.length, 0);
  });
});

describe("many questions at once", () => {
  it("travel in few requests", async () => {
    const { chain } = asking([scene.provider("good", scene.good)]);
    await Promise.all(others(300).map((other) => chain.balance({ network, at: scene.at, account: other })));
    assert.equal(scene.good.calls.get("eth_getBalance"), 301);
    assert.ok(scene.good.requests.length <= 8, `${scene.good.requests.length} requests`);
  });
});

/** Accounts of nobody: equal questions would be asked once. */
function others(count: number): `0x${string}`[] {
  return Array.from({ length: count }, (_, index): `0x${string}` => `0x${String(1000 + index).padStart(40, "1")}`);
}
