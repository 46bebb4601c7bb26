/**
 * Worlds with a chain: at most one candidate of an effect is ever included, a renewed intent is never paid twice, what a ledger claims is
 * what the chain says, and of a run that fails and pays back, each payment is paid back once or decided about by people. 500 seeds here, 20,000 in the long suite.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulateChain, simulateChains } from "./simulate.ts";

const seeds = 500;
const atOnce = 25;
const chosen = process.env["MFM_SIMULATION_SEED"];

describe("simulation of ledger and chain", () => {
  if (chosen !== undefined) {
    it(`seed ${chosen}`, async () => assert.deepEqual((await simulateChain(Number(chosen))).violations, []));
    return;
  }
  const seen = new Set<string>();
  for (let from = 0; from < seeds; from += atOnce)
    it(`seeds ${from} to ${from + atOnce - 1} keep every rule`, async () => {
      for (const what of (await simulateChains(from, from + atOnce)).keys()) seen.add(what);
    });

  it("everything happens in them", () => {
    const all = [
      "restored",
      "reorg",
      "stranger",
      "authorization",
      "seen removed",
      "seen stuck",
      "seen notFound",
      "seen unknown",
      "EffectAbandoned",
    ];
    const ends = [
      "settled success",
      "settled reverted",
      "settled superseded",
      "settled cancelled",
      "RunCancelled",
      "RunPaused",
      "RunFailed",
      "RunCompensated",
      "RunResolved",
    ];
    assert.deepEqual(
      [...all, ...ends].filter((what) => !seen.has(what)),
      [],
    );
  });
});
