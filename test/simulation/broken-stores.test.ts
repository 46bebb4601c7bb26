/** The simulation can fail: a store that breaks a rule is found out within a few worlds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store } from "../../src/kernel/store.ts";
import {
  withAlteredFacts,
  withKindHeartbeats,
  withShortReads,
  withoutConflicts,
  withoutFences,
  withoutPokes,
  withoutTimers,
} from "./broken-stores.ts";
import { planScenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";

const worlds = 60;

const cases: readonly (readonly [string, (store: Store) => Store, RegExp])[] = [
  ["does not check fences", withoutFences, /stale fence/],
  ["loses the wake-ups of signals, cancels and resumes", withoutPokes, /something to do now, but/],
  ["loses the wake-ups of timers and retries", withoutTimers, /something to do .*, but nothing wakes it/],
  ["reports as appended what did not fit", withoutConflicts, /an append on another head was accepted|is not in the stream/],
  ["confirms leases that were lost", withKindHeartbeats, /kept a lease/],
  ["alters what was recorded", withAlteredFacts, /HISTORY_INVALID|altered/],
  ["forgets the end of a run", withShortReads, /stream|not what/],
];

describe("simulation: a store is found out that", () => {
  for (const [name, breakStore, expected] of cases) {
    it(name, async () => {
      for (let seed = 0; seed < worlds; seed++) {
        const { violations } = await simulate(planScenario(seed), { breakStore });
        // What follows from the fault may be noticed before the fault itself.
        if (violations.some((violation) => expected.test(violation))) return;
      }
      assert.fail(`not within ${worlds} worlds`);
    });
  }
});
