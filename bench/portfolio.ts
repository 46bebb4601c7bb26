/**
 * Whole snapshots of a chain on this machine, from the plan to the committed output, each in a process of its own: time and where it goes,
 * bytes, questions, memory; and the demonstration as a user has it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SnapshotRequest } from "../src/ops/portfolio/snapshot-config.ts";
import { type ByteCounter, countBytes } from "./byte-counter.ts";
import { type Line, lineOf } from "./line.ts";
import { median, repeat, time } from "./measure.ts";
import type { SnapshotMeasure, SnapshotOrder } from "./portfolio-process.ts";
import { type ScanChain, startScanChain } from "./scan-chain.ts";
import { inScratch } from "./scratch.ts";

const program = fileURLToPath(new URL("./portfolio-process.js", import.meta.url));
const command = fileURLToPath(new URL("../../bin/mfm.js", import.meta.url));

export async function measurePortfolio(isQuick: boolean): Promise<Line[]> {
  const counts = isQuick ? [200, 1000] : [200, 1000, 10_000];
  const scene = await startScanChain(Math.max(...counts));
  const counter = await countBytes(scene.chain.url);
  try {
    const lines: Line[] = [];
    for (const tokens of counts) {
      for (const accounts of [1, 20]) {
        const sizes = { tokens, accounts, times: isQuick || tokens > 1000 ? 1 : 3 };
        lines.push(...(await inScratch((folder) => measureSize(scene, counter, sizes, folder))));
      }
    }
    lines.push(await measureDemo());
    return lines;
  } finally {
    counter.stop();
    await scene.chain.stop();
  }
}

interface Size {
  readonly tokens: number;
  readonly accounts: number;
  readonly times: number;
}

async function measureSize(scene: ScanChain, counter: ByteCounter, { tokens, accounts, times }: Size, folder: string): Promise<Line[]> {
  const config = requestOf(scene, tokens, accounts);
  const rounds = await repeat(times, async (round) => {
    [counter.sent, counter.received] = [0, 0];
    const found = await take({ path: join(folder, `${round}.db`), url: counter.url, config });
    return { ...found, sent: counter.sent, received: counter.received };
  });
  const of = (value: (round: (typeof rounds)[number]) => number): number => median(rounds.map(value));
  const kB = (bytes: number): string => `${Math.round(bytes / 1000).toLocaleString("en")} kB`;
  const balances = accounts * (tokens + 1);
  return [
    lineOf({
      benchmark: "portfolio",
      measure: `snapshot, ${tokens.toLocaleString("en")} tokens, ${accounts} account(s)`,
      value: { amount: of(({ milliseconds }) => milliseconds), unit: "ms" },
      reference: { what: "of it waiting for the chain", amount: of(({ chainMs }) => chainMs), unit: "ms" },
      note:
        `${balances.toLocaleString("en")} balances, from plan to committed output in a new process; ` +
        `${of(({ calls }) => calls)} calls, ${kB(of(({ sent }) => sent))} sent, ${kB(of(({ received }) => received))} received, ` +
        `${kB(of(({ storedBytes }) => storedBytes))} stored, ${Math.round(of(({ peakMiB }) => peakMiB))} MiB at most`,
    }),
  ];
}

function requestOf({ chain, tokens, accounts }: ScanChain, count: number, holders: number): SnapshotRequest {
  return {
    accounts: accounts.slice(0, holders).map((address) => ({ address })),
    networks: [
      {
        network: `eip155:${chain.chainId}`,
        block: { kind: "tag", tag: "latest" },
        native: { symbol: "ETH", decimals: 18 },
        tokens: tokens.slice(0, count).map((address) => ({ address, symbol: "DUSD", decimals: 6 })),
      },
    ],
    prices: [{ quote: "USD", symbol: "DUSD", from: { kind: "fixed", unitPrice: "1" } }],
    prove: false,
    onSourceFailure: "pause",
  };
}

async function take(order: SnapshotOrder): Promise<SnapshotMeasure> {
  const file = `${order.path}.order.json`;
  writeFileSync(file, JSON.stringify(order));
  const child = spawn(process.execPath, [program, file], { stdio: ["ignore", "pipe", "inherit"], timeout: 120_000 });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`a snapshot ended with ${code}`);
  return JSON.parse(out) as SnapshotMeasure;
}

async function measureDemo(): Promise<Line> {
  const amount = await time(async () => {
    const child = spawn(process.execPath, [command, "demo"], { stdio: "ignore", timeout: 120_000 });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`the demonstration ended with ${code}`);
  });
  return lineOf({ benchmark: "portfolio", measure: "mfm demo", value: { amount: amount / 1000, unit: "s" } });
}
