/** What starting `mfm` adds to starting Node. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Line, lineOf } from "./line.ts";
import { median, repeat, time } from "./measure.ts";

const mfm = fileURLToPath(new URL("../../bin/mfm.js", import.meta.url));

function start(...args: string[]): void {
  const { status, error } = spawnSync(process.execPath, args, { stdio: "ignore", timeout: 30_000 });
  if (status !== 0) throw error ?? new Error(`node ${args.join(" ")} ended with ${status}`);
}

/** In turns, so that what else the machine does falls on both. */
export async function measureStartup(isQuick: boolean): Promise<Line[]> {
  const spawns = isQuick ? 7 : 20;
  const both = async () => ({ mfm: await time(() => start(mfm, "--version")), node: await time(() => start("-e", "0")) });
  await both();
  const pairs = await repeat(spawns, both);
  return [
    lineOf({
      benchmark: "version",
      measure: "mfm --version",
      value: { amount: median(pairs.map((pair) => pair.mfm)), unit: "ms" },
      reference: { amount: median(pairs.map((pair) => pair.node)), unit: "ms", what: "node -e 0" },
      bar: { on: "ratio", limit: 2, sense: "at most" },
      note: `medians of ${spawns} processes each`,
    }),
  ];
}
