/** Workers that share one account, and are killed at random: a short form; the long one has 300 kills, and 20 workers with 500 payments. */
import { describe, it } from "node:test";
import { killWorkers, shareLane } from "./workers.ts";

describe("payouts by workers", { timeout: 120_000 }, () => {
  it("killed at random, each recipient is paid exactly once", async () =>
    void (await killWorkers("SQLite", { lines: 20, seed: 7, kills: 4 })));
  it("on PostgreSQL, three workers on one account give out dense nonces, each payment once", (context) =>
    shareLane(context, "PostgreSQL", { workers: 3, payments: 20 }));
});
