/**
 * One process's access to the database. Reads go over a few connections and are repeated when a connection breaks. Writes go over one, in
 * the order in which they were asked for: while one statement is under way, those of the same kind that wait gather and become the next
 * one, so that many callers share a round trip and a commit. Every write is one statement and its own transaction: a process that stops or
 * dies never leaves a lock behind.
 *
 * After a failure:
 * 1. The server refuses a statement: it undid all of it. What several writes shared is then done one by one, so that only the guilty one fails.
 * 2. Two statements waited for each other: nothing happened; it is done again.
 * 3. The connection cannot be made: nothing was sent. Writes wait, with growing pauses, while the server restarts or a standby takes over.
 * 4. The connection breaks under a statement: nobody knows. The writes are answered so, and never repeated from here.
 */
import { setTimeout as pause } from "node:timers/promises";
import type pg from "pg";
import { MfmError } from "../../kernel/errors.ts";
import type { PostgresAddress } from "./address.ts";
import { type TimeLimits, openPool } from "./connection.ts";
import { isCollision, isPassing, sqlStateOf, storeFailure } from "./failure.ts";

/** Asks one statement. `name` makes the server keep its plan. */
export type Ask = <Row extends pg.QueryResultRow>(name: string, text: string, values: readonly unknown[]) => Promise<Row[]>;

/** A kind of write, of which several may share one statement. */
export interface Write<Request, Answer> {
  /** How much of one statement a request takes; a statement holds 1. */
  readonly weigh: (request: Request) => number;
  /** Answers in the order of the requests. */
  readonly execute: (ask: Ask, requests: readonly Request[]) => Promise<readonly Answer[]>;
}

/** A kind of write of which each has a statement of its own. */
export function single<Request, Answer>(execute: (ask: Ask, request: Request) => Promise<Answer>): Write<Request, Answer> {
  return { weigh: () => 1, execute: async (ask, requests) => Promise.all(requests.map((request) => execute(ask, request))) };
}

interface Waiting {
  readonly kind: Write<unknown, unknown>;
  readonly request: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: MfmError) => void;
}

export interface DatabaseOptions {
  readonly address: PostgresAddress;
  /** How long to wait in all for a server that is not there for the moment, in milliseconds. */
  readonly patienceMs: number;
  readonly limits: TimeLimits;
}

interface Patience {
  /** Waits before the next try. @throws what is to be reported, where another try makes no sense */
  readonly rest: (error: unknown) => Promise<void>;
}

const readersAtMost = 2;
const collisionsTolerated = 5;
const firstPauseMs = 20;
const longestPauseMs = 1000;

export class Database {
  readonly #address: PostgresAddress;
  readonly #patienceMs: number;
  readonly #writer: pg.Pool;
  readonly #readers: pg.Pool;
  readonly #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  /** A server that never answered is not one that restarts: whoever opens the store is told at once. */
  #wasConnected = false;
  #isClosing = false;
  #closed = false;

  private constructor({ address, patienceMs }: DatabaseOptions, writer: pg.Pool, readers: pg.Pool) {
    this.#address = address;
    this.#patienceMs = patienceMs;
    this.#writer = writer;
    this.#readers = readers;
  }

