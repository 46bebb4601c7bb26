/** What happens in a simulated world with a chain, drawn from a seed: runs that pay, a chain with its troubles, processes with theirs. */
import { Chance } from "../chance.ts";
import { type Faults, noFaults } from "../scenario.ts";
import type { ChainRules } from "./chain.ts";
import type { ViewFaults } from "./view.ts";

export interface ChainTroubles {
  /** Per block. */
  readonly reorgs: number;
  readonly foreigns: number;
  readonly drops: number;
  readonly feeSpikes: number;
  readonly authorizations: number;
}

export interface Undoing {
  /** The line after which it fails, where it does so by itself. */
  readonly failsAfter?: number;
  /** The line that nothing pays back: people decide about it. */
  readonly keeps?: number;
}

export interface PayingRun {
  /** How many payments it makes. */
  readonly lines: number;
  readonly startAt: number;
  readonly cancelAt: number | null;
  /** Null: nothing is paid back where it fails. */
  readonly undo: Undoing | null;
}

export interface ChainScenario {
  readonly seed: number;
  readonly runs: readonly PayingRun[];
  readonly workers: number;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly faults: Faults;
  readonly rules: ChainRules;
  readonly blockMs: number;
  readonly troubles: ChainTroubles;
  readonly views: readonly ViewFaults[];
  readonly window: number;
  readonly renewals: number;
  readonly replaceAfterBlocks: number;
  readonly finality: "tag" | "depth";
  /** When the store is backed up, and when that backup takes its place; null: never. What the signer remembers is not restored. */
  readonly restore: { readonly backedUpAt: number; readonly restoredAt: number } | null;
  /** No fault happens after this many milliseconds. */
  readonly calmAt: number;
}

export const noTroubles: ChainTroubles = { reorgs: 0, foreigns: 0, drops: 0, feeSpikes: 0, authorizations: 0 };
export const noViewFaults: ViewFaults = { lag: 0, failing: 0, losing: 0, hiding: 0, racing: 0 };

export function planChainScenario(seed: number): ChainScenario {
  const chance = new Chance(seed).fork("chain scenario");
  const rate = (most: number): number => (chance.is(0.5) ? chance.unit() * most : 0);
  const undoes = new Chance(seed).fork("undo");
  const races = new Chance(seed).fork("racing");
  const reverting = new Chance(seed).fork("reverts");
  const restores = new Chance(seed).fork("restore");
  const undoing = (lines: number): PayingRun["undo"] => {
    if (lines > 4 || !undoes.is(0.25)) return null;
    const failing = undoes.is(0.8) ? { failsAfter: undoes.int(0, lines - 1) } : {};
    return lines > 1 && undoes.is(0.3) ? { ...failing, keeps: undoes.int(0, lines - 1) } : failing;
  };
  // Most worlds are short, so that many can be lived; some have trouble for long.
  const calmAt = chance.int(6_000, chance.pick([30_000, 60_000], [7, 1]));
  const backedUpAt = restores.int(0, calmAt);
  const restore = restores.is(0.15) ? { backedUpAt, restoredAt: restores.int(backedUpAt, calmAt) } : null;
  return {
    seed,
    restore,
    runs: Array.from({ length: chance.pick([1, 2, 3], [6, 3, 1]) }, () => {
      const lines = chance.pick([1, 2, 4, 8], [10, 4, 2, 1]);
      const startAt = chance.int(0, Math.floor(calmAt / 2));
      const cancelAt = chance.is(0.25) ? chance.int(0, calmAt) : null;
      return { lines, startAt, cancelAt, undo: undoing(lines) };
    }),
    workers: chance.int(1, 3),
    concurrency: chance.int(1, 3),
    leaseMs: chance.pick([1500, 3000, 6000]),
    faults: {
      ...noFaults,
      latencyMs: chance.pick([2, 20, 100]),
      refused: rate(0.05),
      unacknowledged: rate(0.1),
      late: rate(0.1),
      heartbeats: rate(0.3),
      crashes: rate(0.02),
      crashesPerSecond: rate(0.2),
      freezesPerSecond: rate(0.2),
      stopsPerSecond: rate(0.1),
      snapshots: rate(0.5),
    },
    rules: {
      finalDepth: chance.int(2, 6),
      inclusion: chance.pick([1, 0.7, 0.4]),
      returns: chance.pick([1, 0.5, 0]),
      reverts: reverting.pick([0, 0.1, 0.5], [7, 2, 1]),
    },
    blockMs: chance.pick([500, 1000, 2000]),
    troubles: { reorgs: rate(0.3), foreigns: rate(0.2), drops: rate(0.2), feeSpikes: rate(0.1), authorizations: rate(0.05) },
    views: Array.from({ length: chance.pick([1, 2, 3], [3, 2, 1]) }, () => ({
      lag: chance.is(0.5) ? chance.int(0, 3) : 0,
      failing: rate(0.3),
      losing: rate(0.2),
      hiding: rate(0.3),
      racing: races.is(0.4) ? races.unit() * 0.5 : 0,
    })),
    window: chance.pick([1, 2, 4]),
    renewals: chance.pick([0, 1, 3, 16]),
    replaceAfterBlocks: chance.pick([0, 2, 4]),
    finality: chance.pick(["tag", "depth"] as const),
    calmAt,
  };
}
