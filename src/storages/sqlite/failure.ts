/** SQLite's result codes and the file system's errors, in the words of the error table. @see https://sqlite.org/rescode.html */
import { MfmError } from "../../kernel/errors.ts";

const ERROR = 1;
const PERM = 3;
const BUSY = 5;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const TOOBIG = 18;
const CONSTRAINT = 19;
const MISMATCH = 20;
const AUTH = 23;
const RANGE = 25;
const NOTADB = 26;
/** SQLITE_READONLY_DBMOVED: the file was renamed or removed while it was open. */
const READONLY_DBMOVED = 1032;

const ofOneStatement: ReadonlySet<number> = new Set([ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE]);

/** SQLite's extended result code; undefined when the error is not SQLite's. */
export function resultCodeOf(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code : undefined;
}

/** Another connection has the lock; nothing happened. PROTOCOL is the same while another process opens or recovers the file. */
export function isBusy(error: unknown): boolean {
  const primary = (resultCodeOf(error) ?? 0) & 0xff;
  return primary === BUSY || primary === PROTOCOL;
}

export function isFull(error: unknown): boolean {
  return ((resultCodeOf(error) ?? 0) & 0xff) === FULL;
}

/** An error that says nothing about the file or the transaction: a refused row, a value that cannot be bound, a defect of the caller. */
export function isOfOneStatement(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === undefined || ofOneStatement.has(code & 0xff);
}

/** Whether what was being written may be in the file all the same. */
export type Written = "no" | "unknown";

/** The error to report; an MfmError stays as it is, what neither SQLite nor the file system threw is a defect. */
export function storeFailure(error: unknown, path: string, written: Written): MfmError {
  if (error instanceof MfmError) return error;
  const code = resultCodeOf(error);
  if (code === undefined) return fileFailure(error, path);
  const details = { path, sqlite: code, reason: messageOf(error), written };
  const failure = (kind: "STORE_UNAVAILABLE" | "STORE_FULL" | "STORE_CORRUPT" | "STORE_READ_ONLY" | "INTERNAL", words: string): MfmError =>
    new MfmError(kind, `${words}: ${path} (SQLite: ${messageOf(error)})`, details, error);
  if (code === READONLY_DBMOVED) return failure("STORE_UNAVAILABLE", "the store's file was moved or removed while it was open");
  switch (code & 0xff) {
    case BUSY:
    case PROTOCOL:
      return failure("STORE_UNAVAILABLE", "another process holds the store's lock");
    case IOERR:
      return failure("STORE_UNAVAILABLE", "reading or writing the store's file failed");
    case NOMEM:
      return failure("STORE_UNAVAILABLE", "not enough memory to use the store");
    case CANTOPEN:
      return failure("STORE_UNAVAILABLE", "the store's file cannot be opened");
    case FULL:
      return failure("STORE_FULL", "no space is left for the store");
    case NOTADB:
      return failure("STORE_CORRUPT", "the file is not a database");
    case CORRUPT:
      return failure("STORE_CORRUPT", "the store's file is damaged");
    case READONLY:
    case PERM:
    case AUTH:
      return failure("STORE_READ_ONLY", "the store's file cannot be written");
    default:
      return failure("INTERNAL", "SQLite refused a statement");
  }
}

function fileFailure(error: unknown, path: string): MfmError {
  const errno: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  const details = { path, reason: messageOf(error) };
  switch (errno) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new MfmError("STORE_READ_ONLY", `no permission to write ${path}`, details, error);
    case "ENOSPC":
    case "EDQUOT":
      return new MfmError("STORE_FULL", `no space is left for ${path}`, details, error);
    default:
      if (typeof errno !== "string" || !/^E[A-Z0-9]+$/.test(errno))
        return new MfmError("INTERNAL", `unexpected failure of the store: ${messageOf(error)}`, details, error);
      return new MfmError("STORE_UNAVAILABLE", `${path} cannot be used: ${messageOf(error)}`, details, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
