/** What a durable step costs on PostgreSQL, against one committed row on the same server; and steps per second with many runs at once. */
import { Client } from "pg";
import type { Watch } from "../src/kernel/ports.ts";
import type { Store } from "../src/kernel/store.ts";
import { parsePostgresUrl } from "../src/storages/postgres/address.ts";
import { migratePostgresStore } from "../src/storages/postgres/migrate.ts";
import { openPostgresStore } from "../src/storages/postgres/open.ts";
import { LocalServer } from "../test/postgres/server.ts";
import { runChain, runtimeOver } from "./engine.ts";
import { type Line, lineOf } from "./line.ts";
import { inParallel, median, repeat, time } from "./measure.ts";
import { stepsPerRun } from "./workload.ts";

/** Steps at the start of a run that are not yet its steady state. */
const leadIn = 20;
const bodyBytes = 300;
const atOnce = 32;

/** A server whose commits are on disk when they are acknowledged. */
async function onServer<T>(work: (url: string) => Promise<T>): Promise<T> {
  const server = new LocalServer({ settings: ["fsync=on"] });
  try {
    await server.initialize();
    await server.start();
    return await work(server.url);
  } finally {
    await server.remove();
  }
}

async function withStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const address = parsePostgresUrl(url);
  await migratePostgresStore({ address });
  const store = await openPostgresStore({ address });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

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
  const rounds = await withStore(url, async (store) => {
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

async function measureConcurrent(url: string, isQuick: boolean): Promise<Line> {
  const runs = isQuick ? 64 : 256;
  const perSecond = await withStore(url, async (store) => {
    const runtime = runtimeOver(store);
    const round = async (): Promise<number> => {
      const total = await time(() => inParallel(runs, atOnce, () => runChain(runtime, stepsPerRun)));
      return (runs * stepsPerRun * 1000) / total;
    };
    await round();
    return median(await repeat(3, round));
  });
  return lineOf({
    benchmark: "postgres",
    measure: `steps, ${atOnce} runs at once, PostgreSQL`,
    value: { amount: perSecond, unit: "steps/s" },
    note: "one process, server on the same machine",
  });
}

export function measurePostgres(isQuick: boolean): Promise<Line[]> {
  return onServer(async (url) => [await measureSequential(url, isQuick), await measureConcurrent(url, isQuick)]);
}
