/** Simulating a seed: lives its world, judges what is left, and explains a failure so that it can be reproduced. */
import { judge } from "./judge.ts";
import { type Scenario, planScenario, simplify } from "./scenario.ts";
import { undisturbed } from "./undisturbed.ts";
import { World, type WorldOptions } from "./world.ts";

/** What was broken; empty when every rule held. */
export async function simulate(scenario: Scenario, options: WorldOptions = {}): Promise<readonly string[]> {
  const world = new World(scenario, options);
  try {
    await world.live();
    if (world.witness.violations.length === 0) await judge(world, await undisturbed(scenario));
  } catch (error) {
    world.witness.violate(`the simulation threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return world.witness.violations;
}

/** Simulates seeds in order. @throws at the first that fails, with the seed, the smallest world that fails, and what happened in it */
export async function simulateSeeds(seeds: Iterable<number>): Promise<void> {
  for (const seed of seeds) {
    const scenario = planScenario(seed);
    if ((await simulate(scenario)).length > 0) throw new Error(await explain(scenario));
  }
}

async function explain(scenario: Scenario): Promise<string> {
  const smallest = await shrink(scenario);
  const log: string[] = [];
  const [first, ...more] = await simulate(smallest, { log: (line) => log.push(line) });
  const lines = [
    `seed ${scenario.seed} fails; MFM_SIMULATION_SEED=${scenario.seed} npm test -- simulation runs it alone`,
    `the smallest world found that fails: ${JSON.stringify(smallest)}`,
    ...log.slice(-200),
    `${first ?? "(it did not fail again)"}`,
    ...more,
  ];
  return lines.join("\n");
}

/** Leaves out one thing after the other as long as it still fails. */
async function shrink(scenario: Scenario): Promise<Scenario> {
  let smallest = scenario;
  for (let tries = 0; tries < 60; ) {
    let smaller: Scenario | undefined;
    for (const candidate of simplify(smallest)) {
      tries++;
      if ((await simulate(candidate)).length === 0) continue;
      smaller = candidate;
      break;
    }
    if (smaller === undefined) return smallest;
    smallest = smaller;
  }
  return smallest;
}
