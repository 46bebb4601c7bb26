/** The append, inside a write transaction: nobody else writes between its checks and its rows. */
import { Buffer } from "node:buffer";
import type { RunId } from "../../kernel/names.ts";
import { type RunStatus, hasEnded, runStatuses } from "../../kernel/run.ts";
import type { Admission, Append, AppendResult, NewArtifact } from "../../kernel/store.ts";
import { type ScheduleRow, bytesOf, digestFrom, scheduleColumns, scheduleOf } from "../rows.ts";
import { type Schedule, admitted, appended, claimableAt, ended, poked } from "../schedule.ts";
import { movedLane, writeEffects } from "./lanes.ts";
import { writeSchedule } from "./rows.ts";
import type { Session } from "./session.ts";

interface HeadRow extends ScheduleRow {
  readonly status: RunStatus;
  readonly head_seq: number;
  readonly head_digest: Uint8Array;
  readonly claimable_at: number | null;
  readonly parent: RunId | null;
}

export function append(session: Session, request: Append, now: number): AppendResult {
  const row = session.get<HeadRow>(
    `select ${scheduleColumns}, status, head_seq, head_digest, claimable_at, parent from runs where run_id = ?`,
    request.runId,
  );
  const { expected, fence, admission } = request;
  if (row === undefined) return admission === null ? { kind: "conflict", head: null } : admit(session, request, admission, now);
  const head = { seq: row.head_seq, digest: digestFrom(row.head_digest) };
  if (expected === null || hasEnded(row.status)) return { kind: "conflict", head };
  if (fence !== null && fence !== row.fence) return { kind: "fenced" };
  if (expected.seq !== head.seq || expected.digest !== head.digest) return { kind: "conflict", head };
  const lane = movedLane(session, request);
  if (lane !== undefined) return { kind: "laneMoved", lane };
  advance(session, request, row, now);
  const order = writeStream(session, request, row.run_no);
  writeEffects(session, request, row.run_no, now);
  return { kind: "appended", order, lease: null };
}

function admit(session: Session, request: Append, admission: Admission, now: number): AppendResult {
  const { run, runId } = request;
  const begun = admitted(request.wakeAt, admission.lease, now);
  const schedule = hasEnded(run.status) ? ended(begun) : begun;
  const runNo = session.insert(
    "insert into runs (run_id, entry_point, spec_ref, config_digest, parent, status, head_seq, head_digest, run, wake_at, poked_at, claimable_at, fence, lease_owner, lease_expires, claims) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    runId,
    admission.entryPoint,
    bytesOf(admission.specRef),
    bytesOf(admission.configDigest),
    admission.parent,
    run.status,
    run.head.seq,
    bytesOf(run.head.digest),
    JSON.stringify(run),
    schedule.wakeAt,
    schedule.pokedAt,
    claimableAt(schedule),
    schedule.fence,
    schedule.owner,
    schedule.expiresAt,
    schedule.claims,
  );
  if (hasEnded(run.status)) pokeFamily(session, runId, admission.parent, now);
  const order = writeStream(session, request, runNo);
  writeEffects(session, request, runNo, now);
  const { owner, fence, expiresAt } = schedule;
  return { kind: "appended", order, lease: owner === null || expiresAt === null ? null : { runId, owner, fence, expiresAt } };
}

/** Moves the run's row to the new head. */
function advance(session: Session, request: Append, row: HeadRow, now: number): void {
  const { run, runId, wakeAt } = request;
  const schedule = scheduleOf(row);
  const next = hasEnded(run.status) ? ended(schedule) : appended(schedule, wakeAt, request.fence === null ? "other" : "driver", now);
  const digest = bytesOf(run.head.digest);
  const text = JSON.stringify(run);
  if (run.status === row.status && claimableAt(next) === row.claimable_at) {
    // The usual step of a leased run: no indexed column is named, so no index page is written.
    session.run(
      "update runs set head_seq = ?, head_digest = ?, run = ?, wake_at = ?, poked_at = ?, claims = ? where run_no = ?",
      run.head.seq,
      digest,
      text,
      next.wakeAt,
      next.pokedAt,
      next.claims,
      row.run_no,
    );
    return;
  }
  session.run(
    "update runs set head_seq = ?, head_digest = ?, run = ?, status = ? where run_no = ?",
    run.head.seq,
    digest,
    text,
    run.status,
    row.run_no,
  );
  writeSchedule(session, row.run_no, next);
  if (hasEnded(run.status)) pokeFamily(session, runId, row.parent, now);
}

/** Writes events and artifacts; the commit order of the last event. */
function writeStream(session: Session, request: Append, runNo: number): number {
  for (const artifact of request.artifacts) writeArtifact(session, artifact);
  let order = 0;
  for (const { event, text, digest } of request.events) {
    order = session.insert("insert into events (run_no, seq, digest, body) values (?, ?, ?, ?)", runNo, event.seq, bytesOf(digest), text);
  }
  return order;
}

function writeArtifact(session: Session, { digest, body }: NewArtifact): void {
  const key = bytesOf(digest);
  if (session.get("select 1 from artifacts where digest = ?", key) !== undefined) return;
  session.run("insert into artifacts (digest, body) values (?, ?)", key, typeof body === "string" ? Buffer.from(body) : body);
}

const unended = runStatuses
  .filter((status) => !hasEnded(status))
  .map((status) => `'${status}'`)
  .join(", ");

/** A parent waits for its children's end, and children are to end with their parent: both are looked at again. */
function pokeFamily(session: Session, runId: RunId, parent: RunId | null, now: number): void {
  const family: ScheduleRow[] = session.all(`select ${scheduleColumns} from runs where parent = ? and status in (${unended})`, runId);
  if (parent !== null)
    family.push(...session.all<ScheduleRow>(`select ${scheduleColumns} from runs where run_id = ? and status in (${unended})`, parent));
  for (const row of family) {
    const schedule: Schedule = poked(scheduleOf(row), now);
    writeSchedule(session, row.run_no, schedule);
  }
}
