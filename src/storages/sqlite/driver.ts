/**
 * What the backend needs of a SQLite library: a few synchronous methods. `@photostructure/sqlite` has the API of `node:sqlite`,
 * which replaces it one day; tests put faults in between.
 */
import { DatabaseSync, type StatementSyncInstance } from "@photostructure/sqlite";

export type SqlValue = null | number | string | Uint8Array;

export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(...values: readonly SqlValue[]): object | undefined;
  all(...values: readonly SqlValue[]): object[];
  iterate(...values: readonly SqlValue[]): Iterable<object>;
}

export interface Connection {
  readonly inTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Every transaction must have ended: with this library the file stays open until the garbage collector has found its statements. */
  close(): void;
}

/** Errors of a driver carry SQLite's result code, extended or not, as `errcode`. */
export interface Driver {
  /** Never waits: a busy database answers SQLITE_BUSY at once. */
  open(path: string, mode: "readWrite" | "readOnly"): Connection;
}

export const photostructure: Driver = {
  open(path, mode) {
    const database = new DatabaseSync(path, { readOnly: mode === "readOnly", timeout: 0 });
    return {
      get inTransaction(): boolean {
        return database.isTransaction;
      },
      exec: (sql) => database.exec(sql),
      prepare: (sql) => adapt(database.prepare(sql)),
      close: () => database.close(),
    };
  },
};

function adapt(statement: StatementSyncInstance): Statement {
  return {
    run: (...values) => statement.run(...values),
    get: (...values) => statement.get(...values) as object | undefined,
    all(...values) {
      try {
        return statement.all(...values) as object[];
      } catch (error) {
        throw withResultCode(error);
      }
    },
    *iterate(...values) {
      try {
        yield* statement.iterate(...values) as Iterable<object>;
      } catch (error) {
        throw withResultCode(error);
      }
    },
  };
}

/** SQLite's words for the result codes that matter here. @see https://sqlite.org/c3ref/errcode.html sqlite3_errstr */
const resultCodes: ReadonlyMap<string, number> = new Map([
  ["access permission denied", 3],
  ["database is locked", 5],
  ["out of memory", 7],
  ["attempt to write a readonly database", 8],
  ["disk I/O error", 10],
  ["database disk image is malformed", 11],
  ["database or disk is full", 13],
  ["unable to open database file", 14],
  ["locking protocol", 15],
  ["file is not a database", 26],
]);

/** In this library `all` and `iterate` throw SQLite's words without its code. */
function withResultCode(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_SQLITE_ERROR" || "errcode" in error) return error;
  return Object.assign(error, { errcode: resultCodes.get(error.message) ?? 1 });
}