  /** Connects at the first use. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { address, limits } = options;
    return new Database(options, await openPool(address, 1, limits), await openPool(address, readersAtMost, limits));
  }

  /** Asks what changes nothing, again where the connection broke. @throws STORE_UNAVAILABLE, STORE_DENIED, STORE_NOT_MIGRATED, STORE_CORRUPT */
  async read<Row extends pg.QueryResultRow>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    const patience = this.#patience();
    for (;;) {
      const client = await this.#connect(this.#readers, patience);
      const attempt = await attemptOver(client, (ask) => ask<Row>(name, text, values));
      if (attempt.kind === "done") return attempt.value;
      await patience.rest(attempt.error);
    }
  }

  /** @throws STORE_UNAVAILABLE when nobody knows whether it was written; STORE_FULL, STORE_DENIED, STORE_NEWER when it was not */
  write<Request, Answer>(kind: Write<Request, Answer>, request: Request): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.push({ kind: kind as Write<unknown, unknown>, request, resolve: resolve as (answer: unknown) => void, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Writes what waits, but waits for no server that is gone; then closes the connections. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#flushing;
    this.#closed = true;
    await Promise.all([this.#writer.end(), this.#readers.end()]);
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Callers that run in this turn of the event loop join.
      await new Promise((resolve) => setImmediate(resolve));
      let client: pg.PoolClient;
      try {
        client = await this.#connect(this.#writer, this.#patience());
      } catch (error) {
        const failure = this.#failed(error, "no");
        for (const { reject } of this.#waiting.splice(0)) reject(failure);
        continue;
      }
      await this.#execute(client, this.#takeNext());
    }
    this.#flushing = undefined;
  }

  /** The first that waits, and those behind it that may share its statement. */
  #takeNext(): Waiting[] {
    let weight = 0;
    let count = 0;
    const kind = this.#waiting[0]?.kind;
    for (const next of this.#waiting) {
      weight += next.kind.weigh(next.request);
      if (next.kind !== kind || (count > 0 && weight > 1)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #execute(client: pg.PoolClient, members: readonly Waiting[], collisions = 0): Promise<void> {
    const [first] = members;
    if (first === undefined) return client.release();
    const requests = members.map(({ request }) => request);
    const attempt = await attemptOver(client, (ask) => first.kind.execute(ask, requests));
    if (attempt.kind === "done") {
      for (const [index, { resolve }] of members.entries()) resolve(attempt.value[index]);
    } else if (attempt.kind === "refused" && members.length > 1) {
      for (const member of members) await this.#executeAlone(member);
    } else if (attempt.kind === "refused" && isCollision(attempt.error) && collisions < collisionsTolerated) {
      await pause(firstPauseMs * Math.random());
      await this.#executeAlone(first, collisions + 1);
    } else {
      const failure = this.#failed(attempt.error, attempt.kind === "refused" ? "no" : "unknown");
      for (const { reject } of members) reject(failure);
    }
  }

  async #executeAlone(member: Waiting, collisions = 0): Promise<void> {
    try {
      await this.#execute(await this.#connect(this.#writer, this.#patience()), [member], collisions);
    } catch (error) {
      member.reject(this.#failed(error, "no"));
    }
  }

  /** A connection that works as far as anybody knows; waits for a server that was there before. */
  async #connect(pool: pg.Pool, patience: Patience): Promise<pg.PoolClient> {
    for (;;) {
      if (this.#closed) throw new MfmError("STORE_UNAVAILABLE", "the store was closed", { url: this.#address.shown, written: "no" });
      try {
        const client = await pool.connect();
        this.#wasConnected = true;
        return client;
      } catch (error) {
        await patience.rest(error);
      }
    }
  }

  /** Pauses that grow, with jitter, so that many processes do not come back together. */
  #patience(): Patience {
    const since = performance.now();
    let tries = 0;
    return {
      rest: async (error) => {
        const isOver = this.#isClosing || !this.#wasConnected || performance.now() - since >= this.#patienceMs;
        if (isOver || !isPassing(error)) throw this.#failed(error, "no");
        await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries++, 10)) * (0.5 + Math.random()));
      },
    };
  }

  #failed(error: unknown, written: "no" | "unknown"): MfmError {
    return storeFailure(error, this.#address.shown, written);
  }
}

type Attempt<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The server refused the statement and undid it. */
  | { readonly kind: "refused"; readonly error: unknown }
  /** The connection is gone, and with it the answer. */
  | { readonly kind: "lost"; readonly error: unknown };

/** Gives the connection back, whatever happens; one that may be broken is not used again. */
async function attemptOver<T>(client: pg.PoolClient, work: (ask: Ask) => Promise<T>): Promise<Attempt<T>> {
  const ask: Ask = async <Row extends pg.QueryResultRow>(name: string, text: string, values: readonly unknown[]) =>
    (await client.query<Row>({ name, text, values: [...values] })).rows;
  try {
    const value = await work(ask);
    client.release();
    return { kind: "done", value };
  } catch (error) {
    const refused = sqlStateOf(error) !== undefined && (await answers(client));
    client.release(!refused || isPassing(error));
    return { kind: refused ? "refused" : "lost", error };
  }
}

/** After a refusal the server goes on with the connection; after anything worse it ends it. How it calls the two depends on its language. */
async function answers(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query("");
    return true;
  } catch {
    return false;
  }
}
