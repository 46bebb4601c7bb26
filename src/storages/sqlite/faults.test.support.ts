/** A driver that fails where a test says, as SQLite fails when the disk does. */
import { type Connection, type Driver, type Statement, photostructure } from "./driver.ts";

export interface Fault {
  /** SQLite's result code. */
  readonly errcode: number;
  /** The statement is not executed; it is executed and the error hides that; or SQLite rolls the transaction back, as it may when the disk is full. */
  readonly how: "instead" | "after" | "rolling back";
  /** Once, or at every statement from then on until `heal`. */
  readonly lasting: boolean;
}

export const diskFull = 13;
export const inputOutputError = 10;
/** SQLITE_IOERR_FSYNC */
export const syncError = 1034;

export class FaultyDriver implements Driver {
  /** Every statement that was asked for. */
  readonly statements: string[] = [];
  readonly connections: Connection[] = [];
  hits = 0;
  #fault: (Fault & { readonly applies: (sql: string) => boolean }) | undefined;

  /** The statement number `index` from now on fails, counted from 0. */
  failAt(index: number, fault: Fault): void {
    let left = index;
    this.#arm(fault, () => left-- <= 0);
  }

  /** Statements that begin like this fail. */
  failOn(start: string, fault: Fault): void {
    this.#arm(fault, (sql) => sql.startsWith(start));
  }

  heal(): void {
    this.#fault = undefined;
  }

  #arm(fault: Fault, applies: (sql: string) => boolean): void {
    this.hits = 0;
    this.#fault = { ...fault, applies };
  }

  open(path: string, mode: "readWrite" | "readOnly"): Connection {
    const inner = this.#faulty(inert, "open", () => photostructure.open(path, mode));
    const connection: Connection = {
      get inTransaction(): boolean {
        return inner.inTransaction;
      },
      exec: (sql) => this.#faulty(inner, sql, () => inner.exec(sql)),
      prepare: (sql) => this.#statement(inner, sql),
      close: () => inner.close(),
    };
    this.connections.push(connection);
    return connection;
  }

  #statement(inner: Connection, sql: string): Statement {
    const statement = inner.prepare(sql);
    return {
      run: (...values) => this.#faulty(inner, sql, () => statement.run(...values)),
      get: (...values) => this.#faulty(inner, sql, () => statement.get(...values)),
      all: (...values) => this.#faulty(inner, sql, () => statement.all(...values)),
      iterate: (...values) => this.#faulty(inner, sql, () => statement.iterate(...values)),
    };
  }

  #faulty<T>(inner: Connection, sql: string, execute: () => T): T {
    this.statements.push(sql);
    const fault = this.#fault;
    // A rollback only forgets: it succeeds whatever the disk does.
    if (fault === undefined || sql.startsWith("rollback") || !fault.applies(sql)) return execute();
    this.hits++;
    if (!fault.lasting) this.#fault = undefined;
    if (fault.how === "after") execute();
    if (fault.how === "rolling back" && inner.inTransaction) inner.exec("rollback");
    throw Object.assign(new Error(`injected ${fault.errcode}`), { errcode: fault.errcode });
  }
}

/** In place of a connection that is not open yet. */
const inert: Connection = {
  inTransaction: false,
  exec: () => undefined,
  prepare: () => {
    throw new Error("not open");
  },
  close: () => undefined,
};
