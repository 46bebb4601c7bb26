/**
 * Worlds with a chain: at most one candidate of an effect is ever included, a renewed intent is never paid twice, and what a ledger claims is
 * what the chain says. 500 seeds here, 20,000 in the long suite.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulateChain, simulateChains } from "./simulate.ts";

const seeds = 500;
const chosen = process.env["MFM_SIMULATION_SEED"];

describe("simulation of ledger and chain", () => {
  it(`${seeds} worlds keep every rule, and everything happens in them`, async () => {
    if (chosen !== undefined) {
      assert.deepEqual((await simulateChain(Number(chosen))).violations, []);
      return;
    }
    const seen = await simulateChains(0, seeds);
    const all = ["reorg", "stranger", "authorization", "seen removed", "seen stuck", "seen notFound", "seen unknown", "EffectAbandoned"];
    const ends = ["settled success", "settled superseded", "settled cancelled", "RunCancelled", "RunPaused"];
    assert.deepEqual(
      [...all, ...ends].filter((what) => !seen.has(what)),
      [],
    );
  });
});
