/** Offline verification: reading a bundle and re-deriving everything in it. The histories are made in memory; only reading them is timed. */
import { digestOf, parseCanonical, toCanonical } from "../src/kernel/canonical.ts";
import type { Runtime } from "../src/kernel/runtime/runtime.ts";
import { readBundle, writeBundle } from "../src/kernel/verify/bundle.ts";
import { readHistory } from "../src/kernel/verify/history.ts";
import { verifyHistory } from "../src/kernel/verify/verify.ts";
import { openModelStore } from "../src/storages/model/model-store.ts";
import { runtimeOver } from "./engine.ts";
import { type Line, lineOf } from "./line.ts";
import { median, repeat, time } from "./measure.ts";
import { benchRegistry, chain, survey } from "./workload.ts";

interface Bundle {
  readonly content: Uint8Array;
  readonly events: number;
  readonly steps: number;
}

type Start = (runtime: Runtime) => ReturnType<Runtime["start"]>;

/** The bundle of a run that succeeded. */
async function bundleOf(start: Start): Promise<Bundle> {
  const store = openModelStore({ clock: Date.now });
  const { kind, run } = await start(runtimeOver(store));
  if (kind !== "succeeded") throw new Error(`the run to be verified is ${run.status}`);
  const history = await readHistory(store, run.runId);
  return { content: Buffer.from([...writeBundle(history)].join("")), events: history.events.length, steps: run.steps.total };
}

/** As `mfm verify` does it; every step must have been recomputed. */
async function verify({ content, steps }: Bundle): Promise<void> {
  const report = await verifyHistory(readBundle(content), benchRegistry);
  if (report.result !== "verified" || report.counts.recomputed !== steps) throw new Error("a history was not verified in full");
}

async function eventsPerSecond(bundles: readonly Bundle[], times: number): Promise<number> {
  const all = async (): Promise<void> => {
    for (const bundle of bundles) await verify(bundle);
  };
  await all();
  const milliseconds = median(await repeat(times, () => time(all)));
  return (bundles.reduce((sum, { events }) => sum + events, 0) * 1000) / milliseconds;
}

export async function measureVerification(isQuick: boolean): Promise<Line[]> {
  const steps = isQuick ? 2_000 : 9_999;
  const times = isQuick ? 3 : 7;
  const chains = await repeat(2, (run) => bundleOf((runtime) => runtime.start(chain, { run, steps }, { key: `chain-${run}` })));
  const surveys = [await bundleOf((runtime) => runtime.start(survey, { questions: isQuick ? 1_000 : 5_000 }, { key: "survey" }))];
  const events = (2 * (steps + 2)).toLocaleString("en");
  const bar = { on: "value", limit: 50_000, sense: "at least" } as const;
  const value = async (bundles: readonly Bundle[]) => ({ amount: await eventsPerSecond(bundles, times), unit: "events/s" });
  return [
    lineOf({
      benchmark: "verify",
      measure: "offline verification, pure steps",
      value: await value(chains),
      bar,
      note: `two bundles, ${events} events, every step recomputed from its input`,
    }),
    lineOf({
      benchmark: "verify",
      measure: "offline verification, read steps",
      value: await value(surveys),
      note: "every step asks one question and is answered from its recorded fact",
    }),
    ...(await measureCanonical(chains, times)),
  ];
}

/** The two things that every line of a bundle costs at least. */
async function measureCanonical(bundles: readonly Bundle[], times: number): Promise<Line[]> {
  const texts = bundles.flatMap(({ content }) => readBundle(content).events.map((event) => event.text));
  const values = texts.map((text) => parseCanonical(text));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const perSecond = async (work: () => void): Promise<{ readonly amount: number; readonly unit: string }> => {
    await repeat(2, work);
    return { amount: bytes / 1000 / median(await repeat(times, () => time(work))), unit: "MB/s" };
  };
  const read = await perSecond(() => {
    for (const text of texts) {
      parseCanonical(text);
      digestOf(text);
    }
  });
  const write = await perSecond(() => {
    for (const value of values) digestOf(toCanonical(value));
  });
  const note = `${texts.length} events of ${(bytes / texts.length).toFixed(0)} bytes`;
  return [
    lineOf({
      benchmark: "verify",
      measure: "canonical JSON, parse + digest",
      value: read,
      note: `${note}, ${((read.amount * 1e6 * texts.length) / bytes / 1000).toFixed(0)} thousand a second`,
    }),
    lineOf({ benchmark: "verify", measure: "canonical JSON, write + digest", value: write, note }),
  ];
}
