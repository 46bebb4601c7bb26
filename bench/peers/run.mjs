/**
 * Measures the peers one after another and prints one JSON document; README.md says what the figures mean.
 *   node bench/peers/run.mjs [--sequential N] [--concurrent N]
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Lifetime } from "./lifetime.mjs";

const MEASURE_MS = 60_000;
const MAX_COUNT = 1_000;

const counts = parseCounts();
let lifetime = new Lifetime();
for (const [signal, number] of [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
]) {
  process.once(signal, () => lifetime.close().finally(() => process.exit(128 + number)));
}
const entries = [];
for (const peers of [onPostgres, onRestate]) {
  lifetime = new Lifetime();
  try {
    entries.push(...(await peers()));
  } finally {
    await lifetime.close();
  }
}
process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);

/** The floor and DBOS share a server: the same disk, configuration and minute. */
async function onPostgres() {
  const starting = import("./postgres-server.mjs").then(({ startPostgres }) =>
    startPostgres(lifetime),
  );
  const measureWith = async (module) => {
    const { url, version } = await starting;
    return { store: `postgresql ${version}`, ...(await measureInWorker(module, { url })) };
  };
  return [
    await attempt("postgresql", async () => ({
      version: (await starting).version,
      ...(await measureWith("./postgres-floor.mjs")),
    })),
    await attempt("dbos", async () => ({
      version: await installed("@dbos-inc/dbos-sdk"),
      ...(await measureWith("./dbos.mjs")),
    })),
  ];
}

async function onRestate() {
  const measureWith = async () => {
    const { startRestate } = await import("./restate-server.mjs");
    const server = await installed(
      `@restatedev/restate-server-${process.platform}-${process.arch}`,
    );
    const version = `server ${server}, sdk ${await installed("@restatedev/restate-sdk")}`;
    return {
      version,
      store: "its own log (RocksDB)",
      ...(await measureInWorker("./restate.mjs", await startRestate(lifetime))),
    };
  };
  return [await attempt("restate", measureWith)];
}

/** An engine that cannot run here is an entry too, and does not stop the others. */
async function attempt(engine, measure) {
  const start = performance.now();
  const outcome = await measure().catch((error) => ({ error: error.message }));
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  process.stderr.write(`${engine}: ${outcome.error ?? "measured"} (${seconds} s)\n`);
  return { engine, ...outcome };
}

async function measureInWorker(module, task) {
  const worker = lifetime.fork(localPath("./worker.mjs"), [module]);
  worker.send({ ...task, counts });
  const { error, figures } = await Promise.race([
    once(worker, "message").then(([answer]) => answer),
    once(worker, "exit").then(([code, signal]) => ({
      error: `its process ended early (${signal ?? code})`,
    })),
    sleep(MEASURE_MS, { error: `no result after ${MEASURE_MS} ms` }, { ref: false }),
  ]);
  await lifetime.stop(worker);
  if (error !== undefined) throw new Error(error);
  return figures;
}

async function installed(name) {
  const description = readFile(localPath(`./node_modules/${name}/package.json`), "utf8");
  return JSON.parse(
    await description.catch(() => Promise.reject(new Error(`${name} is not installed`))),
  ).version;
}

function localPath(relative) {
  return fileURLToPath(new URL(relative, import.meta.url));
}

function parseCounts() {
  const option = (value) => ({ type: "string", default: String(value) });
  const { values } = parseArgs({ options: { sequential: option(200), concurrent: option(320) } });
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, parseCount(name, text)]),
  );
}

function parseCount(name, text) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT)
    throw new Error(`--${name} takes 1 to ${MAX_COUNT}`);
  return count;
}
