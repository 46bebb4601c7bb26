/** What a durable step costs on PostgreSQL, against one committed row on the same server; and steps per second with many runs at once. */
import { Client } from "pg";
import type { Watch } from "../src/kernel/ports.ts";
import { runChain, runtimeOver } from "./engine.ts";
import { type Line, lineOf } from "./line.ts";
import { inParallel, median, repeat, time } from "./measure.ts";
import { type PeerEntry, isMeasuredPeer } from "./peers.ts";
import { onServer, withPostgresStore } from "./postgres-server.ts";
import { stepsPerRun } from "./workload.ts";

/** Steps at the start of a run that are not yet its steady state. */
const leadIn = 20;
const bodyBytes = 300;
const atOnce = 32;

/** Milliseconds of one row, one commit, one connection. */
class BareRows {
  readonly #client: Client;
  #next = 0;

  constructor(url: string) {
    this.#client = new Client({ connectionString: url });
  }

  async open(): Promise<void> {
    await this.#client.connect();
    await this.#client.query("create table bare (seq int primary key, body text not null)");
  }

  async measure(rows: number): Promise<number> {
    const insert = { name: "bare", text: "insert into bare values ($1, $2)" };
    const total = await time(async () => {
      for (let row = 0; row < rows; row++) await this.#client.query({ ...insert, values: [this.#next++, "x".repeat(bodyBytes)] });
    });
    return total / rows;
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** The mean over a whole run, snapshots included, against the mean of bare commits taken around it. */
async function measureSequential(url: string, isQuick: boolean): Promise<Line> {
  const steps = isQuick ? 150 : 500;
  const times: number[] = [];
  const watch: Watch = (moment) => {
    if (moment.kind === "append.after") times[moment.seq] = performance.now();
  };
  const bare = new BareRows(url);
  await bare.open();
  const rounds = await withPostgresStore(url, async (store) => {
    const runtime = runtimeOver(store, watch);
    const perStep = async (): Promise<number> => {
      await runChain(runtime, steps);
      return ((times[steps - 1] ?? NaN) - (times[leadIn] ?? NaN)) / (steps - 1 - leadIn);
    };
    await perStep();
    return repeat(isQuick ? 3 : 7, async () => {
      const before = await bare.measure(150);
      const value = await perStep();
      return { value, row: (before + (await bare.measure(150))) / 2 };
    });
  });
  await bare.close();
  return lineOf({
    benchmark: "postgres",
    measure: "durable step, sequential, PostgreSQL",
    value: { amount: median(rounds.map(({ value }) => value)), unit: "ms" },
    reference: { amount: median(rounds.map(({ row }) => row)), unit: "ms", what: "bare row" },
    ratio: median(rounds.map(({ value, row }) => value / row)),
    note: "one round trip a step (a test counts them); over a Unix socket, with fsync",
  });
}

async function measureConcurrent(url: string, isQuick: boolean, peers: readonly PeerEntry[]): Promise<Line[]> {
  const runs = isQuick ? 64 : 256;
  const perSecond = await withPostgresStore(url, async (store) => {
    const runtime = runtimeOver(store);
    const round = async (): Promise<number> => {
      const total = await time(() => inParallel(runs, atOnce, () => runChain(runtime, stepsPerRun)));
      return (runs * stepsPerRun * 1000) / total;
    };
    await round();
    return median(await repeat(3, round));
  });
  const base = {
    benchmark: "postgres",
    measure: `steps, ${atOnce} runs at once, PostgreSQL`,
    value: { amount: perSecond, unit: "steps/s" },
  };
  const beside = peers.filter(isMeasuredPeer).map(({ engine, version, store, concurrent }) =>
    lineOf({
      ...base,
      reference: { amount: concurrent.stepsPerSecond, unit: "steps/s", what: engine },
      note: `${engine} ${version} on ${store}, measured earlier in this run`,
    }),
  );
  return beside.length > 0 ? beside : [lineOf({ ...base, note: "one process, server on the same machine" })];
}

/** `peers` are those that were measured in the same run. */
export function measurePostgres(isQuick: boolean, peers: readonly PeerEntry[]): Promise<Line[]> {
  return onServer(async (url) => [await measureSequential(url, isQuick), ...(await measureConcurrent(url, isQuick, peers))]);
}
