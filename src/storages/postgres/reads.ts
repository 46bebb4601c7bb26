/** Queries: runs by filter, events, artifacts, snapshots, counts. */
import type { Digest } from "../../kernel/canonical.ts";
import type { Head } from "../../kernel/events.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import type { Driver, RunLimits, StoredRun } from "../../kernel/leases.ts";
import type { CommitPage, ListedRun, NewArtifact, RunFilter, StoredEvent } from "../../kernel/store.ts";
import { type RunRow, bytesOf, digestFrom, listedRun, runColumns, storedRun } from "../rows.ts";
import { type CallContext, limitsOf } from "./claims.ts";
import { type Database, type Write, single } from "./database.ts";
import { Filters } from "./filters.ts";

export async function readRun(database: Database, runId: RunId): Promise<StoredRun | undefined> {
  const [row] = await database.read<RunRow>("read_run", `select ${runColumns} from runs where run_id = $1`, [runId]);
  return row === undefined ? undefined : storedRun(row);
}

interface EventRow {
  readonly event_no: number;
  readonly seq: number;
  readonly digest: Uint8Array;
  readonly body: string;
}

const eventsText = `
select event_no, seq, digest, body from events
where run_no = (select run_no from runs where run_id = $1) and seq >= $2 order by seq limit $3`;

export async function readEvents(database: Database, runId: RunId, from: number, limit: number): Promise<StoredEvent[]> {
  const rows = await database.read<EventRow>("read_events", eventsText, [runId, from, limit]);
  return rows.map(eventOf);
}

function eventOf(row: EventRow): StoredEvent {
  return { order: row.event_no, seq: row.seq, digest: digestFrom(row.digest), text: row.body };
}

/** Below the oldest transaction that still runs, nothing can appear any more; of an earlier epoch everything is there. */
const commitsText = `
select e.epoch || ' ' || e.tx || ' ' || e.event_no as position, r.run_id, e.event_no, e.seq, e.digest, e.body
from events e join runs r using (run_no)
where (e.epoch, e.tx, e.event_no) > ($1::integer, $2::xid8, $3::bigint)
  and (e.tx < pg_snapshot_xmin(pg_current_snapshot()) or e.epoch < (select m.epoch from meta m))
order by e.epoch, e.tx, e.event_no limit $4`;

export async function readCommits(database: Database, after: string | null, limit: number): Promise<CommitPage> {
  const [epoch = "-1", tx = "0", eventNo = "0"] = after?.split(" ") ?? [];
  const values = [epoch, tx, eventNo, limit];
  const rows = await database.read<EventRow & { readonly position: string; readonly run_id: RunId }>("read_commits", commitsText, values);
  const events = rows.map((row) => ({ ...eventOf(row), runId: row.run_id }));
  return { events, next: rows.at(-1)?.position ?? after };
}

const artifactText = `
select body from artifacts where digest = $1
union all (select body from snapshots where digest = $1 limit 1) limit 1`;

export async function readArtifact(database: Database, digest: Digest): Promise<Uint8Array | undefined> {
  const [row] = await database.read<{ readonly body: Uint8Array }>("read_artifact", artifactText, [bytesOf(digest)]);
  return row?.body;
}

export async function readSnapshot(
  database: Database,
  runId: RunId,
): Promise<{ readonly head: Head; readonly digest: Digest } | undefined> {
  const [row] = await database.read<{ readonly seq: number; readonly head_digest: Uint8Array; readonly digest: Uint8Array }>(
    "read_snapshot",
    "select seq, head_digest, digest from snapshots where run_no = (select run_no from runs where run_id = $1)",
    [runId],
  );
  return row === undefined ? undefined : { head: { seq: row.seq, digest: digestFrom(row.head_digest) }, digest: digestFrom(row.digest) };
}

export interface SnapshotRequest {
  readonly runId: RunId;
  readonly head: Head;
  readonly artifact: NewArtifact;
}

/** Keeps the snapshot if its head is an event of the run and no newer one is kept. */
export function snapshotWrite({ version }: CallContext): Write<SnapshotRequest, void> {
  return single(async (ask, { runId, head, artifact: { digest, body } }) => {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const values = [version, runId, head.seq, bytesOf(head.digest), bytesOf(digest), bytes];
    await ask("write_snapshot", "select write_snapshot($1, $2, $3, $4, $5, $6)", values);
  });
}

/** The statement is made of the filters that are given, so that each combination has a plan of its own. */
export async function listRuns(database: Database, filter: RunFilter): Promise<ListedRun[]> {
  const { status, entryPoint, parent, prefix, before, limit } = filter;
  // PostgreSQL knows no text with this character; no run id has it.
  if (prefix?.includes("\0") === true) return [];
  const filters = new Filters();
  filters.prefix("from", prefix, "run_id");
  filters.where("parent", parent, "parent = ?");
  filters.where("op", entryPoint, "entry_point = ?");
  filters.where("status", status, "status = ?");
  filters.where("before", before, "run_no < ?");
  const text = `select ${runColumns} from runs ${filters.rest("run_no desc", limit)}`;
  return (await database.read<RunRow>(filters.name("list_runs"), text, filters.values)).map(listedRun);
}

const dueText = `
select min(first.claimable_at) as due, coalesce($3, store_now()) as now
from unnest($1::text[], $2::integer[]) as e (entry_point, run_limit)
left join lateral (
  select claimable_at from runs r where r.entry_point = e.entry_point and r.claimable_at is not null order by r.claimable_at limit 1
) as first on e.run_limit is null or room_of(e.entry_point, e.run_limit, coalesce($3, store_now())) > 0`;

/** The earliest time at which `claimNext` may find something, not before now. */
export async function nextDue(
  database: Database,
  { entryPoints, limits }: { readonly entryPoints: readonly DefinitionId[]; readonly limits: RunLimits | undefined },
  clock: number | null,
): Promise<number | null> {
  const values = [entryPoints, limitsOf(entryPoints, limits), clock];
  const [row] = await database.read<{ readonly due: number | null; readonly now: number }>("next_due", dueText, values);
  return typeof row?.due === "number" ? Math.max(row.due, row.now) : null;
}

const driversText = `
select lease_owner as owner, count(*) as runs, max(lease_expires) as until from runs
where lease_owner is not null and lease_expires > coalesce($1, store_now()) group by lease_owner order by lease_owner collate "C"`;

export function listDrivers(database: Database, clock: number | null): Promise<Driver[]> {
  return database.read<Driver & { [name: string]: unknown }>("list_drivers", driversText, [clock]);
}

export async function readClock(database: Database): Promise<number> {
  const [row] = await database.read<{ readonly now: number }>("now", "select store_now() as now", []);
  return row?.now ?? NaN;
}

export interface Counts {
  readonly runs: number;
  readonly events: number;
  readonly artifacts: number;
  readonly bytes: number;
}

const countText = `
select (select count(*) from runs) as runs, (select count(*) from events) as events, (select count(*) from artifacts) as artifacts,
  (select sum(pg_total_relation_size(t.name::regclass))::bigint from unnest('{meta,runs,events,artifacts,snapshots,effects,lanes}'::text[]) as t (name)) as bytes`;

export async function count(database: Database): Promise<Counts> {
  const [row] = await database.read<Counts>("count", countText, []);
  return row ?? { runs: 0, events: 0, artifacts: 0, bytes: 0 };
}
