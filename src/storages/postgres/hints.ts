/**
 * Telling other processes that a run may have become due: NOTIFY, in a transaction of its own after the commit it speaks of, because one
 * inside would make all commits wait for each other. A hint and nothing more: one may be lost, and whoever listens polls all the same.
 * @see https://www.postgresql.org/docs/current/sql-notify.html
 */
import type { Client } from "pg";
import type { PostgresAddress } from "./address.ts";
import { connect } from "./connection.ts";
import type { Database } from "./database.ts";

/** Nothing depends on this commit, so nobody waits for the disk. */
const announcement = "select set_config('synchronous_commit', 'off', true), pg_notify($1, '')";
const firstPauseMs = 100;
const longestPauseMs = 10_000;

export class Hints {
  readonly #address: PostgresAddress;
  readonly #database: Database;
  readonly #channel: string;
  readonly #listeners = new Set<() => void>();
  #announcing = false;
  #again = false;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = firstPauseMs;
  #closed = false;

  constructor(address: PostgresAddress, database: Database) {
    this.#address = address;
    this.#database = database;
    this.#channel = `mfm ${address.schema}`;
  }

  /** Says it soon; what is to be said while it is being said is said once more. */
  announce(): void {
    this.#again = true;
    if (!this.#announcing) void this.#say();
  }

  /** Calls `wake` at every hint until the function that it returns is called. */
  listen(wake: () => void): () => void {
    this.#listeners.add(wake);
    if (this.#client === undefined && this.#timer === undefined) void this.#connect();
    return () => void this.#listeners.delete(wake);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  async #say(): Promise<void> {
    this.#announcing = true;
    while (this.#again && !this.#closed) {
      this.#again = false;
      await this.#database.read("announce", announcement, [this.#channel]).catch(() => undefined);
    }
    this.#announcing = false;
  }

  async #connect(): Promise<void> {
    this.#timer = undefined;
    try {
      const client = await connect(this.#address, "work");
      this.#client = client;
      client.on("notification", () => this.#wake());
      client.once("end", () => this.#retry());
      await client.query(`listen "${this.#channel}"`);
      this.#pauseMs = firstPauseMs;
      // What was said while nobody listened is not known.
      this.#wake();
    } catch {
      this.#retry();
    }
    // Closed while it was connecting.
    if (this.#closed) await this.#client?.end().catch(() => undefined);
  }

  #wake(): void {
    for (const wake of this.#listeners) wake();
  }

  #retry(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#connect(), this.#pauseMs);
    this.#timer.unref();
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }
}
