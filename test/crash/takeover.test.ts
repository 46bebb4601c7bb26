/** The short form of the kills in `takeover.long.test.ts`. */
import { test } from "node:test";
import { killWorkers } from "./takeover.ts";

test("workers killed at random points: every run ends, no step is completed twice", { timeout: 120_000 }, async () => {
  await killWorkers({ runs: 12, kills: 16, seed: 20_261 });
});
