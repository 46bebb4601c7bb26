/** Two hundred kills of workers that drive fifty runs. */
import { test } from "node:test";
import { killWorkers } from "./takeover.ts";

test("200 kills, 50 runs: every run ends, no step is completed twice", { timeout: 900_000 }, async () => {
  await killWorkers({ runs: 50, kills: 200, seed: Number(process.env["MFM_CRASH_SEED"] ?? Date.now() % 1_000_000) });
});
