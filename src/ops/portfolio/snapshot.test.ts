import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MfmError } from "../../kernel/errors.ts";
import { planOp } from "../../kernel/op.ts";
import { Registry } from "../../kernel/registry.ts";
import { inspectSpec } from "../../kernel/certify.ts";
import { pinBlock } from "../../states/evm/pin-block.ts";
import { makeReport } from "../../states/portfolio/make-report.ts";
import { proveBalances } from "../../states/portfolio/prove-balances.ts";
import { readFeed } from "../../states/portfolio/read-feed.ts";
import { scanBalances } from "../../states/portfolio/scan-balances.ts";
import { valueHoldings } from "../../states/portfolio/value-holdings.ts";
import { snapshot } from "./snapshot.ts";
import type { SnapshotRequest } from "./snapshot-config.ts";

const registry = new Registry(snapshot, pinBlock, makeReport, proveBalances, readFeed, scanBalances, valueHoldings);

const addressOf = (index: number): string => `0x${index.toString(16).padStart(40, "0")}`;
const addresses = (count: number): { address: string }[] =>
  Array.from({ length: count }, (_, index) => ({ address: addressOf(index + 1) }));

function request(change: Partial<SnapshotRequest> = {}): SnapshotRequest {
  return {
    accounts: addresses(1),
    networks: [networkOf("eip155:1", 3)],
    prices: [],
    prove: false,
    onSourceFailure: "pause",
    ...change,
  };
}

function networkOf(network: string, tokens: number): SnapshotRequest["networks"][number] {
  return { network, block: { kind: "tag", tag: "finalized" }, native: { symbol: "ETH", decimals: 18 }, tokens: addresses(tokens) };
}

function keysOf(config: SnapshotRequest): string[] {
  const { spec } = planOp(snapshot, config);
  assert.deepEqual(inspectSpec(spec, registry), []);
  return spec.steps.map(({ key }) => key);
}

describe("mfm.portfolio/snapshot: the plan", () => {
  it("pins, scans, values and reports", () => {
    assert.deepEqual(keysOf(request()), ["pin/eip155:1", "scan/eip155:1/0", "value/eip155:1/0", "report"]);
  });

  it("looks at the native balances of a network without tokens", () => {
    assert.deepEqual(keysOf(request({ networks: [networkOf("eip155:1", 0)] })), keysOf(request()));
  });

  it("proves where that is asked", () => {
    assert.ok(keysOf(request({ prove: true })).includes("prove/eip155:1/0"));
  });

  it("pins every network once, also for feeds", () => {
    const feed = { kind: "feed", network: "eip155:10", address: addressOf(9), maxAgeSeconds: 3600 } as const;
    const keys = keysOf(
      request({ networks: [networkOf("eip155:1", 0), networkOf("eip155:10", 0)], prices: [{ quote: "USD", symbol: "ETH", from: feed }] }),
    );
    assert.deepEqual(
      keys.filter((key) => key.startsWith("pin") || key.startsWith("price")),
      ["pin/eip155:1", "pin/eip155:10", "price/0"],
    );
  });

  const sizes: readonly (readonly [number, number, number])[] = [
    [1, 400, 1],
    [1, 401, 2],
    [1, 10_000, 25],
    [20, 10_000, 500],
    [1000, 3, 3],
  ];
  for (const [accounts, tokens, pages] of sizes) {
    it(`reads ${tokens} tokens of ${accounts} accounts in ${pages} pages, the native balances once`, () => {
      const { spec } = planOp(snapshot, request({ accounts: addresses(accounts), networks: [networkOf("eip155:1", tokens)] }));
      const scans = spec.steps.flatMap((step) => (step.kind === "state" && step.key.startsWith("scan") ? [step.config] : []));
      const configs = scans as unknown as readonly { readonly native: boolean; readonly tokens: readonly unknown[] }[];
      assert.equal(configs.length, pages);
      assert.equal(
        configs.reduce((sum, config) => sum + config.tokens.length, 0),
        tokens,
      );
      assert.deepEqual(
        configs.map(({ native }) => native),
        configs.map((_, index) => index === 0),
      );
    });
  }
});

describe("mfm.portfolio/snapshot: refuses", () => {
  const fixed = (unitPrice: string, quote = "USD") => ({ quote, symbol: "ETH", from: { kind: "fixed" as const, unitPrice } });
  const quotes = ["USD", "EUR", "CHF", "GBP", "JPY"].map((quote) => fixed("1", quote));
  const foreign = { kind: "feed" as const, network: "eip155:5", address: addressOf(9), maxAgeSeconds: 60 };
  const cases: readonly (readonly [string, Partial<SnapshotRequest>, string])[] = [
    ["an account twice", { accounts: [...addresses(1), ...addresses(1)] }, "/accounts/1"],
    ["a network twice", { networks: [networkOf("eip155:1", 0), networkOf("eip155:1", 1)] }, "/networks/1"],
    ["a token twice", { networks: [{ ...networkOf("eip155:1", 0), tokens: [...addresses(2), ...addresses(1)] }] }, "/networks/0/tokens/2"],
    ["more balances than a run holds", { accounts: addresses(50), networks: [networkOf("eip155:1", 9000)] }, "/networks/0/tokens"],
    ["two prices for one pair", { prices: [fixed("1"), fixed("2")] }, "/prices/1"],
    ["five quotes", { prices: quotes }, "/prices"],
    ["a negative price", { prices: [fixed("-1")] }, "/prices/0/from/unitPrice"],
    ["a price of too many digits", { prices: [fixed("1".repeat(65))] }, "/prices/0/from/unitPrice"],
    ["a feed on another network", { prices: [{ ...fixed("1"), from: foreign }] }, "/prices/0/from/network"],
    ["no account", { accounts: [] }, "/accounts"],
    ["no network", { networks: [] }, "/networks"],
  ];
  for (const [what, change, path] of cases) {
    it(what, () => {
      assert.throws(
        () => planOp(snapshot, request(change)),
        (error) => {
          assert.ok(error instanceof MfmError);
          assert.equal(error.code, "VALUE_INVALID");
          assert.deepEqual(
            (error.details["issues"] as readonly { readonly path: string }[]).map((issue) => issue.path),
            [path],
          );
          return true;
        },
      );
    });
  }
});
