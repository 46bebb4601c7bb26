/** Simulating seeds of worlds with a chain. */
import { planChainScenario } from "./scenario.ts";
import { type ChainOutcome, ChainWorld } from "./world.ts";

export async function simulateChain(seed: number): Promise<ChainOutcome> {
  const world = new ChainWorld(planChainScenario(seed));
  try {
    return await world.live();
  } catch (error) {
    return {
      violations: [`the simulation threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`],
      seen: world.seen,
    };
  }
}

/**
 * Simulates seeds in order; how often what happened in all of them.
 * @throws Error at the first that fails, with its seed
 */
export async function simulateChains(from: number, to: number): Promise<ReadonlyMap<string, number>> {
  const total = new Map<string, number>();
  for (let seed = from; seed < to; seed++) {
    const { violations, seen } = await simulateChain(seed);
    if (violations.length > 0)
      throw new Error([`seed ${seed} fails: ${JSON.stringify(planChainScenario(seed))}`, ...violations.slice(0, 20)].join("\n"));
    for (const [what, times] of seen) total.set(what, (total.get(what) ?? 0) + times);
  }
  return total;
}
