/** Leases: claiming runs, keeping them, giving them back. Everything but `findClaimable` and `nextDue` runs inside a write transaction. */
import type { Digest } from "../../kernel/canonical.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import { type RunStatus, hasEnded } from "../../kernel/run.ts";
import type { ClaimRequest, ClaimResult, Driver, Lease } from "../../kernel/store.ts";
import { type RunRow, type ScheduleRow, runColumns, scheduleColumns, scheduleOf, storedRun } from "../rows.ts";
import { type Schedule, claimed, extended, isLeased, released } from "../schedule.ts";
import { writeSchedule } from "./rows.ts";
import type { Session } from "./session.ts";

type Claimed = ClaimResult & { readonly kind: "claimed" };

export interface ClaimNextRequest extends ClaimRequest {
  readonly entryPoints: readonly DefinitionId[];
  readonly exceptSpecs: readonly Digest[];
}

export function claim(session: Session, runId: RunId, request: ClaimRequest & { readonly takeOver: boolean }, now: number): ClaimResult {
  const row = session.get<RunRow & { readonly status: RunStatus }>(`select ${runColumns}, status from runs where run_id = ?`, runId);
  if (row === undefined) return { kind: "unknown" };
  if (hasEnded(row.status)) return { kind: "ended" };
  const { lease } = storedRun(row);
  if (lease !== null && isLeased(scheduleOf(row), now) && !request.takeOver) return { kind: "busy", lease };
  return take(session, row, request, now);
}

export function claimNext(session: Session, request: ClaimNextRequest, now: number): Claimed | undefined {
  const runNo = findClaimable(session, request, now);
  const row = runNo === undefined ? undefined : session.get<RunRow>(`select ${runColumns} from runs where run_no = ?`, runNo);
  return row === undefined ? undefined : take(session, row, request, now);
}

function take(session: Session, row: RunRow, request: ClaimRequest, now: number): Claimed {
  const schedule = claimed(scheduleOf(row), request.owner, request.milliseconds, now);
  writeSchedule(session, row.run_no, schedule);
  const { owner, milliseconds } = request;
  return {
    kind: "claimed",
    lease: { runId: row.run_id, owner, fence: schedule.fence, expiresAt: now + milliseconds },
    stored: storedRun(row, schedule),
  };
}

/** The number of the run that could have been claimed for the longest time; of equals the one admitted first. */
export function findClaimable(session: Session, { entryPoints, exceptSpecs }: ClaimNextRequest, now: number): number | undefined {
  const refused = exceptSpecs.length === 0 ? undefined : JSON.stringify(exceptSpecs.map((digest) => digest.slice("sha256:".length)));
  let first: Claimable | undefined;
  for (const entryPoint of new Set(entryPoints)) {
    const found = firstClaimable(session, entryPoint, refused, now);
    if (found !== undefined && (first === undefined || isBefore(found, first))) first = found;
  }
  return first?.run_no;
}

interface Claimable {
  readonly run_no: number;
  readonly claimable_at: number;
}

function isBefore(one: Claimable, other: Claimable): boolean {
  return one.claimable_at === other.claimable_at ? one.run_no < other.run_no : one.claimable_at < other.claimable_at;
}

function firstClaimable(session: Session, entryPoint: DefinitionId, refused: string | undefined, now: number): Claimable | undefined {
  const select = "select run_no, claimable_at from runs where entry_point = ? and claimable_at <= ?";
  const order = "order by claimable_at, run_no limit 1";
  if (refused === undefined) return session.get(`${select} ${order}`, entryPoint, now);
  return session.get(`${select} and lower(hex(spec_ref)) not in (select value from json_each(?)) ${order}`, entryPoint, now, refused);
}

/** The earliest time at which `claimNext` may find something, not before now. */
export function nextDue(session: Session, entryPoints: readonly DefinitionId[], now: number): number | null {
  let earliest = Infinity;
  for (const entryPoint of new Set(entryPoints)) {
    const row = session.get<{ claimable_at: number }>(
      "select claimable_at from runs where entry_point = ? and claimable_at is not null order by claimable_at limit 1",
      entryPoint,
    );
    earliest = Math.min(earliest, row?.claimable_at ?? Infinity);
  }
  return earliest === Infinity ? null : Math.max(earliest, now);
}

/** The run ids whose lease was still this one; they are extended, also when they had expired and nobody took them. */
export function heartbeat(session: Session, leases: readonly Lease[], milliseconds: number, now: number): RunId[] {
  const kept: RunId[] = [];
  for (const lease of leases) {
    const held = readHeld(session, lease);
    if (held === undefined) continue;
    writeSchedule(session, held.runNo, extended(held.schedule, milliseconds, now));
    kept.push(lease.runId);
  }
  return kept;
}

export function release(session: Session, lease: Lease, wakeAt: number | null): void {
  const held = readHeld(session, lease);
  if (held !== undefined) writeSchedule(session, held.runNo, released(held.schedule, wakeAt));
}

/** Looks at every run: for people, now and then. */
export function listDrivers(session: Session, now: number): Driver[] {
  const rows = session.all<Driver>(
    `select lease_owner as owner, count(*) as runs, max(lease_expires) as until from runs
     where lease_owner is not null and lease_expires > ? group by lease_owner order by lease_owner`,
    now,
  );
  return rows.map(({ owner, runs, until }) => ({ owner, runs, until }));
}

function readHeld(session: Session, lease: Lease): { readonly runNo: number; readonly schedule: Schedule } | undefined {
  const row = session.get<ScheduleRow>(
    `select ${scheduleColumns} from runs where run_id = ? and fence = ? and lease_owner = ?`,
    lease.runId,
    lease.fence,
    lease.owner,
  );
  return row === undefined ? undefined : { runNo: row.run_no, schedule: scheduleOf(row) };
}
