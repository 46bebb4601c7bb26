/**
 * The simulation: seeded worlds of processes, persons and faults on one store, in virtual time. `MFM_SIMULATION_SEED=n` lives one world only.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { planScenario } from "./scenario.ts";
import { simulate, simulateSeeds } from "./simulate.ts";

const only = process.env["MFM_SIMULATION_SEED"];

/** What must have happened somewhere in the worlds below, or they would show little. */
const comePast = [
  "RunSucceeded",
  "RunFailed CHILD_FAILED",
  "RunPaused NO_PROGRESS",
  "RunPaused RETRIES_EXHAUSTED",
  "RunResumed",
  "RunCancelled by somebody",
  "RunCancelled by mfm",
  "SignalReceived",
  "ChildStarted",
  "TimerSet",
  "CancelRequested",
  "EffectAbandoned",
  "EffectObserved accepted",
  "EffectObserved included",
  "EffectObserved notFound",
  "EffectObserved removed",
  "EffectObserved unknown",
  "RunFailed EFFECT_REVERTED",
  "StepFailed UNPREPARED",
  "StepFailed CAPABILITY_ANSWER_INVALID",
  "StepFailed CAPABILITY_FAILED",
  "StepFailed STEP_THREW",
  "StepFailed STEP_TIME_LIMIT",
  "append conflict",
  "append fenced",
  "claimed again",
  "taken over",
  "leases lost",
];

describe("simulation", () => {
  if (only !== undefined) {
    it(`seed ${only} keeps every rule`, async () => {
      await simulateSeeds(Number(only), Number(only) + 1);
    });
    return;
  }

  it("300 worlds keep every rule, and come past everything that can happen", async () => {
    const seen = await simulateSeeds(0, 300);
    assert.deepEqual(
      comePast.filter((what) => !seen.has(what)),
      [],
    );
  });

  it("a seed lives the same life each time", async () => {
    const lives = [0, 1].map(async () => {
      const log: string[] = [];
      await simulate(planScenario(1), { log: (line) => log.push(line) });
      return log;
    });
    const [first, second] = await Promise.all(lives);
    assert.ok(first !== undefined && first.length > 20);
    assert.deepEqual(second, first);
  });
});
