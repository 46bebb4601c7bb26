/** The memory of a worker that has let a thousand runs go which wait for a signal: each is a row, not an object. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Line, lineOf } from "./line.ts";
import { inScratch } from "./scratch.ts";

export const waitingRuns = 1_000;

/** What the worker's process reports, in bytes. */
export interface MemoryReport {
  /** Before the first run, with code and store loaded. */
  readonly before: number;
  readonly after: number;
  /** Objects alive afterwards, beyond those before. */
  readonly heapGrowth: number;
}

export function measureWaitingRuns(): Promise<Line[]> {
  return inScratch(async (folder) => {
    const options = { execArgv: ["--expose-gc"], timeout: 120_000 };
    const child = fork(fileURLToPath(new URL("./waiting-runs-process.js", import.meta.url)), [folder], options);
    const [[{ before, after, heapGrowth }]] = (await Promise.all([once(child, "message"), once(child, "exit")])) as [
      [MemoryReport],
      unknown,
    ];
    const megabytes = (bytes: number): number => bytes / 1e6;
    return [
      lineOf({
        benchmark: "memory",
        measure: `worker with ${waitingRuns.toLocaleString("en")} waiting runs`,
        value: { amount: megabytes(after - before), unit: "MB" },
        bar: { on: "value", limit: 150, sense: "at most" },
        note: `growth of the process; ${megabytes(after).toFixed(0)} MB in all, live objects grew by ${megabytes(heapGrowth).toFixed(1)} MB`,
      }),
    ];
  });
}
