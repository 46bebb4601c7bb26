/** What more workers bring: runs that were left to them, driven by one, two and four processes over one PostgreSQL on the same machine. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { runtimeOver } from "./engine.ts";
import { type Line, lineOf } from "./line.ts";
import { inParallel, median, repeat, time } from "./measure.ts";
import { onServer, withPostgresStore } from "./postgres-server.ts";
import { chain, stepsPerRun } from "./workload.ts";

const program = fileURLToPath(new URL("./worker-process.js", import.meta.url));

/** What a worker's process says: that it is ready, and each time that a run of it succeeded. */
export type WorkerMessage = "ready" | "succeeded";

export function measureWorkers(isQuick: boolean): Promise<Line[]> {
  const runs = isQuick ? 200 : 1000;
  return onServer(async (url) => {
    const lines: Line[] = [];
    let admitted = 0;
    for (const workers of [1, 2, 4]) {
      const rounds = await repeat(isQuick ? 1 : 3, () => measureRound(url, workers, { from: (admitted += runs) - runs, runs }));
      const perSecond = median(rounds);
      const first = lines[0]?.value.amount;
      lines.push(
        lineOf({
          benchmark: "workers",
          measure: `steps of ${stepsPerRun}-step runs, ${workers} worker${workers === 1 ? "" : "s"}, PostgreSQL`,
          value: { amount: perSecond, unit: "steps/s" },
          ...(first === undefined ? {} : { reference: { amount: first, unit: "steps/s", what: "one worker" } }),
          note: "claims, leases and hints included; workers and server share this machine's processors",
        }),
      );
    }
    return lines;
  });
}

/** Steps per second from the moment at which all may begin until the last run has succeeded. */
async function measureRound(
  url: string,
  workers: number,
  { from, runs }: { readonly from: number; readonly runs: number },
): Promise<number> {
  await withPostgresStore(url, async (store) => {
    const runtime = runtimeOver(store);
    await inParallel(runs, 32, async (index) => {
      await runtime.start(chain, { run: from + index, steps: stepsPerRun }, { key: `left-${from + index}`, detach: true });
    });
  });
  const processes = Array.from({ length: workers }, () => fork(program, [url], { timeout: 300_000 }));
  await Promise.all(processes.map((each) => once(each, "message")));
  const done = allSucceed(processes, runs);
  for (const each of processes) each.send("go");
  const milliseconds = await time(() => done);
  await Promise.all(
    processes.map(async (each) => {
      const ended = once(each, "exit");
      each.send("stop");
      await ended;
    }),
  );
  return (runs * stepsPerRun * 1000) / milliseconds;
}

function allSucceed(processes: readonly ChildProcess[], runs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let succeeded = 0;
    for (const each of processes) {
      each.on("message", (message: WorkerMessage) => {
        if (message === "succeeded" && ++succeeded === runs) resolve();
      });
      each.once("exit", () => reject(new Error("a worker ended before all was done")));
    }
  });
}
