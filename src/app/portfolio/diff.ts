/**
 * What changed between two snapshots, row by row. Pure. A balance that is missing on one side went to zero only where that side looked at it
 * and the chain said so: not looked at and failed are said as such, never as gone.
 */
import { add, fromUnits } from "../../states/portfolio/decimals.ts";
import { type Known, type LookedAt, indexSnapshot } from "./snapshot-index.ts";
import type { Snapshot } from "../../states/portfolio/snapshot.ts";

export type ChangeKind =
  | "changed"
  | "new"
  | "gone"
  /** The other side holds something there. */
  | "not_looked_at"
  /** One side has no number, because a source or the contract gave none. */
  | "unknown"
  | "unchanged"
  /** Neither side has a number. */
  | "unknown_in_both";

/** A side of a row, ready for JSON: a raw integer as text where the chain gave a number. */
export type Side =
  | { readonly kind: "not_looked_at" }
  | { readonly kind: "no_number"; readonly answer: string }
  | { readonly kind: "number"; readonly raw: string; readonly amount: string | null };

export interface Change {
  readonly kind: ChangeKind;
  readonly network: string;
  readonly account: string;
  readonly label: string | null;
  /** Null: the network's own asset. */
  readonly contract: string | null;
  readonly symbol: string | null;
  readonly before: Side;
  readonly after: Side;
  /** After less before; null where one of them is not known. In units of the asset only where its decimals stayed the same. */
  readonly delta: { readonly raw: string; readonly amount: string | null } | null;
  /** By quote, where both sides have a value; zero is worth zero. */
  readonly values: readonly { readonly quote: string; readonly delta: string }[];
}

/** Which blocks a network's rows compare; null: that side has none. */
export interface NetworkChange {
  readonly network: string;
  readonly before: BlockView | null;
  readonly after: BlockView | null;
}

interface BlockView {
  readonly number: string;
  readonly hash: string;
  readonly timestamp: string;
}

export interface SnapshotDiff {
  readonly networks: readonly NetworkChange[];
  /** Every row that either side looked at and that is zero or absent on not both. */
  readonly changes: readonly Change[];
  readonly counts: { readonly [kind in ChangeKind]: number };
}

export function diffSnapshots(before: Snapshot, after: Snapshot): SnapshotDiff {
  const [left, right] = [indexSnapshot(before), indexSnapshot(after)];
  const keys = [...new Set([...left.keys(), ...right.keys()])];
  const changes = keys.flatMap((key) => {
    const [from, to] = [left.get(key), right.get(key)];
    const change = compare(from ?? unreadOn(before, to), to ?? unreadOn(after, from));
    return change === undefined ? [] : [change];
  });
  const counts = { changed: 0, new: 0, gone: 0, not_looked_at: 0, unknown: 0, unchanged: 0, unknown_in_both: 0 };
  for (const { kind } of changes) counts[kind]++;
  return { networks: networksOf(before, after), changes, counts };
}

/** Where a whole network failed, its balances were asked for, whether or not the snapshot has a row for each. */
function unreadOn({ report }: Snapshot, other: LookedAt | undefined): LookedAt | undefined {
  if (other === undefined) return undefined;
  const hasFailed = report.networks.some(({ kind, network }) => kind === "source_failed" && network === other.network);
  const isAsked = report.lookedAt.accounts.some(({ address }) => address === other.account);
  return hasFailed && isAsked ? { ...other, found: { kind: "none", answer: "source_failed" } } : undefined;
}

/** Undefined for what is nothing on both sides, as far as they looked. */
function compare(before: LookedAt | undefined, after: LookedAt | undefined): Change | undefined {
  const place = after ?? before;
  const kind = kindOf(before?.found, after?.found);
  if (place === undefined || kind === undefined) return undefined;
  const [left, right] = [numberOf(before), numberOf(after)];
  const { network, account, contract } = place;
  return {
    kind,
    network,
    account,
    label: after?.label ?? before?.label ?? null,
    contract,
    symbol: symbolOf(after) ?? symbolOf(before),
    before: sideOf(before),
    after: sideOf(after),
    delta: left === undefined || right === undefined ? null : deltaOf(left, right),
    values: left === undefined || right === undefined ? [] : valueDeltas(left, right),
  };
}

function kindOf(before: LookedAt["found"] | undefined, after: LookedAt["found"] | undefined): ChangeKind | undefined {
  if (before === undefined || after === undefined) {
    const other = before ?? after;
    return other?.kind === "number" && other.raw === 0n ? undefined : "not_looked_at";
  }
  if (before.kind === "none" || after.kind === "none") return before.kind === after.kind ? "unknown_in_both" : "unknown";
  if (before.raw === after.raw) return before.raw === 0n ? undefined : "unchanged";
  if (before.raw === 0n) return "new";
  return after.raw === 0n ? "gone" : "changed";
}

function numberOf(side: LookedAt | undefined): Known | undefined {
  return side?.found.kind === "number" ? side.found : undefined;
}

function symbolOf(side: LookedAt | undefined): string | null {
  return side?.symbol ?? null;
}

function sideOf(side: LookedAt | undefined): Side {
  if (side === undefined) return { kind: "not_looked_at" };
  const { found } = side;
  if (found.kind === "none") return { kind: "no_number", answer: found.answer };
  return { kind: "number", raw: found.raw.toString(), amount: found.raw === 0n ? "0" : (found.amount ?? null) };
}

function deltaOf(before: Known, after: Known): Change["delta"] {
  const raw = after.raw - before.raw;
  // Zero has no decimals of its own.
  const decimals = before.raw === 0n ? after.decimals : after.raw === 0n ? before.decimals : same(before.decimals, after.decimals);
  return { raw: raw.toString(), amount: decimals === undefined ? null : fromUnits(raw, decimals) };
}

function same(left: number | undefined, right: number | undefined): number | undefined {
  return left === right ? left : undefined;
}

function valueDeltas(before: Known, after: Known): Change["values"] {
  const quotes = [...new Set([...before.values.keys(), ...after.values.keys()])];
  return quotes.flatMap((quote) => {
    const [left, right] = [valueOf(before, quote), valueOf(after, quote)];
    return left === undefined || right === undefined ? [] : [{ quote, delta: add(right, negated(left)) }];
  });
}

function valueOf({ raw, values }: Known, quote: string): string | undefined {
  return raw === 0n ? "0" : values.get(quote);
}

function negated(decimal: string): string {
  if (decimal === "0") return decimal;
  return decimal.startsWith("-") ? decimal.slice(1) : `-${decimal}`;
}

function networksOf(before: Snapshot, after: Snapshot): readonly NetworkChange[] {
  const names = [...new Set([...before.report.networks, ...after.report.networks].map(({ network }) => network))];
  return names.map((network) => ({ network, before: blockOf(before, network), after: blockOf(after, network) }));
}

function blockOf({ report }: Snapshot, network: string): BlockView | null {
  const found = report.networks.find((entry) => entry.network === network);
  if (found?.kind !== "pinned") return null;
  return { number: found.block.number.toString(), hash: found.block.hash, timestamp: found.timestamp };
}
