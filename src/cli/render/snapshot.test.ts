import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ada, dai, holding, snapshot, usdc } from "../../../test/portfolio/snapshots.ts";
import { plain } from "../paint.ts";
import { type SnapshotView, renderSnapshot } from "./snapshot.ts";

const usd = (value: string): { readonly quote: string; readonly value: string }[] => [{ quote: "USD", value }];
const run = { runId: `run:${"a".repeat(64)}`, outputs: { digest: `sha256:${"c".repeat(64)}` } } as SnapshotView["run"];
const names = new Map([["eip155:1", "ethereum"]]);
const symbols = new Map([[`eip155:1 ${dai}`, "DAI"]]);

type Shown = SnapshotView["snapshot"];
const render = (shown: Shown, all = false): string =>
  renderSnapshot({ snapshot: shown, run, names, symbols, all, csv: undefined, paint: plain });

const price = { kind: "ok" as const, quote: "USD", symbol: "USDC", unitPrice: "1" };
const zero = [{ account: ada, native: true, tokens: [dai] }] as Shown["pages"][number]["zero"];
const scam = holding({
  asset: { kind: "erc20", address: dai },
  symbol: "USD\u0421\u202e",
  value: 7n,
  remarks: ["unlisted", "symbol_suspicious"],
});

describe("a snapshot for people", () => {
  it("says where it was read, what is held and worth, and how to verify it", () => {
    const text = render(snapshot([holding({ values: usd("1.5") })], { zero, report: { prices: [price], totals: usd("1.5") } }));
    assert.equal(
      text,
      [
        "NETWORK   CHAIN  BLOCK  HASH                                                                TIME (UTC)           HEADER      SOURCES",
        `ethereum  1      100    0x${"b".repeat(64)}  2026-01-31 12:00:00  recomputed  2`,
        "",
        `treasury ${ada} on ethereum`,
        "ASSET  AMOUNT  USD  EVIDENCE  CONTRACT",
        `USDC      1.5  1.5  attested  ${usdc}`,
        "2 balances of zero (--all shows them)",
        "",
        "TOTAL",
        "USD  1.5",
        "",
        `run         run:${"a".repeat(64)}`,
        `output      sha256:${"c".repeat(64)}`,
        `verify      mfm run replay run:${"a".repeat(12)}`,
        `for others  mfm run export run:${"a".repeat(12)} --out snapshot.ndjson`,
      ].join("\n"),
    );
  });

  it("puts what no list names into a group of its own, and writes its tricks out", () => {
    const text = render(snapshot([holding({}), scam]));
    assert.match(
      text,
      /\nUNVERIFIED: no list names these.*Not in the totals\.\nASSET +AMOUNT .*\nUSD\\u\{421\}\\u\{202e\} +0\.000007 +attested .*look-alike/,
    );
  });

  it("shows zeros with --all, by the names that lists give them", () => {
    assert.match(render(snapshot([], { zero }), true), new RegExp(`\\nZERO +AMOUNT +CONTRACT\\n\\(own asset\\) +0\\nDAI +0 +${dai}\\n`));
  });

  it("shows every answer that is no number, and many that nobody could read as one line", () => {
    const answers = [
      [{ kind: "no_code" }, /no contract there/],
      [{ kind: "reverted", cause: "revert" }, /reverted/],
      [{ kind: "reverted", cause: "out_of_gas" }, /used up its gas/],
      [{ kind: "malformed", size: 31, head: "0x" }, /malformed answer of 31 bytes/],
      [{ kind: "not_attempted" }, /no call had room/],
      [{ kind: "source_failed" }, /no source could read it/],
    ] as const;
    for (const [answer, says] of answers) assert.match(render(snapshot([holding({ answer })])), says);
    const failed = Array.from({ length: 6 }, () => holding({ answer: { kind: "source_failed" } }));
    assert.match(render(snapshot([holding({}), ...failed])), /USDC +1\.5 .*\n6 balances not read: no source could read it\n/);
  });

  it("shows a number whose decimals are not known as the raw number that it is", () => {
    const { decimals: _decimals, amount: _amount, ...raw } = holding({ value: 12n, remarks: ["decimals_unreadable"] });
    assert.match(render(snapshot([raw])), /USDC +12 raw +attested .*its decimals could not be read/);
  });

  it("says at least, and why, where anything is missing from a total", () => {
    const unvalued = [{ quote: "USD", network: "eip155:1" as const, asset: { kind: "native" as const }, holdings: 1 }];
    const unpriced = render(snapshot([holding({})], { report: { totals: usd("1.5"), unvalued } }));
    assert.match(unpriced, /TOTAL\nUSD {2}at least 1\.5\n\nwarning: 1 listed asset without a price in USD: not in the total\n/);
    const networks: Shown["report"]["networks"] = [{ kind: "source_failed", network: "eip155:1", missing: 3 }];
    const partial = render(snapshot([], { report: { complete: false, networks, totals: usd("1.5") } }));
    assert.match(partial, /ethereum +1 +no source could be read\n/);
    assert.match(
      partial,
      /USD {2}at least 1\.5\n\nwarning: this snapshot is not complete.*\nwarning: ethereum: 3 balances could not be read\n/,
    );
  });

  it("warns of prices that could not be used, and of a block that proves nothing", () => {
    const stale = { kind: "unusable" as const, quote: "USD", symbol: "ETH", why: "stale" as const };
    const [pinned] = snapshot([]).report.networks;
    const networks = [{ ...pinned, header: "reported" }] as Shown["report"]["networks"];
    const text = render(snapshot([], { report: { prices: [stale], networks } }));
    assert.match(text, /warning: ethereum: the block's hash is as reported/);
    assert.match(text, /warning: no price of ETH in USD: the feed's last answer is too old/);
  });

  it("lets no label steer the terminal", () => {
    const accounts = [{ address: ada, label: "a\u001b[2Jb" }] as Shown["report"]["lookedAt"]["accounts"];
    const text = render(snapshot([], { report: { lookedAt: { accounts, tokens: [] } } }));
    assert.ok(!text.includes("\u001b") && text.includes("a\\u001b[2Jb"));
  });
});
