/** Snapshots for tests: made by hand of a few lines, or drawn at random within what the schema allows. */
import * as fc from "fast-check";
import { fromUnits } from "../../src/states/portfolio/decimals.ts";
import type { Snapshot } from "../../src/states/portfolio/snapshot.ts";

type Page = Snapshot["pages"][number];
export type Holding = Page["holdings"][number];

export const ada = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
export const bob = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";
export const usdc = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
export const dai = "0x6B175474E89094C44Da98b954EedeAC495271d0F";
const tokens = [usdc, dai, "0xdAC17F958D2ee523a2206206994597C13D831ec7"] as const;

const hash = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`;

/** A holding with an amount, or with another answer. */
export function holding(given: Partial<Holding> & { readonly value?: bigint }): Holding {
  const { value = 1_500_000n, decimals = 6, ...rest } = given;
  return {
    account: ada,
    asset: { kind: "erc20", address: usdc },
    symbol: "USDC",
    decimals,
    answer: { kind: "ok", value },
    ...((rest.answer?.kind ?? "ok") === "ok" ? { amount: fromUnits(value, decimals) } : {}),
    values: [],
    evidence: { sources: 2, attested: true, proven: false },
    remarks: [],
    ...rest,
  };
}

/** One network, pinned at block 100. */
export function snapshot(
  holdings: readonly Holding[],
  more: { readonly zero?: Page["zero"]; readonly report?: Partial<Snapshot["report"]> } = {},
): Snapshot {
  return {
    report: {
      complete: true,
      lookedAt: {
        accounts: [{ address: ada, label: "treasury" }],
        tokens: [{ network: "eip155:1", count: 3, digest: `sha256:${"a".repeat(64)}` }],
      },
      networks: [
        {
          kind: "pinned",
          network: "eip155:1",
          block: { number: 100n, hash: hash("b") },
          timestamp: "2026-01-31T12:00:00.000Z",
          header: "recomputed",
          sources: 2,
          answered: 3,
          missing: 0,
        },
      ],
      totals: [],
      prices: [],
      unvalued: [],
      unvaluedOmitted: 0,
      ...more.report,
    },
    pages: [{ network: "eip155:1", holdings: [...holdings], zero: [...(more.zero ?? [])] }],
  };
}

/** What one side may know of one asset of one account. */
const fate = fc.oneof(
  fc.constant("absent" as const),
  fc.constant("zero" as const),
  fc.constantFrom("source_failed" as const, "not_attempted" as const, "no_code" as const),
  fc.record({ value: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), decimals: fc.integer({ min: 0, max: 36 }), price: fc.boolean() }),
);

/** A snapshot of one network in which each of two accounts' three tokens fared somehow. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(fc.array(fate, { minLength: 6, maxLength: 6 }), fc.boolean())
  .map(([fates, failed]) => {
    const rows: Holding[] = [];
    const zero: { account: `0x${string}`; native: boolean; tokens: `0x${string}`[] }[] = [];
    for (const [index, found] of fates.entries()) {
      const account = index < 3 ? ada : bob;
      const address = tokens[index % 3] ?? usdc;
      if (found === "absent") continue;
      if (found === "zero") zero.push({ account, native: false, tokens: [address] });
      else if (typeof found === "string") rows.push(holding({ account, asset: { kind: "erc20", address }, answer: { kind: found } }));
      else {
        const { value, decimals, price } = found;
        const values = price ? [{ quote: "USD", value: fromUnits(value * 2n, decimals) }] : [];
        rows.push(holding({ account, asset: { kind: "erc20", address }, value, decimals, values }));
      }
    }
    const accounts = [{ address: ada } as const, { address: bob } as const];
    const lookedAt = { accounts, tokens: [] };
    const down = [{ kind: "source_failed" as const, network: "eip155:1" as const, missing: 1 }];
    return snapshot(rows, { zero, report: failed ? { lookedAt, networks: down } : { lookedAt } });
  });
