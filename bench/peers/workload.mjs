/** The work every peer does, and how it is timed: the only file to read when asking whether two numbers compare. */
import assert from "node:assert/strict";

export const STEPS = 10;
export const AT_ONCE = 32;
const WARM_UP = 20;

/** @typedef {{ sequential: number, concurrent: number }} Counts how many workflows to time in each part */

/** What step `step` of workflow `run` returns: a small JSON value, as every peer must store one per step. */
export function stepResult(run, step) {
  return { run, step, value: run + step };
}

/** What the workflow returns: the sum of its steps' values. It comes out right only if all ten results came back. */
export function expectedResult(run) {
  return STEPS * run + (STEPS * (STEPS - 1)) / 2;
}

/**
 * Times start -> result of the ten-step workflow, one after another and then 32 at once.
 * @param {(run: number) => Promise<number>} runWorkflow starts workflow `run` and resolves to its result
 * @param {Counts} counts
 */
export async function measureWorkflows(runWorkflow, counts) {
  let run = 0;
  const next = async () => {
    const id = run++;
    assert.equal(
      await runWorkflow(id),
      expectedResult(id),
      "the workflow lost or repeated a step's result",
    );
  };
  await drive(next, WARM_UP, 1);
  const one = await drive(next, counts.sequential, 1);
  await drive(next, AT_ONCE, AT_ONCE);
  const many = await drive(next, counts.concurrent, AT_ONCE);
  return {
    sequential: {
      workflowsPerSecond: round(one.perSecond),
      p50Ms: round(percentile(one.durations, 0.5)),
      perStepMs: round(percentile(one.durations, 0.5) / STEPS),
    },
    concurrent: {
      runs: AT_ONCE,
      stepsPerSecond: round(many.perSecond * STEPS),
      p50Ms: round(percentile(many.durations, 0.5)),
    },
  };
}

/**
 * Does `job` `count` times, at most `width` at once.
 * @param {(lane: number) => Promise<void>} job
 * @returns {Promise<{ perSecond: number, durations: number[] }>} durations in ms, sorted
 */
export async function drive(job, count, width) {
  const durations = [];
  let left = count;
  const lane = async (index) => {
    while (left > 0) {
      left -= 1;
      const start = performance.now();
      await job(index);
      durations.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: width }, (_, index) => lane(index)));
  const seconds = (performance.now() - start) / 1_000;
  assert.equal(durations.length, count);
  return { perSecond: count / seconds, durations: durations.sort((a, b) => a - b) };
}

export function percentile(sorted, fraction) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

export function round(value) {
  return Number(value.toPrecision(4));
}
