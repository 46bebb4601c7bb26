/** Queries: runs by filter, events, artifacts, snapshots, counts. */
import type { Digest } from "../../kernel/canonical.ts";
import type { Head } from "../../kernel/events.ts";
import type { RunId } from "../../kernel/names.ts";
import type { CommitPage, ListedRun, RunFilter, StoredEvent } from "../../kernel/store.ts";
import { type RunRow, bytesOf, digestFrom, listedRun, runColumns } from "../rows.ts";
import type { SqlValue } from "./driver.ts";
import type { Session } from "./session.ts";

export function readEvents(session: Session, runId: RunId, from: number, limit: number): StoredEvent[] {
  const rows = session.all<{ commit_order: number; seq: number; digest: Uint8Array; body: string }>(
    "select commit_order, seq, digest, body from events where run_no = (select run_no from runs where run_id = ?) and seq >= ? order by seq limit ?",
    runId,
    from,
    limit,
  );
  return rows.map((row) => ({ order: row.commit_order, seq: row.seq, digest: digestFrom(row.digest), text: row.body }));
}

/** Writers take turns, so that the order of rows is that of commits. */
export function readCommits(session: Session, after: string | null, limit: number): CommitPage {
  const rows = session.all<{ commit_order: number; run_id: RunId; seq: number; digest: Uint8Array; body: string }>(
    "select commit_order, run_id, seq, digest, body from events join runs using (run_no) where commit_order > ? order by commit_order limit ?",
    after === null ? 0 : Number(after),
    limit,
  );
  const events = rows.map((row) => ({
    order: row.commit_order,
    runId: row.run_id,
    seq: row.seq,
    digest: digestFrom(row.digest),
    text: row.body,
  }));
  return { events, next: events.at(-1)?.order.toString() ?? after };
}

export function readArtifact(session: Session, digest: Digest): Uint8Array | undefined {
  const key = bytesOf(digest);
  const row =
    session.get<{ body: Uint8Array }>("select body from artifacts where digest = ?", key) ??
    session.get<{ body: Uint8Array }>("select body from snapshots where digest = ? limit 1", key);
  return row?.body;
}

export function readSnapshot(session: Session, runId: RunId): { readonly head: Head; readonly digest: Digest } | undefined {
  const row = session.get<{ seq: number; head_digest: Uint8Array; digest: Uint8Array }>(
    "select seq, head_digest, digest from snapshots where run_no = (select run_no from runs where run_id = ?)",
    runId,
  );
  return row === undefined ? undefined : { head: { seq: row.seq, digest: digestFrom(row.head_digest) }, digest: digestFrom(row.digest) };
}

/** Keeps the snapshot if its head is an event of the run and no newer one is kept. */
export function writeSnapshot(
  session: Session,
  runId: RunId,
  head: Head,
  { digest, body }: { readonly digest: Digest; readonly body: Uint8Array },
): void {
  session.run(
    `insert into snapshots (run_no, seq, head_digest, digest, body)
     select run_no, seq, digest, ?, ? from events where run_no = (select run_no from runs where run_id = ?) and seq = ? and digest = ?
     on conflict (run_no) do update set seq = excluded.seq, head_digest = excluded.head_digest, digest = excluded.digest, body = excluded.body where excluded.seq >= seq`,
    bytesOf(digest),
    body,
    runId,
    head.seq,
    bytesOf(head.digest),
  );
}

/** With fewer hex digits than this, a prefix fits so many runs that walking them newest first is quicker than sorting all that fit. */
const selectiveDigits = 3;
const firstDigit = "run:".length;

/**
 * Each combination of filters is answered from the index that leaves the fewest rows to look at; a unary plus keeps SQLite from
 * choosing another, since it knows nothing of what the values are.
 */
export function listRuns(session: Session, filter: RunFilter): ListedRun[] {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const where = (condition: string, ...bound: readonly SqlValue[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  const { status, entryPoint, parent, prefix, before, limit } = filter;
  const byPrefix = prefix !== undefined && prefix.length >= firstDigit + selectiveDigits;
  const byParent = parent !== undefined && !byPrefix;
  const byOther = !byPrefix && !byParent;
  if (prefix !== undefined) {
    // Any run id that begins like the prefix is below the prefix followed by the highest code point.
    const column = byPrefix || !"run:".startsWith(prefix.slice(0, firstDigit)) ? "run_id" : "+run_id";
    where(`${column} >= ? and ${column} < ?`, prefix, `${prefix}\u{10ffff}`);
  }
  if (parent !== undefined) where(byParent ? "parent = ?" : "+parent = ?", parent);
  if (entryPoint !== undefined) where(byOther ? "entry_point = ?" : "+entry_point = ?", entryPoint);
  if (status !== undefined) where(byPrefix ? "+status = ?" : "status = ?", status);
  if (before !== undefined) where(byOther ? "run_no < ?" : "+run_no < ?", before);
  const filtered = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const rows = session.all<RunRow>(`select ${runColumns} from runs ${filtered} order by run_no desc limit ?`, ...values, limit);
  return rows.map(listedRun);
}

export interface Counts {
  readonly runs: number;
  readonly events: number;
  readonly artifacts: number;
}

export function count(session: Session): Counts {
  const row = session.get<Counts>(
    "select (select count(*) from runs) as runs, (select count(*) from events) as events, (select count(*) from artifacts) as artifacts",
  );
  return row ?? { runs: 0, events: 0, artifacts: 0 };
}
