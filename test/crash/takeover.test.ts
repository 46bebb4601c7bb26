/** The short form of the kills in `takeover.long.test.ts`. */
import { test } from "node:test";
import { startServer } from "../postgres/servers.ts";
import { killWorkers } from "./takeover.ts";

test("workers killed at random points: every run ends, no step is completed twice", { timeout: 120_000 }, async () => {
  await killWorkers({ backend: "SQLite", runs: 8, kills: 10, seed: 20_261 });
});

test(
  "four workers killed and PostgreSQL crashing meanwhile, 24 runs: every run ends, no step is completed twice",
  { timeout: 120_000 },
  async () => {
    const size = { runs: 24, kills: 6, workers: 4, longestLife: 200, killsPerCrash: 3 };
    await killWorkers({ backend: "PostgreSQL", server: await startServer(), seed: 20_262, ...size });
  },
);
