import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runState } from "../../testing/run-state.ts";
import type { Pinned } from "../evm/pinned.ts";
import type { Answer, Proofs, Reading, Readings, TokenFacts } from "./readings.ts";
import type { Holding, Priced } from "./snapshot.ts";
import { valueHoldings } from "./value-holdings.ts";

const network = "eip155:1";
const account = "0x1111111111111111111111111111111111111111";
const usdc = "0x2222222222222222222222222222222222222222";
const other = "0x3333333333333333333333333333333333333333";
const word = `0x${"ab".repeat(32)}` as const;
const pin: Pinned = {
  kind: "pinned",
  network,
  block: { number: 100n, hash: word },
  parentHash: word,
  stateRoot: word,
  timestamp: "2026-01-01T00:00:00.000Z",
  header: "recomputed",
  sources: 2,
};
const prices: Priced[] = [
  { kind: "ok", quote: "USD", symbol: "ETH", unitPrice: "2000.5" },
  { kind: "ok", quote: "USD", symbol: "USDC", unitPrice: "1" },
  { kind: "unusable", quote: "EUR", symbol: "ETH", why: "stale" },
];

const text = (value: string): TokenFacts["symbol"] => ({ kind: "ok", text: value, form: "string", cut: false });
const fact = (address: `0x${string}`, symbol: string, decimals: number): TokenFacts => ({
  address,
  symbol: text(symbol),
  name: text(`${symbol} token`),
  decimals: { kind: "ok", decimals },
});

async function value(given: Partial<Readings>, options: { readonly proofs?: Proofs["proven"]; readonly claims?: readonly object[] } = {}) {
  const readings: Readings = { network, attested: true, via: "scanner", readings: [], zero: [], tokens: [], ...given };
  return runState(valueHoldings, {
    config: {
      network,
      native: { symbol: "ETH", decimals: 18 },
      tokens: (options.claims ?? [{ address: usdc, symbol: "USDC", decimals: 6 }]) as never,
    },
    input: { pin, readings, proofs: { network, proven: options.proofs ?? [] }, prices },
  });
}

const ofToken = (address: `0x${string}`, answer: Answer): Reading => ({ account, asset: { kind: "erc20", address }, answer });

async function rowOf(answer: Answer, facts: readonly TokenFacts[], claims?: readonly object[]): Promise<Holding> {
  const { page } = await value({ readings: [ofToken(usdc, answer)], tokens: [...facts] }, claims === undefined ? {} : { claims });
  const [row] = page.holdings;
  assert.ok(row !== undefined);
  return row;
}

describe("value-holdings", () => {
  it("gives amounts by the chain's decimals and values by the prices", async () => {
    const { page, summary } = await value({
      readings: [
        { account, asset: { kind: "native" }, answer: { kind: "ok", value: 1_500_000_000_000_000_000n } },
        ofToken(usdc, { kind: "ok", value: 2_500_000n }),
      ],
      tokens: [fact(usdc, "USDC", 6)],
      zero: [{ account: other, native: true, tokens: [usdc] }],
    });
    assert.deepEqual(
      page.holdings.map(({ amount, values }) => ({ amount, values })),
      [
        { amount: "1.5", values: [{ quote: "USD", value: "3000.75" }] },
        { amount: "2.5", values: [{ quote: "USD", value: "2.5" }] },
      ],
    );
    assert.deepEqual(summary, {
      network,
      answered: 4,
      missing: 0,
      totals: [
        { quote: "USD", value: "3003.25" },
        { quote: "EUR", value: "0" },
      ],
      unvalued: [
        { quote: "EUR", asset: { kind: "native" }, holdings: 1 },
        { quote: "EUR", asset: { kind: "erc20", address: usdc }, holdings: 1 },
      ],
    });
  });

  const ok: Answer = { kind: "ok", value: 5_000_000n };
  const listed = [{ address: usdc, symbol: "USDC", decimals: 6 }];
  const distrusted: readonly (readonly [string, Answer, TokenFacts, readonly object[]])[] = [
    ["unlisted", ok, fact(usdc, "USDC", 6), [{ address: usdc }]],
    ["decimals_differ_from_list", ok, fact(usdc, "USDC", 18), listed],
    ["symbol_differs_from_list", ok, fact(usdc, "USDT", 6), listed],
    ["decimals_unusable", ok, { ...fact(usdc, "USDC", 6), decimals: { kind: "unusable", value: 77n } }, listed],
    ["decimals_unreadable", ok, { ...fact(usdc, "USDC", 6), decimals: { kind: "unreadable", why: "reverted" } }, listed],
    ["symbol_unreadable", ok, { ...fact(usdc, "USDC", 6), symbol: { kind: "unreadable", why: "malformed" } }, listed],
    ["implausible_amount", { kind: "ok", value: 2n ** 256n - 1n }, fact(usdc, "USDC", 6), listed],
  ];
  for (const [remark, answer, facts, claims] of distrusted) {
    it(`keeps a row with the remark ${remark} out of the totals`, async () => {
      const row = await rowOf(answer, [facts], claims);
      assert.deepEqual([row.remarks, row.values], [[remark], []]);
    });
  }

  it("values a token whose symbol only looks odd, and says so", async () => {
    const row = await rowOf(ok, [{ ...fact(usdc, "USDC", 6), name: text("USD Coin \u202e") }]);
    assert.deepEqual([row.remarks, row.values], [["symbol_suspicious"], [{ quote: "USD", value: "5" }]]);
  });

  it("counts what has no answer as missing, gives it no number and no evidence, and names no source", async () => {
    const failed: Answer = { kind: "source_failed", failures: [{ source: "primary", reason: "timeout" }] };
    const { page, summary } = await value({ readings: [ofToken(usdc, failed), ofToken(other, { kind: "not_attempted" })] });
    assert.deepEqual([summary.answered, summary.missing], [0, 2]);
    assert.deepEqual(page.holdings[0]?.answer, { kind: "source_failed" });
    for (const row of page.holdings) {
      assert.equal(row.amount, undefined);
      assert.deepEqual(row.evidence, { sources: 0, attested: false, proven: false });
    }
  });

  it("counts an answer that is no number as an answer", async () => {
    const row = await rowOf({ kind: "no_code" }, []);
    assert.deepEqual([row.amount, row.evidence], [undefined, { sources: 2, attested: true, proven: false }]);
  });

  it("marks as proven just what was proven", async () => {
    const { page } = await value(
      {
        readings: [
          { account, asset: { kind: "native" }, answer: { kind: "ok", value: 1n } },
          { account: other, asset: { kind: "native" }, answer: { kind: "ok", value: 1n } },
        ],
      },
      { proofs: [{ account, asset: { kind: "native" } }] },
    );
    assert.deepEqual(
      page.holdings.map(({ evidence }) => evidence.proven),
      [true, false],
    );
  });
});
