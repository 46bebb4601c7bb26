/** 20,000 worlds with a chain. */
import { describe, it } from "node:test";
import { simulateChains } from "./simulate.ts";

describe("simulation of ledger and chain, long", { timeout: 4 * 3_600_000 }, () => {
  for (let from = 0; from < 20_000; from += 1000)
    it(`seeds ${from} to ${from + 999}`, async () => void (await simulateChains(from, from + 1000)));
});
