/**
 * Connections to the server, all set up alike: time limits, isolation, where names are looked up, numbers as numbers. The driver is loaded by
 * the first of them: most programs that import MFM never need one.
 */
import type { Client, ClientConfig, Pool } from "pg";
import type { PostgresAddress } from "./address.ts";

/** Milliseconds. They do not hold for what looks after the store, except those for connecting and for locks. */
export interface TimeLimits {
  readonly connect: number;
  readonly lock: number;
  /** After which the server stops a statement. */
  readonly statement: number;
  /** After which a connection without an answer is given up: longer than the server may take, so that only a lost one is. */
  readonly answer: number;
}

export const defaultLimits: TimeLimits = { connect: 10_000, lock: 10_000, statement: 30_000, answer: 35_000 };

/** What a connection is for: `care` is migrations and checks, which may take long. */
export type Purpose = "work" | "care";

/**
 * The settings travel in the first packet, so a connection is ready when it is there. `read committed` whatever the database's default is:
 * a statement that waited for a row goes on with the row as it is then, which is what the checks in every write rely on. Plans do not depend
 * on statistics: each statement has its index, which also has the order that is asked for, and a plan made while the tables were empty must
 * serve when they are not.
 */
async function configOf(address: PostgresAddress, purpose: Purpose, limits: TimeLimits): Promise<ClientConfig> {
  const { types } = await import("pg");
  const int8: number = types.builtins.INT8;
  const settings = {
    search_path: `"${address.schema}"`,
    default_transaction_isolation: "read\\ committed",
    timezone: "UTC",
    jit: "off",
    ...(purpose === "work" ? { enable_seqscan: "off", enable_bitmapscan: "off" } : {}),
  };
  return {
    ...address.login(),
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    types: {
      /** The store's integers are milliseconds and counters: below 2^53 for longer than anybody's clock runs. */
      getTypeParser: (oid: number, format?: "text" | "binary"): ((value: string) => unknown) =>
        oid === int8 ? Number : (types.getTypeParser(oid, format) as (value: string) => unknown),
    },
    connectionTimeoutMillis: limits.connect,
    keepAlive: true,
    lock_timeout: limits.lock,
    ...(purpose === "work" ? { statement_timeout: limits.statement, query_timeout: limits.answer } : {}),
  };
}

/** A connection of its own. */
export async function connect(address: PostgresAddress, purpose: Purpose): Promise<Client> {
  const driver = await import("pg");
  const client = new driver.Client(await configOf(address, purpose, defaultLimits));
  // A connection that breaks while nothing is asked fails the next question; without a listener it would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** A connection that is closed after the work. */
export async function withClient<T>(address: PostgresAddress, purpose: Purpose, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(address, purpose);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Connects when asked, keeps at most so many connections, and lets idle ones go. */
export async function openPool(address: PostgresAddress, size: number, limits: TimeLimits): Promise<Pool> {
  const driver = await import("pg");
  const pool = new driver.Pool({ ...(await configOf(address, "work", limits)), max: size, idleTimeoutMillis: 60_000 });
  pool.on("error", () => undefined);
  // The pool listens only to connections that are idle.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}
