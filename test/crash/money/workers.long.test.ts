/** 300 random kills across two workers, and 20 workers with 500 payments from one account. */
import { describe, it } from "node:test";
import { backends } from "../places.ts";
import { killWorkers, shareLane } from "./workers.ts";

const kills = 300;

describe("payouts by workers, long", { timeout: 4 * 3_600_000 }, () => {
  it(`${kills} random kills: each recipient is paid exactly once`, async () => {
    let left = kills;
    for (let round = 0; left > 0; round++)
      left -= await killWorkers(backends[round % 2] ?? "SQLite", { lines: 50, seed: round, kills: Math.min(left, 20) });
  });
  for (const backend of backends)
    it(`on ${backend}, 20 workers, one account, 500 payments: 500 mined, nonces dense, each once`, () =>
      shareLane(backend, { workers: 20, payments: 500 }));
});
