/** The peers' figures, from `bench/peers`: a package of its own, installed on demand. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const folder = fileURLToPath(new URL("../../bench/peers/", import.meta.url));
const longestMs = 240_000;

const engine = z.looseObject({ engine: z.string(), version: z.string(), store: z.string() });
const measuredPeer = engine.extend({
  sequential: z.looseObject({ p50Ms: z.number(), perStepMs: z.number() }),
  concurrent: z.looseObject({ runs: z.number(), stepsPerSecond: z.number(), p50Ms: z.number() }),
});
const measuredFloor = engine.extend({
  sequential: z.looseObject({ commitsPerSecond: z.number(), p50Ms: z.number() }),
  concurrent: z.looseObject({ connections: z.number(), commitsPerSecond: z.number() }),
});
const failed = z.looseObject({ engine: z.string(), error: z.string() });
const report = z.array(z.union([measuredPeer, measuredFloor, failed]));

/** An engine, the database's own floor, or one that could not run here and why. */
export type PeerEntry = z.output<typeof report>[number];
export type MeasuredPeer = z.output<typeof measuredPeer>;

export function arePeersInstalled(): boolean {
  return existsSync(`${folder}node_modules`);
}

export function isMeasuredPeer(entry: PeerEntry): entry is MeasuredPeer {
  return measuredPeer.safeParse(entry).success;
}

/** @throws Error when they are not installed, do not answer in time, or answer something else */
export async function measurePeers(): Promise<PeerEntry[]> {
  if (!arePeersInstalled()) throw new Error("the peers are not installed: npm ci --prefix bench/peers");
  const child = spawn(process.execPath, [`${folder}run.mjs`], { stdio: ["ignore", "pipe", "inherit"], timeout: longestMs });
  // It removes what it started when it is told to end; an interrupt of this process is passed on.
  const stop = (): void => void child.kill("SIGTERM");
  process.once("exit", stop);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  process.off("exit", stop);
  if (code !== 0) throw new Error(`bench/peers/run.mjs ended with ${code ?? "a signal"}`);
  return report.parse(JSON.parse(text));
}
