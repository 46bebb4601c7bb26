/** 300 random kills across two workers, and 20 workers with 500 payments from one account. */
import { describe, it } from "node:test";
import { backends } from "../places.ts";
import { killWorkers, shareLane } from "./workers.ts";

const kills = 300;
/** In one payout, at most. Each is a test of its own: the runner ends what says nothing for ten minutes. */
const atOnce = 20;

describe("payouts by workers, long", { timeout: 4 * 3_600_000 }, () => {
  const killed: number[] = [];
  const left = (): number => kills - killed.reduce((sum, count) => sum + count, 0);
  const kill = async (round: number): Promise<void> => {
    const most = Math.min(left(), atOnce);
    killed.push(await killWorkers(backends[round % 2] ?? "SQLite", { lines: 50, seed: round, kills: most }));
  };
  for (let round = 0; round < kills / atOnce; round++)
    it(`${kills} random kills, round ${round}: each recipient is paid exactly once`, () => kill(round));
  it("the kills that those payouts were too short for: each recipient is paid exactly once", async () => {
    while (left() > 0) await kill(killed.length);
  });
  for (const backend of backends)
    it(`on ${backend}, 20 workers, one account, 500 payments: 500 mined, nonces dense, each once`, (context) =>
      shareLane(context, backend, { workers: 20, payments: 500 }));
});
