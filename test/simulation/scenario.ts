/** A scenario: everything about a simulated world that a seed fixes before it starts, as data, so that it can be made smaller. */
import { Chance } from "./chance.ts";
import type { Config } from "./ops.ts";

export interface RootPlan {
  readonly op: "leaf" | "branch" | "root";
  readonly config: Config;
  /** Milliseconds after the beginning. */
  readonly startAt: number;
  /** Driven by the process that starts it, or left to workers. */
  readonly mode: "foreground" | "detached";
}

/** How often (0 to 1 where nothing else is said) each fault happens until the calm. 0: never. */
export interface Faults {
  /** What a message between a process and the store takes at most. */
  readonly latencyMs: number;
  /** Messages that take up to `slowMs` instead. */
  readonly slow: number;
  readonly slowMs: number;
  readonly refused: number;
  readonly full: number;
  readonly unacknowledged: number;
  readonly late: number;
  /** Heartbeats that are lost or come late. */
  readonly heartbeats: number;
  /** Moments (ports.ts) at which a process crashes. */
  readonly crashes: number;
  /** Process crashes, freezes and graceful stops per second of the whole world. */
  readonly crashesPerSecond: number;
  readonly freezesPerSecond: number;
  readonly stopsPerSecond: number;
  /** Calls of a backend that fail, answer garbage, or take too long. */
  readonly backend: number;
  /** Whether steps may take their process down. */
  readonly deadly: boolean;
  /** Each process's clock differs from the store's by up to this much. */
  readonly skewMs: number;
  /** Appends after which a snapshot is written. */
  readonly snapshots: number;
}

export interface Scenario {
  readonly seed: number;
  readonly roots: readonly RootPlan[];
  readonly workers: number;
  /** Workers beside them that lack a backend, and so can drive only some of the runs. */
  readonly lackingWorkers: number;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly faults: Faults;
  /** Acts of persons, each per look at a run. */
  readonly operator: {
    readonly cancels: number;
    readonly takeOvers: number;
    /** Signals that are never sent, and paused runs that nobody resumes. */
    readonly withheld: number;
    readonly early: number;
  };
  /** No fault happens after this many milliseconds. */
  readonly calmAt: number;
}

export const noFaults: Faults = {
  latencyMs: 2,
  slow: 0,
  slowMs: 0,
  refused: 0,
  full: 0,
  unacknowledged: 0,
  late: 0,
  heartbeats: 0,
  crashes: 0,
  crashesPerSecond: 0,
  freezesPerSecond: 0,
  stopsPerSecond: 0,
  backend: 0,
  deadly: false,
  skewMs: 0,
  snapshots: 0,
};

/** Each world has some kinds of faults and not others: rare combinations come up more often than if all had all. */
export function planScenario(seed: number): Scenario {
  const chance = new Chance(seed).fork("scenario");
  const rate = (most: number): number => (chance.is(0.5) ? chance.unit() * most : 0);
  const calmAt = chance.int(3000, 12_000);
  const faults: Faults = {
    latencyMs: chance.pick([2, 20, 100]),
    slow: rate(0.1),
    slowMs: chance.int(50, 2000),
    refused: rate(0.05),
    full: rate(0.03),
    unacknowledged: rate(0.2),
    late: rate(0.2),
    heartbeats: rate(0.8),
    crashes: rate(0.02),
    crashesPerSecond: rate(0.5),
    freezesPerSecond: rate(0.7),
    stopsPerSecond: rate(0.3),
    backend: rate(0.5),
    deadly: chance.is(0.5),
    skewMs: chance.is(0.3) ? chance.int(1, 2000) : 0,
    snapshots: rate(0.5),
  };
  return {
    seed,
    roots: Array.from({ length: chance.pick([1, 2, 3], [5, 3, 1]) }, () => planRoot(chance, calmAt)),
    workers: chance.int(2, 3),
    lackingWorkers: chance.is(0.15) ? 1 : 0,
    concurrency: chance.int(1, 4),
    leaseMs: chance.pick([600, 1500, 3000]),
    faults,
    operator: { cancels: rate(0.05), takeOvers: rate(0.05), withheld: rate(0.4), early: rate(0.5) },
    calmAt,
  };
}

function planRoot(chance: Chance, calmAt: number): RootPlan {
  const shape = chance.pick(["mixed", "family", "wide", "crowd"] as const, [70, 30, 4, 0.2]);
  return {
    op: chance.pick(["leaf", "branch", "root"] as const, [2, 3, 3]),
    config: { seed: chance.int(0, 2 ** 31), shape },
    startAt: chance.int(0, Math.floor(calmAt / 3)),
    mode: chance.pick(["foreground", "detached"] as const),
  };
}

/** The same scenario with one thing less, for each thing that can be left out: to find which ones a failure needs. */
export function simplify(scenario: Scenario): Scenario[] {
  const smaller: Scenario[] = [];
  const { roots, faults, operator } = scenario;
  if (roots.length > 1) for (const left of roots) smaller.push({ ...scenario, roots: roots.filter((root) => root !== left) });
  for (const name of Object.keys(faults) as (keyof Faults)[]) {
    if (name === "slowMs" || faults[name] === noFaults[name]) continue;
    smaller.push({ ...scenario, faults: { ...faults, [name]: noFaults[name] } });
  }
  for (const name of Object.keys(operator) as (keyof Scenario["operator"])[]) {
    if (operator[name] !== 0) smaller.push({ ...scenario, operator: { ...operator, [name]: 0 } });
  }
  if (scenario.lackingWorkers > 0) smaller.push({ ...scenario, lackingWorkers: 0 });
  if (scenario.workers > 1) smaller.push({ ...scenario, workers: scenario.workers - 1 });
  if (scenario.concurrency > 1) smaller.push({ ...scenario, concurrency: 1 });
  return smaller;
}
