/**
 * One process's access to the file: reads at once, writes in groups. All writes that wait are executed in one transaction, each in a
 * savepoint of its own, and answered only after the commit, so that many concurrent callers share one fsync.
 *
 * After a failure:
 * 1. A member's own error undoes that member only.
 * 2. SQLite fails before the commit: the transaction is rolled back, nothing of the group was written.
 * 3. The commit fails because the disk is full: the log has no commit mark, nothing was written.
 * 4. The commit fails otherwise: the log may hold the commit mark, and a recovery could bring it back. Before anything else is read or
 *    written, one more commit (`settle`) must succeed: it overwrites what the failed one left. What is read from then on stays true.
 */
import { MfmError, invariant } from "../../kernel/errors.ts";
import { type Written, isBusy, isFull, isOfOneStatement, storeFailure } from "./failure.ts";
import { whenNotBusy } from "./patience.ts";
import type { Session } from "./session.ts";

export interface DatabaseOptions {
  readonly path: string;
  /** Opens the file, or the very same store again after a failure. May throw SQLITE_BUSY. */
  readonly connect: () => Session;
  /** Whether the file that the session has open is still the one at the path. */
  readonly isInPlace: () => boolean;
  /** Asked within each transaction. @throws STORE_NEWER when another process migrated the file */
  readonly assertVersion: (session: Session) => void;
  /** How long to wait for other processes in all, in milliseconds. */
  readonly busyLimitMs: number;
}

/** A write that waits for its group. `execute` runs it and keeps its answer for `acknowledge`. */
interface Member {
  readonly execute: (session: Session) => void;
  readonly acknowledge: () => void;
  readonly reject: (error: MfmError) => void;
}

/** Bounds how long one group keeps other processes and this event loop waiting. */
const groupLimit = 256;

export class Database {
  readonly #options: DatabaseOptions;
  #session: Session | undefined;
  readonly #waiting: Member[] = [];
  #flushing: Promise<void> | undefined;
  #inDoubt = false;
  #hasWritten = false;
  #closed = false;

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  /** Opens the file now rather than at the first use. @throws STORE_* */
  async open(): Promise<void> {
    await this.read(() => undefined);
  }

  /** @throws STORE_UNAVAILABLE, STORE_CORRUPT */
  async read<T>(work: (session: Session) => T): Promise<T> {
    try {
      return await whenNotBusy(() => work(this.#ready()), this.#options.busyLimitMs);
    } catch (error) {
      throw this.#failed(error, "no");
    }
  }

  /** @throws STORE_UNAVAILABLE when nobody knows whether it was written; STORE_FULL, STORE_READ_ONLY, STORE_CORRUPT when it was not */
  write<T>(work: (session: Session) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let answer: { readonly value: T } | undefined;
      this.#waiting.push({
        execute: (session) => void (answer = { value: work(session) }),
        acknowledge: () => answer !== undefined && resolve(answer.value),
        reject,
      });
      this.#flushing ??= this.#flush();
    });
  }

  /** Commits what waits, then closes the file. */
  async close(): Promise<void> {
    await this.#flushing;
    this.#closed = true;
    if (this.#hasWritten) this.#moveLogIntoFile();
    this.#drop();
  }

  /** SQLite does this when the last connection closes, which the driver puts off until its statements are collected. Fails without harm while others are at work. */
  #moveLogIntoFile(): void {
    try {
      this.#session?.exec("pragma wal_checkpoint(truncate)");
    } catch {
      // The log stays; whoever opens the file next reads it.
    }
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Callers that run in this turn of the event loop join the group.
      await new Promise((resolve) => setImmediate(resolve));
      try {
        await whenNotBusy(() => this.#commitGroup(), this.#options.busyLimitMs);
      } catch (error) {
        const failure = this.#failed(error, "no");
        for (const member of this.#waiting.splice(0)) member.reject(failure);
      }
    }
    this.#flushing = undefined;
  }

  /** Throws only while nothing was begun: then the members still wait. */
  #commitGroup(): void {
    const session = this.#ready();
    if (!this.#options.isInPlace()) {
      this.#drop();
      throw new MfmError("STORE_UNAVAILABLE", `the store's file was moved or removed while it was open: ${this.#options.path}`, {
        path: this.#options.path,
        written: "no",
      });
    }
    session.run("begin immediate");
    this.#assertVersion(session);
    const members = this.#waiting.splice(0, groupLimit);
    const done: Member[] = [];
    try {
      for (const member of members) if (executeMember(session, member, this.#options.path)) done.push(member);
    } catch (error) {
      const failure = this.#failed(error, "no");
      for (const member of members) member.reject(failure);
      return;
    }
    this.#commit(session, done);
  }

  /** A later version of MFM may have migrated the file while it was open: what this one would write is not what that one reads. */
  #assertVersion(session: Session): void {
    try {
      this.#options.assertVersion(session);
    } catch (error) {
      rollBack(session);
      throw error;
    }
  }

  #commit(session: Session, members: readonly Member[]): void {
    try {
      session.run("commit");
    } catch (error) {
      const written = isFull(error) || isBusy(error) ? "no" : "unknown";
      this.#inDoubt ||= written === "unknown";
      const failure = this.#failed(error, written);
      for (const member of members) member.reject(failure);
      return;
    }
    this.#hasWritten = true;
    for (const member of members) member.acknowledge();
  }

  /** The session to work with: opened again, and settled, where a failure made that necessary. */
  #ready(): Session {
    if (this.#closed) throw new MfmError("STORE_UNAVAILABLE", "the store was closed", { path: this.#options.path, written: "no" });
    const session = (this.#session ??= this.#options.connect());
    if (this.#inDoubt) settle(session);
    this.#inDoubt = false;
    return session;
  }

  /** Leaves no transaction open. After anything but a full disk or a lock, the file is opened again before it is used. */
  #failed(error: unknown, written: Written): MfmError {
    const failure = storeFailure(error, this.#options.path, written);
    if (error instanceof MfmError) return failure;
    const rolledBack = this.#session !== undefined && rollBack(this.#session);
    if (!rolledBack || !(isFull(error) || isBusy(error))) this.#drop();
    return failure;
  }

  #drop(): void {
    const session = this.#session;
    this.#session = undefined;
    try {
      session?.close();
    } catch {
      // A file that fails to close was failing before; the next use opens it anew and reports what is wrong then.
    }
  }
}

/** False when the member failed by itself: it was told, and what it wrote is undone. Throws what concerns the whole group. */
function executeMember(session: Session, member: Member, path: string): boolean {
  session.run("savepoint member");
  try {
    member.execute(session);
  } catch (error) {
    if (!session.inTransaction || !isOfOneStatement(error)) throw error;
    session.run("rollback to member");
    session.run("release member");
    member.reject(storeFailure(error, path, "no"));
    return false;
  }
  session.run("release member");
  return true;
}

/** Commits a change of no meaning, which takes the place of whatever a failed commit left in the log. */
function settle(session: Session): void {
  session.run("begin immediate");
  try {
    invariant(session.run("update meta set settled = settled + 1") === 1, "meta has one row");
    session.run("commit");
  } catch (error) {
    rollBack(session);
    throw error;
  }
}

function rollBack(session: Session): boolean {
  try {
    if (session.inTransaction) session.run("rollback");
    return !session.inTransaction;
  } catch {
    return false;
  }
}
