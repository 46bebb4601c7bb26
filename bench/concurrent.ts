/** 32 runs at once in one process on one store, beside the peers that do the same on theirs. */
import { runChain, withEngine } from "./engine.ts";
import { bareCommitsPerSecond } from "./floor.ts";
import { type Line, type Reference, lineOf } from "./line.ts";
import { inParallel, mean, median, repeat, time } from "./measure.ts";
import { type PeerEntry, isMeasuredPeer, measurePeers } from "./peers.ts";
import { inScratch } from "./scratch.ts";
import { stepsPerRun } from "./workload.ts";

/** As in `bench/peers/workload.mjs`. */
const atOnce = 32;
const runs = 320;
const warmUp = 20;

/** Steps per second of real time, on a fresh store. */
function measureMfm(rounds: number): Promise<number> {
  return inScratch((folder) =>
    withEngine(folder, async ({ runtime }) => {
      const some = (count: number, width: number): Promise<number> =>
        time(() => inParallel(count, width, () => runChain(runtime, stepsPerRun)));
      await some(warmUp, 1);
      await some(atOnce, atOnce);
      return median(await repeat(rounds, async () => (runs * stepsPerRun * 1000) / (await some(runs, atOnce))));
    }),
  );
}

export interface Concurrent {
  readonly lines: readonly Line[];
  readonly peers: readonly PeerEntry[];
}

/** With the peers, MFM is measured right before and right after them: the machine's load moves all of them. */
export async function measureConcurrent(isQuick: boolean, withPeers: boolean): Promise<Concurrent> {
  const rounds = isQuick ? 3 : 5;
  const before = await measureMfm(rounds);
  const peers = withPeers ? await measurePeers() : [];
  const value = { amount: withPeers ? mean([before, await measureMfm(rounds)]) : before, unit: "steps/s" };
  const commits: Reference = { amount: await bareCommitsPerSecond(), unit: "commits/s", what: "bare" };
  const base = { benchmark: "concurrent", measure: `${stepsPerRun}-step runs, ${atOnce} at once` };
  const note = withPeers
    ? `mean of ${value.amount.toFixed(0)} from right before and right after the peers`
    : `median of ${rounds} times ${runs} runs; the bar needs the peers: npm ci --prefix bench/peers`;
  const lines = [lineOf({ ...base, value, reference: commits, note })];
  for (const entry of peers) {
    if (isMeasuredPeer(entry)) {
      const { stepsPerSecond, p50Ms } = entry.concurrent;
      const reference = { amount: stepsPerSecond, unit: "steps/s", what: entry.engine };
      const note = `${entry.engine} ${entry.version} on ${entry.store}: ${p50Ms} ms per run at ${atOnce}, ${entry.sequential.perStepMs} ms per step one at a time`;
      lines.push(lineOf({ ...base, value, reference, bar: { on: "ratio", limit: 5, sense: "at least" }, note }));
    } else if ("error" in entry) {
      lines.push(lineOf({ ...base, value, note: `${entry.engine} could not run here: ${String(entry.error)}` }));
    }
  }
  return { lines, peers };
}
