import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ChainFacts, attestationOf, modelChain } from "../../../test/evm/model-chain.ts";
import { pin } from "../../../test/evm/pin.ts";
import { type Setting, ada, answersOf, capable, holding, returning, scanPage, tokenAt } from "../../../test/evm/scan-page.ts";
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import { runState } from "../../testing/run-state.ts";
import type { Hex } from "../evm/asking.ts";
import type { Pin } from "../evm/pinned.ts";
import { scanBalances } from "./scan-balances.ts";

describe("scan-balances: what goes wrong outside", () => {
  const failed: SourceFailed = { kind: "source_failed", failures: [{ source: "primary", reason: "timeout" }] };
  const lost = { kind: "block_lost" } as const;
  const questions = ["call", "balance", "code"] as const;
  const setting: Setting = { contracts: [holding(1n), returning("0x")], native: true };
  const singly = { overrides: false, multicall: false };

  it("a lost pin ends it for good, whatever was asked", async () => {
    for (const question of questions)
      await assert.rejects(scanPage(singly, { ...setting, facts: { [question]: () => lost } }), { code: "PIN_LOST" }, question);
    for (const regime of [{}, { overrides: false }]) {
      const facts = {
        call: ({ code }: { code?: Hex | undefined }) =>
          code === undefined || regime.overrides === undefined ? lost : { kind: "no_overrides" as const },
      };
      await assert.rejects(scanPage(regime, { ...setting, facts, rule: "partial" }), { code: "PIN_LOST" });
    }
  });

  it("is lost too where every source says that it has not the block's state, and only then", async () => {
    const failures = [
      { source: "primary", reason: "no_block" as const },
      { source: "backup", reason: "no_block" as const },
    ];
    const pruned: SourceFailed = { kind: "source_failed", failures };
    await assert.rejects(scanPage({}, { ...setting, facts: { call: () => pruned }, rule: "partial" }), { code: "PIN_LOST" });
    const some: SourceFailed = { kind: "source_failed", failures: [...failures, { source: "third", reason: "timeout" }] };
    await assert.rejects(scanPage({}, { ...setting, facts: { call: () => some } }), { code: "SOURCE_FAILED" });
  });

  it("a failing source pauses, whatever was asked", async () => {
    for (const question of questions)
      await assert.rejects(scanPage(singly, { ...setting, facts: { [question]: () => failed } }), { code: "SOURCE_FAILED" }, question);
    await assert.rejects(scanPage({}, { ...setting, facts: { call: () => failed } }), {
      code: "SOURCE_FAILED",
      message: "eip155:31337: no source gave an answer: primary: timeout",
    });
  });

  it("or leaves holes that say so, and nothing else", async () => {
    const all = await scanPage({}, { ...setting, rule: "partial", facts: { call: () => failed } });
    assert.deepEqual(answersOf(all), [failed, failed, failed]);
    assert.deepEqual([all.via, all.attested, all.zero, all.tokens], ["none", false, [], []]);
    const some = await scanPage(singly, { ...setting, rule: "partial", facts: { balance: () => failed } });
    assert.deepEqual(answersOf(some), [failed, { kind: "ok", value: 1n }, { kind: "malformed", size: 0, head: "0x" }]);
  });

  it("a network without a pin has no reading but its sources' failures", async () => {
    const config = { accounts: [ada], tokens: [tokenAt(0)], native: true, onSourceFailure: "partial" as const };
    const output = await runState(scanBalances, { config, input: { pin: { ...failed, network: pin.network } }, facts: {} });
    assert.deepEqual(answersOf(output), [failed, failed]);
    assert.equal(output.via, "none");
    const pausing = runState(scanBalances, {
      config: { ...config, onSourceFailure: "pause" },
      input: { pin: { ...failed, network: pin.network } },
      facts: {},
    });
    await assert.rejects(pausing, { code: "SOURCE_FAILED" });
  });

  const others: readonly (readonly [string, Partial<Pin>])[] = [
    ["number", { block: { ...pin.block, number: 101n } }],
    ["time", { timestamp: "2026-01-01T00:00:12.000Z" }],
    ["chain", { network: "eip155:1" }],
    ["parent", { parentHash: `0x${"99".repeat(32)}` }],
  ];
  for (const [name, change] of others) {
    it(`never uses a number of a block of another ${name}`, async () => {
      for (const overrides of [true, false]) {
        const elsewhere = modelChain({
          ...capable,
          overrides,
          pin: { ...pin, ...change },
          contracts: new Map([[tokenAt(0), holding(1n)]]),
        });
        const output = await scanPage({}, { contracts: [holding(1n)], facts: elsewhere, rule: "partial" });
        assert.deepEqual(answersOf(output), [{ kind: "source_failed", failures: [{ source: "unnamed", reason: "wrong_block" }] }]);
        await assert.rejects(scanPage({}, { contracts: [holding(1n)], facts: elsewhere }), { code: "SOURCE_FAILED" });
      }
    });
  }

  it("takes a scanner that answers nonsense for none", async () => {
    for (const nonsense of ["0x", "0x01", `0x01${attestationOf(pin)}`, `0x01${attestationOf(pin)}0000`] as Hex[]) {
      const model = modelChain({ ...capable, contracts: new Map([[tokenAt(0), holding(8n)]]) });
      const call: Exclude<ChainFacts["call"], undefined | readonly unknown[]> = (request) =>
        request.code === undefined && typeof model.call === "function" ? model.call(request) : { kind: "ok", data: nonsense };
      const output = await scanPage({}, { contracts: [holding(8n)], facts: { ...model, call } });
      assert.deepEqual([output.via, ...answersOf(output)], ["multicall3", { kind: "ok", value: 8n }]);
    }
  });
});
