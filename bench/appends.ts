/** What the store does with steps that are ready: bytes written, and appends per second as more callers share a commit. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { jsonArtifact } from "../src/kernel/artifacts.ts";
import { Batch } from "../src/kernel/runtime/batch.ts";
import { loadFold } from "../src/kernel/runtime/history.ts";
import type { Append, Store } from "../src/kernel/store.ts";
import { type Engine, withEngine } from "./engine.ts";
import { BareCommits, bareCommitsPerSecond } from "./floor.ts";
import { type Line, lineOf } from "./line.ts";
import { median, repeat, time } from "./measure.ts";
import { inScratch } from "./scratch.ts";
import { chain } from "./workload.ts";

const widths = [1, 8, 32];

/** The appends that a driver would make for a run's steps, sealed in advance: one event and one new value each. */
async function sealAppends({ runtime, store }: Engine, run: number, steps: number): Promise<Append[]> {
  const { run: admitted } = await runtime.start(chain, { run, steps: steps + 1 }, { key: `append-${run}`, detach: true });
  const claim = await store.claim(admitted.runId, { owner: "bench", milliseconds: 600_000, takeOver: true });
  if (claim.kind !== "claimed") throw new Error(`the run is ${claim.kind}`);
  const fold = await loadFold(store, admitted.runId, { trustSnapshot: false });
  return Array.from({ length: steps }, (_, index) => {
    const batch = new Batch(fold, Date.now());
    const { ref, artifact } = jsonArtifact("value", `{"run":${run},"step":${index},"value":${run + index}}`);
    batch.add({ type: "StepCompleted", data: { step: `step-${index}`, attempt: 1, output: ref, facts: [] } }, artifact);
    return batch.append(claim.lease.fence, Date.now());
  });
}

async function appendAll(store: Store, appends: readonly Append[]): Promise<void> {
  for (const append of appends) {
    const { kind } = await store.append(append);
    if (kind !== "appended") throw new Error(`an append was answered ${kind}`);
  }
}

let sealed = 0;

/** Appends per second with as many runs at once. */
function perSecond(width: number, steps: number): Promise<number> {
  return inScratch((folder) =>
    withEngine(folder, async (engine) => {
      const lanes = await repeat(width, () => sealAppends(engine, sealed++, steps));
      return (width * steps * 1000) / (await time(() => Promise.all(lanes.map((appends) => appendAll(engine.store, appends)))));
    }),
  );
}

async function measureGroupCommit(isQuick: boolean): Promise<Line[]> {
  const total = isQuick ? 640 : 1_920;
  const reference = { amount: await bareCommitsPerSecond(), unit: "commits/s", what: "bare" };
  const lines: Line[] = [];
  for (const width of widths) {
    const amount = median(await repeat(3, () => perSecond(width, total / width)));
    lines.push(lineOf({ benchmark: "append", measure: `appends, ${width} at once`, value: { amount, unit: "appends/s" }, reference }));
  }
  return lines;
}

/** Few enough steps that SQLite does not start its log over, whose size then says what was written. */
const stepsInOneLog = 60;

/** Bytes that one step leaves in the log and, once the log is folded in, in the file. */
async function measureBytes(): Promise<Line[]> {
  return inScratch(async (folder) => {
    const path = join(folder, "mfm.db");
    let eventBytes = 0;
    let logBytes = 0;
    const size = (file: string): number => statSync(file).size;
    await withEngine(folder, (engine) => sealAppends(engine, sealed++, stepsInOneLog));
    const admittedSize = size(path);
    await withEngine(folder, async (engine) => {
      const appends = await sealAppends(engine, sealed++, stepsInOneLog);
      const before = size(`${path}-wal`);
      await appendAll(engine.store, appends);
      logBytes = size(`${path}-wal`) - before;
      eventBytes = appends.reduce((sum, { events }) => sum + events.reduce((bytes, { text }) => bytes + Buffer.byteLength(text), 0), 0);
    });
    const perStep = (bytes: number) => ({ amount: Math.round(bytes / stepsInOneLog), unit: "B" });
    const floor = new BareCommits(folder);
    floor.measure(1);
    const before = size(join(folder, "floor.db-wal"));
    floor.measure(stepsInOneLog);
    const floorBytes = size(join(folder, "floor.db-wal")) - before;
    floor.close();
    const reference = { ...perStep(floorBytes), what: "bare commit" };
    return [
      lineOf({ benchmark: "append", measure: "event of a step", value: perStep(eventBytes) }),
      lineOf({
        benchmark: "append",
        measure: "log written per step",
        value: perStep(logBytes),
        reference,
        note: "SQLite writes whole pages of 4 KiB",
      }),
      lineOf({
        benchmark: "append",
        measure: "file per step",
        value: perStep(size(path) - admittedSize),
        note: "event, value, indexes; a 60-step run's admission included",
      }),
    ];
  });
}

export async function measureAppends(isQuick: boolean): Promise<Line[]> {
  return [...(await measureBytes()), ...(await measureGroupCommit(isQuick))];
}
