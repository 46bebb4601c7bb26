/** Opening the file: made if it is not there, recognized before anything is written to it, migrated, and the same store when opened again. */
import { accessSync, closeSync, constants, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { MfmError } from "../../kernel/errors.ts";
import type { Store } from "../../kernel/store.ts";
import { Database } from "./database.ts";
import { type Driver, photostructure } from "./driver.ts";
import { storeFailure } from "./failure.ts";
import { whenNotBusy } from "./patience.ts";
import { identify, migrate, migrations } from "./schema.ts";
import { Session } from "./session.ts";
import { SqliteStore } from "./store.ts";

export interface SqliteOptions {
  readonly path: string;
  /** Unix milliseconds; the store's own clock. Default: Date.now. */
  readonly clock?: () => number;
  /** How long to wait for other processes' locks, in milliseconds. Default: 30,000. */
  readonly busyLimitMs?: number;
  /** The identity of a store that is made: that of the one it becomes a copy of. Default: a random one. */
  readonly scope?: string;
  /** Told of the schema that the file had, where opening it brought it forward. */
  readonly onMigrated?: (from: number) => void;
  /** Default: `@photostructure/sqlite`. */
  readonly driver?: Driver;
}

const defaultBusyLimitMs = 30_000;

/**
 * Opens the store at a path; a new one is made with its folder, readable by this user only.
 * @throws STORE_CORRUPT when the file is damaged, no database or another application's; it is left as it is
 * @throws STORE_NEWER when a later version of MFM wrote it
 * @throws STORE_READ_ONLY when folder or file cannot be written; STORE_FULL, STORE_UNAVAILABLE
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const path = resolve(options.path);
  const driver = options.driver ?? photostructure;
  const busyLimitMs = options.busyLimitMs ?? defaultBusyLimitMs;
  const clock = options.clock ?? Date.now;
  try {
    createFile(path);
    assertWritable(path);
    const { session, scope, migratedFrom } = await whenNotBusy(() => connect(driver, path, options.scope), busyLimitMs);
    if (migratedFrom !== undefined) options.onMigrated?.(migratedFrom);
    const identity = fileIdentity(path);
    let first: Session | undefined = session;
    const database = new Database({
      path,
      busyLimitMs,
      isInPlace: () => fileIdentity(path) === identity,
      assertVersion: (opened) => void identify(opened, path),
      connect: () => {
        const opened = first ?? reconnect(driver, path, scope);
        first = undefined;
        return opened;
      },
    });
    await database.open();
    return new SqliteStore({ database, path, scope, clock });
  } catch (error) {
    throw storeFailure(error, path, "no");
  }
}

/** SQLite would make it readable by everybody. Only a file that is not there is opened here: closing one that SQLite has open drops its locks. */
function createFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** SQLite would open what it cannot write for reading only, and fail at the first write. Its log lies beside the file. */
function assertWritable(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK);
  accessSync(dirname(path), constants.W_OK | constants.X_OK);
  for (const beside of [`${path}-wal`, `${path}-shm`]) {
    if (statSync(beside, { throwIfNoEntry: false }) !== undefined) accessSync(beside, constants.R_OK | constants.W_OK);
  }
}

interface Connected {
  readonly session: Session;
  readonly scope: string;
  readonly migratedFrom: number | undefined;
}

function connect(driver: Driver, path: string, newScope?: string): Connected {
  const session = new Session(driver.open(path, "readWrite"));
  try {
    identify(session, path);
    configure(session, path);
    const migratedFrom = migrate(session, path, migrations, newScope);
    return { session, scope: readScope(session, path), migratedFrom };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Opens the file again after a failure. A file that is gone is not made anew, and another store in its place is not taken for this one. */
function reconnect(driver: Driver, path: string, scope: string): Session {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) throw replaced(path);
  const opened = connect(driver, path);
  if (opened.scope === scope) return opened.session;
  opened.session.close();
  throw replaced(path);
}

function replaced(path: string): MfmError {
  return new MfmError("STORE_UNAVAILABLE", `the store's file was moved, removed or replaced while it was open: ${path}`, {
    path,
    written: "no",
  });
}

function configure(session: Session, path: string): void {
  const mode = session.get<{ readonly journal_mode: string }>("pragma journal_mode = wal")?.journal_mode;
  if (mode !== "wal")
    throw new MfmError("STORE_UNAVAILABLE", `this file system does not support SQLite's write-ahead log: ${path}`, {
      path,
      journalMode: mode ?? null,
    });
  // Without recursive_triggers, INSERT OR REPLACE fires no delete trigger.
  session.exec(
    "pragma synchronous = full; pragma recursive_triggers = 1; pragma foreign_keys = 1; pragma trusted_schema = 0; pragma busy_timeout = 0",
  );
}

function readScope(session: Session, path: string): string {
  const scope = session.get<{ readonly scope: string }>("select scope from meta")?.scope;
  if (scope === undefined) throw new MfmError("STORE_CORRUPT", `${path} has no scope`, { path });
  return scope;
}

/** Whether both paths lead to one file that is there, by links too. */
export function isSameFile(one: string, other: string): boolean {
  const identity = fileIdentity(one);
  return identity !== undefined && identity === fileIdentity(other);
}

/** Device and inode, or nothing when there is no file. */
function fileIdentity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
