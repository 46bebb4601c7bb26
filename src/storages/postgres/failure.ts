/**
 * PostgreSQL's error codes and the network's, in the words of the error table.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { MfmError } from "../../kernel/errors.ts";

/** Whether what was being written may be in the database all the same. */
export type Written = "no" | "unknown";

/** Raised by the functions of the schema (functions.ts). */
export const raised = { appendOnly: "MF001", otherSchema: "MF002" } as const;

const diskFull = "53100";

/** The five characters that the server calls an error by; undefined when the error is not the server's. */
export function sqlStateOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "severity" in error && "code" in error ? error.code : undefined;
  return typeof code === "string" && code.length === 5 ? code : undefined;
}

/** Two transactions waited for each other, or could not be put in an order: nothing happened, and it will not happen again at once. */
export function isCollision(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === "40P01" || state === "40001";
}

/** A server that is being restarted or replaced, has no connection to spare, or cannot be reached: later it may be. */
export function isPassing(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return error instanceof Error && !(error instanceof MfmError) && !isDefect(error) && !isLogin(error);
  return state.startsWith("08") || state.startsWith("57P") || (state.startsWith("53") && state !== diskFull) || state === "25006";
}

function isDefect(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

/** What the driver says, before the server can: there is no password, or the two do not come to terms about one. */
function isLogin(error: Error): boolean {
  return error.message.startsWith("SASL");
}

type Code =
  | "STORE_UNAVAILABLE"
  | "STORE_FULL"
  | "STORE_CORRUPT"
  | "STORE_DENIED"
  | "STORE_NOT_MIGRATED"
  | "STORE_NEWER"
  | "STORE_READ_ONLY"
  | "INTERNAL";

/** By the whole code, or by its class: the first two characters. */
const byState: Readonly<Record<string, readonly [Code, string]>> = {
  [diskFull]: ["STORE_FULL", "no space is left for the store"],
  "42501": ["STORE_DENIED", "the database does not let this role do that"],
  "28": ["STORE_DENIED", "the database does not let this role in"],
  "3D": ["STORE_UNAVAILABLE", "there is no such database"],
  "25006": ["STORE_UNAVAILABLE", "the server only reads: it is a standby, or was made one"],
  "42704": ["STORE_DENIED", "the server has no such role"],
  "42P01": ["STORE_NOT_MIGRATED", "the store's tables are not there, or not for this role"],
  "42883": ["STORE_NOT_MIGRATED", "the store's functions are not there"],
  "3F": ["STORE_NOT_MIGRATED", "the store's schema is not there"],
  XX001: ["STORE_CORRUPT", "the database is damaged"],
  XX002: ["STORE_CORRUPT", "an index of the database is damaged"],
  [raised.otherSchema]: ["STORE_NEWER", "the store was migrated to another schema while it was open"],
  "08": ["STORE_UNAVAILABLE", "the connection to the database failed"],
  "40": ["STORE_UNAVAILABLE", "the database could not put this in an order with what others do"],
  "53": ["STORE_UNAVAILABLE", "the database is out of connections, memory or another resource"],
  "55": ["STORE_UNAVAILABLE", "others held what this needs for too long"],
  "57": ["STORE_UNAVAILABLE", "the database stopped this"],
  "58": ["STORE_UNAVAILABLE", "the database cannot read or write its files"],
};

/** The error to report; an MfmError stays as it is. `shown` is the store's URL without secrets. */
export function storeFailure(error: unknown, shown: string, written: Written): MfmError {
  if (error instanceof MfmError) return error;
  const state = sqlStateOf(error);
  const reason = reasonOf(error);
  if (state === undefined) {
    if (!(error instanceof Error) || isDefect(error))
      return new MfmError("INTERNAL", `unexpected failure of the store: ${reason}`, {}, error);
    const details = { url: shown, reason, written };
    if (!isLogin(error)) return new MfmError("STORE_UNAVAILABLE", `the database cannot be reached: ${shown} (${reason})`, details, error);
    const words = reason.includes("client password") ? "the server asks for a password, and none was given" : "the login failed";
    return new MfmError("STORE_DENIED", `${words}: ${shown} (${reason})`, details, error);
  }
  const [code, words] = byState[state] ?? byState[state.slice(0, 2)] ?? (["INTERNAL", "the database refused a statement"] as const);
  return new MfmError(code, `${words}: ${shown} (PostgreSQL ${state}: ${reason})`, { url: shown, postgres: state, reason, written }, error);
}

/** Several addresses of one host fail as one error without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
