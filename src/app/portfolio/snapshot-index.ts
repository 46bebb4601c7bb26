/** A snapshot by what was looked at: one entry for each account and asset, zeros included. */
import type { Snapshot } from "../../states/portfolio/snapshot.ts";

export interface Known {
  readonly kind: "number";
  readonly raw: bigint;
  readonly decimals: number | undefined;
  readonly amount: string | undefined;
  /** By quote. */
  readonly values: ReadonlyMap<string, string>;
}

export interface LookedAt {
  readonly network: string;
  readonly account: string;
  readonly label: string | undefined;
  /** Null: the network's own asset. */
  readonly contract: string | null;
  readonly symbol: string | undefined;
  readonly found: Known | { readonly kind: "none"; readonly answer: string };
}

type Holding = Snapshot["pages"][number]["holdings"][number];

/** In the snapshot's order, by a key that is the same in every snapshot. */
export function indexSnapshot({ report, pages }: Snapshot): ReadonlyMap<string, LookedAt> {
  const labels = new Map(report.lookedAt.accounts.map(({ address, label }) => [address, label]));
  const index = new Map<string, LookedAt>();
  const put = (entry: Omit<LookedAt, "label">): void => {
    const label = labels.get(entry.account as `0x${string}`);
    index.set(`${entry.network} ${entry.account} ${entry.contract ?? "native"}`, { ...entry, label });
  };
  for (const { network, holdings: rows, zero } of pages) {
    for (const row of rows) put({ network, account: row.account, contract: contractOf(row), symbol: row.symbol, found: foundOf(row) });
    for (const { account, native, tokens } of zero) {
      const contracts = native ? [null, ...tokens] : tokens;
      for (const contract of contracts) put({ network, account, contract, symbol: undefined, found: nothing });
    }
  }
  return index;
}

const nothing: Known = { kind: "number", raw: 0n, decimals: undefined, amount: "0", values: new Map() };

function contractOf({ asset }: Holding): string | null {
  return asset.kind === "native" ? null : asset.address;
}

function foundOf({ answer, decimals, amount, values }: Holding): LookedAt["found"] {
  if (answer.kind !== "ok") return { kind: "none", answer: answer.kind };
  return { kind: "number", raw: answer.value, decimals, amount, values: new Map(values.map(({ quote, value }) => [quote, value])) };
}
