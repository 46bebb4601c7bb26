/** Reading the audit trail whole, and what it proves: each record is chained to the one before, and the last one's MAC vouches for all. */
import { closeSync, readSync } from "node:fs";
import { openToRead } from "../files/private-file.ts";
import { type AuditLine, type TrailHead, type TrailKey, invalidTrail, isAuthenticLine, keyNameOf, parseLine } from "./audit-trail.ts";

export interface ReadTrail {
  readonly records: number;
  /** Null where there is none. */
  readonly head: TrailHead | null;
  /** The records that were asked for, oldest first. */
  readonly lines: readonly AuditLine[];
  /** `verified` where the last record's MAC holds; `chained` where only the chain does, because no key was given, or the key is another by now. */
  readonly result: "verified" | "chained";
}

export interface TrailQuestion {
  readonly path: string;
  /** What this machine noted of its end. */
  readonly noted: TrailHead | undefined;
  readonly vaultId: string;
  readonly key: TrailKey | undefined;
  /** How many of the last records are wanted; at least one. */
  readonly last: number;
}

/** @throws KEYSTORE_AUDIT_INVALID with the record's number */
export function readTrail({ path, noted, vaultId, key, last }: TrailQuestion): ReadTrail {
  let head: TrailHead | null = null;
  let lines: AuditLine[] = [];
  for (const text of linesOf(path)) {
    const seq: number = head === null ? 0 : head.seq + 1;
    const { line, digest } = parseLine(text, path, seq);
    if (line.seq !== seq || line.prev !== (head?.digest ?? null)) throw invalidTrail(path, "a record is missing, added or altered", seq);
    if (line.vaultId !== vaultId) throw invalidTrail(path, "a record belongs to another vault", seq);
    if (key !== undefined && line.key === keyNameOf(key) && !isAuthenticLine(line, key))
      throw invalidTrail(path, "a record was altered", seq);
    if (noted?.seq === seq && noted.digest !== digest) throw invalidTrail(path, "a record was replaced", seq);
    head = { seq, digest };
    lines.push(line);
    if (lines.length > 2 * last) lines = lines.slice(-last);
  }
  if (noted !== undefined && (head === null || head.seq < noted.seq)) throw invalidTrail(path, "records at its end are missing", noted.seq);
  const isVerified = key !== undefined && (head === null || lines.at(-1)?.key === keyNameOf(key));
  return { records: head === null ? 0 : head.seq + 1, head, lines: lines.slice(-last), result: isVerified ? "verified" : "chained" };
}

/** Whole lines; what a crash left unfinished at the end is none. */
function* linesOf(path: string): Generator<string> {
  const fd = openToRead(path);
  if (fd === undefined) return;
  try {
    const chunk = Buffer.alloc(65_536);
    let left = Buffer.alloc(0);
    for (let at = 0; ;) {
      const read = readSync(fd, chunk, 0, chunk.length, at);
      if (read === 0) return;
      at += read;
      left = Buffer.concat([left, chunk.subarray(0, read)]);
      let end = left.indexOf("\n");
      for (; end >= 0; end = left.indexOf("\n")) {
        yield left.toString("utf8", 0, end);
        left = left.subarray(end + 1);
      }
    }
  } finally {
    closeSync(fd);
  }
}
