import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type Behaviour, type Model, modelChain, word } from "../../../test/evm/model-chain.ts";
import { pin } from "../../../test/evm/pin.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import { runState } from "../../testing/run-state.ts";
import type { Hex } from "../evm/asking.ts";
import { readFeed } from "./read-feed.ts";
import type { Priced } from "./snapshot.ts";

const now = BigInt(Date.parse(pin.timestamp) / 1000);
const feed: Hex = "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419";
const config = { quote: "USD", symbol: "ETH", address: feed, maxAgeSeconds: 3600, onSourceFailure: "pause" } as const;

interface Round {
  readonly roundId?: bigint;
  readonly answer?: bigint;
  readonly updatedAt?: bigint;
  readonly answeredInRound?: bigint;
}

function round({ roundId = 7n, answer = 250_012_345_678n, updatedAt = now - 60n, answeredInRound = roundId }: Round = {}): Behaviour {
  const words = [roundId, BigInt.asUintN(256, answer), updatedAt, updatedAt, answeredInRound].map((value) => word(value));
  return { kind: "returns", data: `0x${words.join("")}` };
}
const decimals = (value: bigint): Behaviour => ({ kind: "returns", data: `0x${word(value)}` });

const capable = { pin, overrides: true, multicall: true, gas: 50_000_000, answerBytes: 500_000 };

async function price(latest: Behaviour, scale: Behaviour = decimals(8n), regime: Partial<Model> = {}): Promise<string> {
  const contracts = new Map([[feed, (data: Hex) => (data === "0x313ce567" ? scale : latest)]]);
  const chain = modelChain({ ...capable, contracts, ...regime });
  const output = await runState(readFeed, { config, input: { pin }, facts: { chain } });
  assert.deepEqual([output.quote, output.symbol], ["USD", "ETH"]);
  return said(output);
}

function said(output: Priced): string {
  return output.kind === "ok" ? output.unitPrice : output.why;
}

describe("read-feed", () => {
  it("reads the price at the pinned block, exactly", async () => {
    assert.equal(await price(round()), "2500.12345678");
    assert.equal(await price(round({ answer: 1n }), decimals(18n)), "0.000000000000000001");
    assert.equal(await price(round({ answer: 1n }), decimals(0n)), "1");
    for (const regime of [{ overrides: false }, { overrides: false, multicall: false }])
      assert.equal(await price(round(), decimals(8n), regime), "2500.12345678");
  });

  const cases: readonly (readonly [string, Round, string])[] = [
    ["as old as it may be", { updatedAt: now - 3600n }, "2500.12345678"],
    ["a second older", { updatedAt: now - 3601n }, "stale"],
    ["of the pinned block itself", { updatedAt: now }, "2500.12345678"],
    ["of a time after the pinned block", { updatedAt: now + 1n }, "future"],
    ["of a time far away", { updatedAt: 2n ** 256n - 1n }, "future"],
    ["of zero", { answer: 0n }, "not_positive"],
    ["of less than zero", { answer: -1n }, "not_positive"],
    ["of the least there is", { answer: -(2n ** 255n) }, "not_positive"],
    ["that is not there yet", { updatedAt: 0n }, "incomplete_round"],
    ["carried over from a round before", { answeredInRound: 6n }, "incomplete_round"],
    ["of a round that is no uint80", { roundId: 2n ** 80n }, "malformed"],
  ];
  for (const [name, change, expected] of cases)
    it(`an answer ${name} is ${expected === "2500.12345678" ? "used" : expected}`, async () =>
      assert.equal(await price(round(change)), expected));

  it("says why there is no price", async () => {
    assert.equal(await price({ kind: "reverts" }), "reverted");
    assert.equal(await price({ kind: "burns" }), "reverted");
    assert.equal(await price({ kind: "returns", data: "0x" }), "malformed");
    assert.equal(await price({ kind: "returns", data: `0x${word(1n)}` }), "malformed");
    assert.equal(await price(round(), decimals(37n)), "malformed");
    assert.equal(await price(round(), { kind: "returns", data: "0x08" }), "malformed");
    assert.equal(await price(round(), { kind: "reverts" }), "reverted");
    assert.equal(await price(round(), decimals(8n), { contracts: new Map() }), "no_code");
    assert.equal(await price(round(), decimals(8n), { gas: 50_000 }), "source_failed");
  });

  it("no bytes give a price that they do not say", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 40 }), async (latest, scale) => {
        const returning = (bytes: Uint8Array): Behaviour => ({ kind: "returns", data: `0x${Buffer.from(bytes).toString("hex")}` });
        assert.doesNotMatch(await price(returning(latest), returning(scale)), /\d/);
      }),
    );
  });

  it("a lost pin and a failing source end it, or leave no price", async () => {
    const failed: SourceFailed = { kind: "source_failed", failures: [{ source: "primary", reason: "unreachable" }] };
    const partial = { ...config, onSourceFailure: "partial" as const };
    const failing = { chain: { call: () => failed } };
    await assert.rejects(runState(readFeed, { config, input: { pin }, facts: { chain: { call: () => ({ kind: "block_lost" }) } } }), {
      code: "PIN_LOST",
    });
    await assert.rejects(runState(readFeed, { config, input: { pin }, facts: failing }), { code: "SOURCE_FAILED" });
    assert.equal(said(await runState(readFeed, { config: partial, input: { pin }, facts: failing })), "source_failed");
    const unpinned = { pin: { ...failed, network: pin.network } };
    await assert.rejects(runState(readFeed, { config, input: unpinned }), { code: "SOURCE_FAILED" });
    assert.equal(said(await runState(readFeed, { config: partial, input: unpinned })), "source_failed");
  });
});
