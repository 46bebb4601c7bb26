/** The simulation at length: 10,000 worlds, other ones than those of every test run. */
import { describe, it } from "node:test";
import { simulateSeeds } from "./simulate.ts";

const worlds = 500;

describe("simulation of 10,000 worlds", () => {
  for (let part = 1; part <= 20; part++) {
    const from = part * 1000;
    it(`seeds ${from} to ${from + worlds - 1} keep every rule`, async () => {
      await simulateSeeds(from, from + worlds);
    });
  }
});
