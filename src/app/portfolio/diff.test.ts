import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type Change, type ChangeKind, diffSnapshots } from "./diff.ts";
import { indexSnapshot } from "./snapshot-index.ts";
import { ada, anySnapshot, dai, holding, snapshot } from "../../../test/portfolio/snapshots.ts";

const usd = (value: string): { readonly quote: string; readonly value: string }[] => [{ quote: "USD", value }];
const only = ({ changes }: ReturnType<typeof diffSnapshots>): Change => {
  assert.equal(changes.length, 1);
  return changes[0] as Change;
};
const zero = [{ account: ada, native: false, tokens: ["0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"] }] as never;

describe("portfolio diff", () => {
  it("says how much a balance changed, raw and in units, and by how much its value did", () => {
    const change = only(
      diffSnapshots(
        snapshot([holding({ value: 1_500_000n, values: usd("1.5") })]),
        snapshot([holding({ value: 1_000_000n, values: usd("0.9") })]),
      ),
    );
    assert.deepEqual(
      [change.kind, change.label, change.symbol, change.delta, change.values],
      ["changed", "treasury", "USDC", { raw: "-500000", amount: "-0.5" }, [{ quote: "USD", delta: "-0.6" }]],
    );
  });

  it("tells new from gone, and both from what was not looked at", () => {
    const [holds, none, elsewhere] = [snapshot([holding({ values: usd("1.5") })]), snapshot([], { zero }), snapshot([])];
    const cases: readonly (readonly [typeof holds, typeof holds, ChangeKind])[] = [
      [none, holds, "new"],
      [holds, none, "gone"],
      [elsewhere, holds, "not_looked_at"],
      [holds, elsewhere, "not_looked_at"],
    ];
    for (const [before, after, kind] of cases) assert.equal(only(diffSnapshots(before, after)).kind, kind);
    assert.deepEqual(only(diffSnapshots(holds, none)).values, [{ quote: "USD", delta: "-1.5" }]);
    assert.equal(only(diffSnapshots(holds, elsewhere)).delta, null);
    assert.deepEqual(diffSnapshots(none, elsewhere).changes, []);
  });

  it("calls unknown what one side could not read, also where its whole network failed", () => {
    const holds = snapshot([holding({})]);
    const failed = snapshot([holding({ answer: { kind: "source_failed" } })]);
    const { networks, lookedAt } = holds.report;
    const down = snapshot([], { report: { networks: [{ kind: "source_failed", network: "eip155:1", missing: 3 }], lookedAt } });
    for (const other of [failed, down]) {
      assert.equal(only(diffSnapshots(holds, other)).kind, "unknown");
      assert.equal(only(diffSnapshots(other, holds)).kind, "unknown");
    }
    assert.equal(only(diffSnapshots(failed, failed)).kind, "unknown_in_both");
    assert.deepEqual(
      diffSnapshots(holds, down).networks.map(({ before, after }) => [before?.number, after]),
      [["100", null]],
    );
    assert.equal(networks[0]?.kind, "pinned");
  });

  it("gives no difference in units where a token changed its decimals", () => {
    const change = only(diffSnapshots(snapshot([holding({ value: 10n, decimals: 6 })]), snapshot([holding({ value: 20n, decimals: 18 })])));
    assert.deepEqual([change.kind, change.delta], ["changed", { raw: "10", amount: null }]);
  });

  it("keeps assets apart by their contract, whatever they call themselves", () => {
    const { changes } = diffSnapshots(snapshot([holding({})]), snapshot([holding({ asset: { kind: "erc20", address: dai } })]));
    assert.deepEqual(
      changes.map(({ kind, contract }) => [kind, contract === dai]),
      [
        ["not_looked_at", false],
        ["not_looked_at", true],
      ],
    );
  });
});

const mirrored: { readonly [kind in ChangeKind]: ChangeKind } = {
  changed: "changed",
  new: "gone",
  gone: "new",
  not_looked_at: "not_looked_at",
  unknown: "unknown",
  unchanged: "unchanged",
  unknown_in_both: "unknown_in_both",
};
const negate = (text: string): string => (text === "0" ? text : text.startsWith("-") ? text.slice(1) : `-${text}`);
const byPlace = (left: Change, right: Change): number => (`${left.account}${left.contract}` < `${right.account}${right.contract}` ? -1 : 1);

describe("portfolio diff: laws", () => {
  it("a snapshot and itself differ in nothing", () => {
    fc.assert(
      fc.property(anySnapshot, (one) =>
        diffSnapshots(one, one).changes.every(({ kind }) => kind === "unchanged" || kind === "unknown_in_both"),
      ),
    );
  });

  it("the other way round, everything is the other way round", () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (one, other) => {
        const forth = diffSnapshots(one, other).changes.toSorted(byPlace);
        const back = diffSnapshots(other, one).changes.toSorted(byPlace);
        assert.deepEqual(
          back.map(({ kind, before, after, delta, values }) => ({ kind, before, after, delta, values })),
          forth.map(({ kind, before, after, delta, values }) => ({
            kind: mirrored[kind],
            before: after,
            after: before,
            delta: delta === null ? null : { raw: negate(delta.raw), amount: delta.amount === null ? null : negate(delta.amount) },
            values: values.map(({ quote, delta: moved }) => ({ quote, delta: negate(moved) })),
          })),
        );
      }),
    );
  });

  it("gone is only what the later side looked at and the chain called zero", () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (before, after) => {
        const seen = indexSnapshot(after);
        for (const { kind, network, account, contract } of diffSnapshots(before, after).changes) {
          if (kind !== "gone") continue;
          const found = seen.get(`${network} ${account} ${contract ?? "native"}`)?.found;
          assert.ok(found?.kind === "number" && found.raw === 0n);
        }
      }),
    );
  });

  it("counts every row once", () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (one, other) => {
        const { changes, counts } = diffSnapshots(one, other);
        return Object.values(counts).reduce((sum, count) => sum + count, 0) === changes.length;
      }),
    );
  });
});
