/** Snapshots in trouble: the chain is reorganised between the pin and the last read, sources fail, all of them or one after another. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { type DevChain, startDevChain } from "../../src/testing/index.ts";
import { type FaultServer, type Misbehaviour, faults, startFaultServer } from "../evm/fault-server.ts";
import { clock, network, providerOf, reading, requestOf, take, taken } from "./stage.ts";

let chain: DevChain;
let bad: FaultServer;
before(async () => {
  chain = await startDevChain();
  bad = await startFaultServer(chain.url);
});
afterEach(() => {
  bad.misbehave();
  bad.forget();
});
after(async () => {
  await bad.stop();
  await chain.stop();
});

/** Reads of state. */
const scans = ["eth_call", "eth_getBalance", "eth_getCode"];

describe("a snapshot when the chain is reorganised under its pin", () => {
  it("ends with PIN_LOST and mixes no blocks; a fresh run succeeds", async () => {
    const latest = requestOf(chain, { network: { block: { kind: "tag", tag: "latest" } } });
    await chain.rpc("anvil_mine", ["0x8"]);
    let isReorganised = false;
    const once: Misbehaviour = {
      async answer({ method }) {
        if (!scans.includes(method) || isReorganised) return undefined;
        isReorganised = true;
        await chain.rpc("anvil_reorg", [4, []]);
        return undefined;
      },
    };
    bad.misbehave(once);
    const backend = reading(providerOf(bad.url));
    const { outcome } = await take(backend, latest);
    assert.ok(isReorganised);
    assert.deepEqual([outcome.run.status, outcome.run.failure?.code], ["failed", "PIN_LOST"]);
    const fresh = await taken(backend, latest);
    assert.equal(fresh.output.report.complete, true);
  });
});

describe("a snapshot whose source fails", () => {
  const ways: readonly (readonly [string, () => Misbehaviour, string])[] = [
    ["hides what it holds behind 503", () => scanning(faults.status(503)), "unavailable"],
    ["drops the connection", () => scanning(faults.drops), "unreachable"],
    ["truncates its answers", () => scanning(faults.truncates), "unreachable"],
    ["answers garbage", () => scanning({ body: () => "<html>" }), "malformed"],
    [
      "answers another block",
      () => ({ ask: (call) => (call.method === "eth_call" ? { ...call, params: call.params.with(1, "0x2") } : call) }),
      "wrong_block",
    ],
  ];

  /** The way holds for reads of state only. */
  function scanning(way: Misbehaviour): Misbehaviour {
    let isScan = false;
    return {
      http(response, calls) {
        isScan = calls.some(({ method }) => scans.includes(method));
        return isScan && way.http?.(response, calls) === true;
      },
      body: (text, response) => (isScan && way.body !== undefined ? way.body(text, response) : text),
    };
  }

  for (const [what, way, reason] of ways) {
    it(`${what}: survived through another provider`, async () => {
      const undisturbed = await taken(reading(providerOf(chain.url)), requestOf(chain));
      bad.misbehave(way());
      const { output } = await taken(reading(providerOf(bad.url, "bad"), providerOf(chain.url, "good")), requestOf(chain));
      assert.deepEqual(
        output.pages.map(({ holdings }) => holdings.map(({ answer }) => answer)),
        undisturbed.output.pages.map(({ holdings }) => holdings.map(({ answer }) => answer)),
      );
    });

    it(`${what}: without another, a partial snapshot says so and gives no numbers`, async () => {
      bad.misbehave(way());
      const { output, history } = await taken(reading(providerOf(bad.url, "bad")), requestOf(chain, { onSourceFailure: "partial" }));
      assert.equal(output.report.complete, false);
      const pin = output.report.networks[0];
      assert.deepEqual(pin?.kind === "pinned" && [pin.answered, pin.missing], [0, 1 + chain.tokens.length]);
      for (const { answer, amount } of output.pages.flatMap(({ holdings }) => holdings))
        assert.deepEqual([answer, amount], [{ kind: "source_failed" }, undefined]);
      // What the answer itself shows, the step finds out, and does not know whose it was; the rest is a fact that names the source.
      const said = `{"reason":"${reason}","source":"${reason === "wrong_block" ? "unnamed" : "bad"}"}`;
      assert.ok(
        [...history.artifacts.values()].some((text) => text.includes(said)),
        said,
      );
    });
  }

  it("pauses, names nobody's URL, and goes on from where it was once the source is well again", async () => {
    const undisturbed = await taken(reading(providerOf(chain.url)), requestOf(chain));
    bad.misbehave(scanning(faults.status(503)));
    const { outcome, runtime } = await take(reading(providerOf(bad.url, "bad")), requestOf(chain));
    assert.deepEqual([outcome.run.status, outcome.run.waitingFor[0]?.kind], ["paused", "resume"]);
    bad.misbehave();
    bad.forget();
    // Longer than a provider leaves a server alone that said 503.
    clock.leap(60_000);
    const run = await runtime.resume(outcome.run.runId, { actor: "ann", reason: "mended" });
    assert.deepEqual([run.status, run.outputs?.digest], ["succeeded", undisturbed.digest]);
    // The pin was committed: only whether the provider still has that block is asked, not which block to pin.
    assert.equal(
      bad.requests.flat().some(({ method, params }) => method === "eth_getBlockByNumber" && params[0] === "finalized"),
      false,
    );
  });

  it("does not take a pin from a single network that cannot be reached, and keeps the others of a partial snapshot", async () => {
    const config = requestOf(chain);
    const [first] = config.networks;
    assert.ok(first !== undefined);
    bad.misbehave(faults.chainId(5));
    const { output } = await taken(reading(providerOf(chain.url)), {
      ...config,
      onSourceFailure: "partial",
      networks: [first, { ...first, network: "eip155:5" }],
    });
    assert.deepEqual(
      output.report.networks.map(({ kind, network: id }) => [id, kind]),
      [
        [network, "pinned"],
        ["eip155:5", "source_failed"],
      ],
    );
    assert.equal(output.report.complete, false);
  });
});
