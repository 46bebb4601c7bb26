import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ada, dai, holding, snapshot, usdc } from "../../../test/portfolio/snapshots.ts";
import type { RunsDiff } from "../../app/portfolio/diff-runs.ts";
import { diffSnapshots } from "../../app/portfolio/diff.ts";
import { plain } from "../paint.ts";
import { renderDiff } from "./diff.ts";

type Snapshot = Parameters<typeof diffSnapshots>[0];
const diffOf = (before: Snapshot, after: Snapshot, complete = true): RunsDiff => ({
  before: { runId: `run:${"a".repeat(64)}`, complete: true },
  after: { runId: `run:${"b".repeat(64)}`, complete },
  ...diffSnapshots(before, after),
});

describe("a diff for people", () => {
  it("shows what changed, with blocks and counts", () => {
    const before = snapshot([holding({ value: 2_000_000n, values: [{ quote: "USD", value: "2" }] })]);
    const after = snapshot([
      holding({ value: 1_500_000n, values: [{ quote: "USD", value: "1.5" }] }),
      holding({ asset: { kind: "erc20", address: dai } }),
    ]);
    assert.equal(
      renderDiff(diffOf(before, after), false, plain),
      [
        "NETWORK   BEFORE run:aaaaaaaaaaaa               AFTER run:bbbbbbbbbbbb",
        "eip155:1  block 100 of 2026-01-31 12:00:00 UTC  block 100 of 2026-01-31 12:00:00 UTC",
        "",
        "ACCOUNT   NETWORK   ASSET                     BEFORE  AFTER  CHANGE  IN USD  CONTRACT",
        `treasury  eip155:1  USDC   changed                 2    1.5    -0.5    -0.5  ${usdc}`,
        `treasury  eip155:1  USDC   was not looked at       -    1.5                  ${dai}`,
        "",
        "1 changed, 1 was not looked at",
      ].join("\n"),
    );
  });

  it("leaves out what is the same unless all is asked for, but counts it", () => {
    const same = snapshot([holding({})]);
    const quiet = renderDiff(diffOf(same, same), false, plain);
    assert.match(quiet, /\n\nnothing changed\n\n1 unchanged$/);
    assert.match(renderDiff(diffOf(same, same), true, plain), /treasury +eip155:1 +USDC +unchanged +1\.5 +1\.5 +0/);
  });

  it("says unknown where a side could not read, and warns of it", () => {
    const failed = snapshot([holding({ answer: { kind: "source_failed" } })]);
    const text = renderDiff(diffOf(snapshot([holding({})]), failed, false), false, plain);
    assert.match(text, /unknown +1\.5 +source failed/);
    assert.match(text, /warning: run:bbbbbbbbbbbb is not complete/);
  });

  it("shows a token that changed its decimals in raw numbers, and signs what grew", () => {
    const text = renderDiff(
      diffOf(snapshot([holding({ value: 1n, decimals: 6, account: ada })]), snapshot([holding({ value: 3n, decimals: 18 })])),
      false,
      plain,
    );
    assert.match(text, /changed +0\.000001 +0\.000000000000000003 +\+2 raw/);
  });
});
