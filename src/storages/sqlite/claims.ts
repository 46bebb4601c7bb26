/** Leases: claiming runs, keeping them, giving them back. Everything but `findClaimable` and `nextDue` runs inside a write transaction. */
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import { type RunStatus, hasEnded } from "../../kernel/run.ts";
import type { ClaimNextRequest, ClaimRequest, ClaimResult, Claimed, Driver, Lease, RunLimits } from "../../kernel/leases.ts";
import { type RunRow, type ScheduleRow, runColumns, scheduleColumns, scheduleOf, storedRun } from "../rows.ts";
import { type Schedule, claimed, extended, isLeased, released } from "../schedule.ts";
import { writeSchedule } from "./rows.ts";
import type { Session } from "./session.ts";

export function claim(session: Session, runId: RunId, request: ClaimRequest & { readonly takeOver: boolean }, now: number): ClaimResult {
  const row = session.get<RunRow & { readonly status: RunStatus }>(`select ${runColumns}, status from runs where run_id = ?`, runId);
  if (row === undefined) return { kind: "unknown" };
  if (hasEnded(row.status)) return { kind: "ended" };
  const { lease } = storedRun(row);
  if (lease !== null && isLeased(scheduleOf(row), now) && !request.takeOver) return { kind: "busy", lease };
  return { kind: "claimed", ...take(session, row, request, now) };
}

export function claimNext(session: Session, request: ClaimNextRequest, now: number): Claimed[] {
  return findClaimable(session, request, now).flatMap((runNo) => {
    const row = session.get<RunRow>(`select ${runColumns} from runs where run_no = ?`, runNo);
    return row === undefined ? [] : [take(session, row, request, now)];
  });
}

function take(session: Session, row: RunRow, request: ClaimRequest, now: number): Claimed {
  const schedule = claimed(scheduleOf(row), request.owner, request.milliseconds, now);
  writeSchedule(session, row.run_no, schedule);
  const { owner, milliseconds } = request;
  return { lease: { runId: row.run_id, owner, fence: schedule.fence, expiresAt: now + milliseconds }, stored: storedRun(row, schedule) };
}

/** The numbers of the runs to claim, in turn. */
export function findClaimable(session: Session, request: ClaimNextRequest, now: number): number[] {
  const { entryPoints, served = [], exceptSpecs, places = 1, limits } = request;
  const refused = exceptSpecs.length === 0 ? undefined : JSON.stringify(exceptSpecs.map((digest) => digest.slice("sha256:".length)));
  const found: Candidate[] = [];
  for (const entryPoint of entryPoints) {
    const firstTurn = served.includes(entryPoint) ? 1 : 0;
    const limit = Math.min(places, roomOf(session, entryPoint, limits, now));
    const own = limit > 0 ? claimableOf(session, entryPoint, { refused, limit, now }) : [];
    found.push(...own.map((run, index) => Object.assign({ turn: firstTurn + index }, run)));
  }
  return found
    .toSorted(byTurn)
    .slice(0, places)
    .map(({ run_no }) => run_no);
}

function byTurn(one: Candidate, other: Candidate): number {
  if (one.turn !== other.turn) return one.turn - other.turn;
  return one.claimable_at === other.claimable_at ? one.run_no - other.run_no : one.claimable_at - other.claimable_at;
}

interface Claimable {
  readonly run_no: number;
  readonly claimable_at: number;
}

interface Candidate extends Claimable {
  readonly turn: number;
}

/** How many more runs of the entry point may be leased. */
function roomOf(session: Session, entryPoint: DefinitionId, limits: RunLimits | undefined, now: number): number {
  const limit = limits?.get(entryPoint);
  if (limit === undefined) return Infinity;
  const row = session.get<{ leased: number }>(
    "select count(*) as leased from runs where entry_point = ? and lease_owner is not null and lease_expires > ?",
    entryPoint,
    now,
  );
  return limit - (row?.leased ?? 0);
}

function claimableOf(
  session: Session,
  entryPoint: DefinitionId,
  { refused, limit, now }: { readonly refused: string | undefined; readonly limit: number; readonly now: number },
): Claimable[] {
  const select = "select run_no, claimable_at from runs where entry_point = ? and claimable_at <= ?";
  const order = "order by claimable_at, run_no limit ?";
  if (refused === undefined) return session.all(`${select} ${order}`, entryPoint, now, limit);
  const known = "lower(hex(spec_ref)) not in (select value from json_each(?))";
  return session.all(`${select} and ${known} ${order}`, entryPoint, now, refused, limit);
}

/** The earliest time at which `claimNext` may find something, not before now. */
export function nextDue(
  session: Session,
  { entryPoints, limits }: { readonly entryPoints: readonly DefinitionId[]; readonly limits: RunLimits | undefined },
  now: number,
): number | null {
  let earliest = Infinity;
  for (const entryPoint of entryPoints) {
    if (roomOf(session, entryPoint, limits, now) <= 0) continue;
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
