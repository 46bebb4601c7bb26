/** Resuming: claiming a run, reading its stream, checking its chain, folding it, certifying its spec; with and without a snapshot. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { formatInstant } from "../src/kernel/codecs.ts";
import type { Fold } from "../src/kernel/fold.ts";
import type { RunId } from "../src/kernel/names.ts";
import { Batch, settleAppend } from "../src/kernel/runtime/batch.ts";
import { loadFold, writeSnapshot } from "../src/kernel/runtime/history.ts";
import type { Runtime } from "../src/kernel/runtime/runtime.ts";
import type { Store } from "../src/kernel/store.ts";
import { photostructure } from "../src/storages/sqlite/driver.ts";
import { type Engine, runtimeOver, withEngine } from "./engine.ts";
import { type Line, lineOf } from "./line.ts";
import { median, repeat } from "./measure.ts";
import { inScratch } from "./scratch.ts";
import { unfinished } from "./workload.ts";

const events = 600;
/** Of each long history; its other events are attempts that failed. */
const stepsOfLong = 40;
const lengths = [600, 6_000, 20_000];
/** A driver snapshots every 256 events, so a resume finds 128 behind the snapshot on average. */
const tail = 128;

/** From the claim of a run until it would be driven, in milliseconds, by a runtime that has certified nothing yet. */
export async function resume(store: Store, runId: RunId): Promise<number> {
  const stop = new AbortController();
  const start = performance.now();
  let driven: number | undefined;
  const runtime = runtimeOver(store, ({ kind }) => {
    if (kind !== "drive.before") return;
    driven = performance.now();
    stop.abort();
  });
  try {
    await runtime.drive(runId, { idle: "leave", signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  if (driven === undefined) throw new Error("the run was not resumed");
  return driven - start;
}

/** A run that did all its steps and waits: as many events as steps, and the admission. */
async function waitingRun(runtime: Runtime, steps: number): Promise<RunId> {
  const { run } = await runtime.start(unfinished, { run: steps, steps }, { key: `waiting-${steps}`, detach: true });
  const left = await runtime.drive(run.runId, { idle: "leave", signal: new AbortController().signal });
  if (left.head.seq !== steps) throw new Error(`expected ${steps} events after the first, found ${left.head.seq}`);
  return run.runId;
}

/**
 * A run of which half the steps are done, and whose next one failed again and again: made of the kernel's own batches, because waiting
 * for twenty thousand real attempts would take longer than everything else here.
 */
async function failingRun({ runtime, store }: Engine, length: number): Promise<RunId> {
  const { run } = await runtime.start(unfinished, { run: length, steps: stepsOfLong }, { key: `failing-${length}`, detach: true });
  const fold = await loadFold(store, run.runId, { trustSnapshot: false });
  const step = fold.stepAt(fold.ready[0] ?? -1).key;
  while (eventsOf(fold) < length) {
    const batch = new Batch(fold, Date.now());
    const room = Math.min(256, length - tail - eventsOf(fold) > 0 ? length - tail - eventsOf(fold) : length - eventsOf(fold));
    for (let index = 0; index < room; index++) {
      const attempt = fold.attempts(fold.indexOf(step) ?? -1) + 1;
      batch.add({
        type: "StepFailed",
        data: { step, attempt, code: "STEP_THREW", advice: "safe", retry: { kind: "at", at: formatInstant(Date.now()) } },
      });
    }
    const result = await settleAppend(store, batch.append(null, null), () => undefined);
    if (result.kind !== "appended") throw new Error(`an append was answered ${result.kind}`);
    if (eventsOf(fold) === length - tail) await writeSnapshot(store, fold);
  }
  return run.runId;
}

function eventsOf(fold: Fold): number {
  return (fold.head?.seq ?? -1) + 1;
}

/** Snapshots are a cache: without their rows, a resume reads and checks every event. */
function forgetSnapshots(path: string): void {
  const connection = photostructure.open(path, "readWrite");
  connection.exec("delete from snapshots");
  connection.close();
}

/** The first resume of a new process: code that no compiler has seen yet. */
async function resumeInFreshProcess(path: string, runId: RunId): Promise<number> {
  const child = fork(fileURLToPath(new URL("./resume-process.js", import.meta.url)), [path, runId], { timeout: 60_000 });
  const [[milliseconds]] = (await Promise.all([once(child, "message"), once(child, "exit")])) as [[number], unknown];
  return milliseconds;
}

export function measureResume(isQuick: boolean): Promise<Line[]> {
  const times = isQuick ? 9 : 25;
  return inScratch((folder) =>
    withEngine(folder, async (engine) => {
      const { store, runtime, path } = engine;
      const measure = async (runId: RunId): Promise<number> => {
        await repeat(3, () => resume(store, runId));
        return median(await repeat(times, () => resume(store, runId)));
      };
      const waiting = await waitingRun(runtime, events - 1);
      const failing: { readonly length: number; readonly runId: RunId; readonly fromSnapshot: number }[] = [];
      for (const length of isQuick ? lengths.slice(0, 2) : lengths) {
        const runId = await failingRun(engine, length);
        failing.push({ length, runId, fromSnapshot: await measure(runId) });
      }
      forgetSnapshots(path);
      const lines = [await wholeLine(await measure(waiting), () => resumeInFreshProcess(path, waiting), isQuick)];
      for (const { length, runId, fromSnapshot } of failing) {
        const shortest = failing[0]?.fromSnapshot ?? fromSnapshot;
        lines.push(snapshotLine(length, { fromSnapshot, fromStart: await measure(runId), shortest }));
      }
      return lines;
    }),
  );
}

async function wholeLine(amount: number, cold: () => Promise<number>, isQuick: boolean): Promise<Line> {
  const first = median(await repeat(isQuick ? 2 : 5, cold));
  return lineOf({
    benchmark: "resume",
    measure: `resume, ${events} events verified`,
    value: { amount, unit: "ms" },
    bar: { on: "value", limit: 10, sense: "at most" },
    note: `claim, ${events} events, one spec of ${events} steps certified; ${first.toFixed(1)} ms as the first thing a new process does`,
  });
}

interface Measured {
  readonly fromSnapshot: number;
  readonly fromStart: number;
  readonly shortest: number;
}

function snapshotLine(length: number, { fromSnapshot, fromStart, shortest }: Measured): Line {
  const base = {
    benchmark: "resume",
    measure: `resume from snapshot, ${length.toLocaleString("en")} events`,
    value: { amount: fromSnapshot, unit: "ms" },
    note: `${stepsOfLong} steps, ${tail} events behind the snapshot; ${fromStart.toFixed(1)} ms without it`,
  };
  if (length === lengths[0]) return lineOf(base);
  const reference = { amount: shortest, unit: "ms", what: `for ${lengths[0]} events` };
  return lineOf({ ...base, reference, bar: { on: "ratio", limit: 1.5, sense: "at most" } });
}
