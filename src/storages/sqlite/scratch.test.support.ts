/** A store in a temporary folder, and the ways in which tests look at its file. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem, Store } from "../../kernel/store.ts";
import { checkFile } from "./check.ts";
import { photostructure } from "./driver.ts";
import { type SqliteOptions, openSqliteStore } from "./open.ts";
import { Session } from "./session.ts";

export interface Scratch {
  readonly folder: string;
  readonly path: string;
  readonly store: Store;
  readonly reopen: () => Promise<Store>;
  /** Closes the store, which must be sound, and removes the folder. */
  readonly close: () => Promise<void>;
}

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), "mfm-sqlite-test-"));
}

export async function openScratch(options: Omit<SqliteOptions, "path"> = {}): Promise<Scratch> {
  const folder = scratchFolder();
  const path = join(folder, "store.db");
  let store: Store;
  try {
    store = await openSqliteStore({ ...options, path });
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    folder,
    path,
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore({ ...options, path });
      return store;
    },
    close: async () => {
      await store.close();
      assert.deepEqual(problemsOf(path), []);
      rmSync(folder, { recursive: true });
    },
  };
}

/** A connection of its own, as any other program would have. */
export function withConnection<T>(path: string, use: (session: Session) => T): T {
  const session = new Session(photostructure.open(path, "readWrite"));
  try {
    return use(session);
  } finally {
    session.close();
  }
}

/** What the check finds, without its thread. */
export function problemsOf(path: string): Problem[] {
  return withConnection(path, checkFile);
}

/** Takes the lock that writers need, as another process would; call what is returned to give it back. */
export function holdLock(path: string): () => void {
  const session = new Session(photostructure.open(path, "readWrite"));
  session.exec("begin immediate");
  return () => {
    session.exec("rollback");
    session.close();
  };
}
