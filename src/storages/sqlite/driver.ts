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

/** Errors of a driver carry SQLite's extended result code as `errcode`. */
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
      prepare: (sql): Statement => database.prepare(sql) satisfies StatementSyncInstance,
      close: () => database.close(),
    };
  },
};
