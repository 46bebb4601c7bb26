/** Simulating a seed: lives its world, judges what is left, and explains a failure so that it can be reproduced. */
import { judge } from "./judge.ts";
import { type Scenario, planScenario, simplify } from "./scenario.ts";
import { undisturbed } from "./undisturbed.ts";
import { World, type WorldOptions } from "./world.ts";

export interface Simulated {
  /** What was broken; empty when every rule held. */
  readonly violations: readonly string[];
  /** How often what happened. */
  readonly seen: ReadonlyMap<string, number>;
}

export async function simulate(scenario: Scenario, options: WorldOptions = {}): Promise<Simulated> {
  const world = new World(scenario, options);
  const { witness } = world;
  try {
    await world.live();
    if (witness.violations.length === 0) await judge(world, await undisturbed(scenario));
  } catch (error) {
    witness.violate(`the simulation threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return witness;
}

/**
 * Simulates seeds in order; how often what happened in all of them.
 * @throws Error at the first that fails, with its seed, the smallest world found that fails, and what happened in it
 */
export async function simulateSeeds(from: number, to: number): Promise<ReadonlyMap<string, number>> {
  const total = new Map<string, number>();
  for (let seed = from; seed < to; seed++) {
    const scenario = planScenario(seed);
    const { violations, seen } = await simulate(scenario);
    if (violations.length > 0) throw new Error(await explain(scenario));
    for (const [what, times] of seen) total.set(what, (total.get(what) ?? 0) + times);
  }
  return total;
}

async function explain(scenario: Scenario): Promise<string> {
  const { seed } = scenario;
  const smallest = await shrink(scenario);
  const log: string[] = [];
  const { violations } = await simulate(smallest, { log: (line) => log.push(line) });
  return [
    `seed ${seed} fails (MFM_SIMULATION_SEED=${seed} npm test -- simulation reruns it alone)`,
    `the smallest world found that fails: ${JSON.stringify(smallest)}`,
    ...log.slice(-200),
    ...(violations.length === 0 ? ["It did not fail again: something in it does not follow from the seed."] : violations),
  ].join("\n");
}

const worldsToShrink = 100;

/** Leaves out one thing after the other as long as it still fails. */
async function shrink(scenario: Scenario): Promise<Scenario> {
  let smallest = scenario;
  let candidates = simplify(smallest);
  for (let worlds = 0; worlds < worldsToShrink; worlds++) {
    const candidate = candidates.shift();
    if (candidate === undefined) return smallest;
    if ((await simulate(candidate)).violations.length === 0) continue;
    smallest = candidate;
    candidates = simplify(smallest);
  }
  return smallest;
}
