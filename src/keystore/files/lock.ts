/**
 * One at a time, among processes: a lock that the kernel lets go of when its holder dies, so that no lock is ever stale. Node has none of its
 * own; SQLite's, on an empty database, is the one of fcntl.
 */
import type { DatabaseSyncInstance } from "@photostructure/sqlite";
import { closeSync, existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { MfmError } from "../../kernel/errors.ts";
import { openSafeFolder } from "./folder.ts";
import { openPrivateFile } from "./private-file.ts";

/** How long somebody else's write may take before it is an error, in milliseconds. */
const usualPatienceMs = 30_000;
const pauseMs = 5;

/** Of this process: fcntl does not keep a process from itself. */
const turns = new Map<string, Promise<unknown>>();

/**
 * What `work` returns, while no other process and no other caller in this one works under the same lock file, which is made and stays.
 * @throws KEYSTORE_BUSY when somebody holds it for longer than `patienceMs`
 */
export async function withLock<T>(path: string, work: () => T | Promise<T>, patienceMs: number = usualPatienceMs): Promise<T> {
  const key = join(openSafeFolder(dirname(path)).path, basename(path));
  const before = turns.get(key) ?? Promise.resolve();
  const turn = before.then(
    () => inTurn(path, work, patienceMs),
    () => inTurn(path, work, patienceMs),
  );
  turns.set(key, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

async function inTurn<T>(path: string, work: () => T | Promise<T>, patienceMs: number): Promise<T> {
  // Never while the lock is held: to close any descriptor of the file lets go of the locks of the whole process.
  if (!existsSync(path)) closeSync(openPrivateFile(path, "write"));
  const { DatabaseSync } = await import("@photostructure/sqlite");
  let database: DatabaseSyncInstance;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw unlockable(path, error);
  }
  try {
    await acquire(database, path, patienceMs);
    return await work();
  } finally {
    database.close();
  }
}

async function acquire(database: DatabaseSyncInstance, path: string, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      database.exec("BEGIN EXCLUSIVE");
      return;
    } catch (error) {
      if (!isBusy(error)) throw unlockable(path, error);
      if (performance.now() > end) throw new MfmError("KEYSTORE_BUSY", `another process holds ${path}`, { file: path });
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (1 + Math.random())));
    }
  }
}

function unlockable(path: string, error: unknown): MfmError {
  return new MfmError("FILE_UNWRITABLE", `${path} cannot be locked: it is damaged, or its folder cannot be written`, { file: path }, error);
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" && (error.errcode & 0xff) === 5;
}
