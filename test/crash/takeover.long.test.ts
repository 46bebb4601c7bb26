/** Two hundred kills of workers that drive fifty runs. */
import { test } from "node:test";
import { startServer } from "../postgres/servers.ts";
import { killWorkers } from "./takeover.ts";

const size = { runs: 50, kills: 200, seed: Number(process.env["MFM_CRASH_SEED"] ?? Date.now() % 1_000_000) };

test("200 kills, 50 runs: every run ends, no step is completed twice", { timeout: 900_000 }, async () => {
  await killWorkers({ backend: "SQLite", ...size });
});

test("200 kills, 50 runs, PostgreSQL crashing meanwhile: every run ends, no step is completed twice", { timeout: 900_000 }, async () => {
  await killWorkers({ backend: "PostgreSQL", server: await startServer(), ...size });
});

test(
  "four workers killed again and again, PostgreSQL crashing meanwhile, 2,000 runs: every run ends, nothing happens twice",
  { timeout: 1_800_000 },
  async () => {
    const many = { runs: 2000, kills: 200, workers: 4, longestLife: 900, killsPerCrash: 3, seed: size.seed };
    await killWorkers({ backend: "PostgreSQL", server: await startServer(), ...many });
  },
);
