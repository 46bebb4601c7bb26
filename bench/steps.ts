/** One run at a time: what a durable step costs, and what a short run costs from start to result. */
import type { Watch } from "../src/kernel/ports.ts";
import { runChain, withEngine } from "./engine.ts";
import { BareCommits, type CommitTimes } from "./floor.ts";
import { type Line, lineOf } from "./line.ts";
import { mean, median, repeat, time } from "./measure.ts";
import { inScratch } from "./scratch.ts";
import { stepsPerRun } from "./workload.ts";

/** Steps at the start of a run that are not yet its steady state. */
const leadIn = 20;

/** The floor before and after, as one: what the disk did meanwhile is between the two. */
async function between(
  floor: BareCommits,
  commits: number,
  work: () => Promise<number>,
): Promise<{ readonly floor: CommitTimes; readonly value: number }> {
  const before = floor.measure(commits);
  const value = await work();
  const after = floor.measure(commits);
  return { value, floor: { mean: mean([before.mean, after.mean]), median: mean([before.median, after.median]) } };
}

/** The mean over a whole run, snapshots and checkpoints included, against the mean of bare commits. */
export async function measureDurableStep(isQuick: boolean): Promise<Line[]> {
  const steps = isQuick ? 150 : 500;
  const times: number[] = [];
  const watch: Watch = (moment) => {
    if (moment.kind === "append.after") times[moment.seq] = performance.now();
  };
  const rounds = await inScratch((folder) =>
    withEngine(
      folder,
      async ({ runtime }) => {
        const floor = new BareCommits(folder);
        const perStep = async (): Promise<number> => {
          await runChain(runtime, steps);
          return ((times[steps - 1] ?? NaN) - (times[leadIn] ?? NaN)) / (steps - 1 - leadIn);
        };
        await between(floor, 200, perStep);
        const measured = await repeat(isQuick ? 5 : 9, () => between(floor, isQuick ? 100 : 250, perStep));
        floor.close();
        return measured;
      },
      watch,
    ),
  );
  const value = median(rounds.map((round) => round.value));
  const commit = median(rounds.map((round) => round.floor.mean));
  return [
    lineOf({
      benchmark: "step",
      measure: "durable step, sequential",
      value: { amount: value, unit: "ms" },
      reference: { amount: commit, unit: "ms", what: "bare commit" },
      ratio: median(rounds.map((round) => round.value / round.floor.mean)),
      bar: { on: "ratio", limit: 2.5, sense: "at most" },
      note: `mean over ${steps} steps wired one to the next, median of ${rounds.length} runs`,
    }),
  ];
}

/** DESIGN's bar is 5 ms where a bare commit costs 0.2 ms. */
const tenStepsInCommits = 5 / 0.2;

export async function measureTenSteps(isQuick: boolean): Promise<Line[]> {
  const runs = isQuick ? 10 : 30;
  const rounds = await inScratch((folder) =>
    withEngine(folder, async ({ runtime }) => {
      const floor = new BareCommits(folder);
      const perRun = async (): Promise<number> => median(await repeat(runs, () => time(() => runChain(runtime, stepsPerRun))));
      await between(floor, 100, perRun);
      const measured = await repeat(isQuick ? 4 : 8, () => between(floor, 100, perRun));
      floor.close();
      return measured;
    }),
  );
  const commit = median(rounds.map((round) => round.floor.median));
  const limit = tenStepsInCommits * commit;
  return [
    lineOf({
      benchmark: "ten-steps",
      measure: `start + ${stepsPerRun} steps + result, sequential`,
      value: { amount: median(rounds.map((round) => round.value)), unit: "ms" },
      reference: { amount: commit, unit: "ms", what: "bare commit" },
      ratio: median(rounds.map((round) => round.value / round.floor.median)),
      bar: { on: "ratio", limit: tenStepsInCommits, sense: "at most", words: `${limit.toFixed(1)} ms` },
      note: `the bar is 5 ms where a commit costs 0.2 ms; median of ${runs * rounds.length} runs, each planned and certified from a config of its own`,
    }),
  ];
}
