/**
 * Everything about the file that can be seen without knowing what events mean: pages, digests, chains, rows that contradict their stream,
 * references without artifact and artifacts without reference. Reads row by row; what was referenced is kept in a temporary table.
 */
import { type Digest, digestOf, isDigest } from "../../kernel/canonical.ts";
import { isEnding } from "../../kernel/events.ts";
import { type Json, isJsonObject } from "../../kernel/json.ts";
import type { RunId } from "../../kernel/names.ts";
import { type Run, hasEnded } from "../../kernel/run.ts";
import type { Problem } from "../../kernel/store.ts";
import { resultCodeOf } from "./failure.ts";
import { type ScheduleRow, bytesOf, digestFrom, scheduleColumns, scheduleOf } from "./rows.ts";
import { claimableAt } from "./schedule.ts";
import type { Session } from "./session.ts";

/** More would not tell more. */
const problemLimit = 1000;

interface CheckedRun extends ScheduleRow {
  readonly run_id: RunId;
  readonly entry_point: string;
  readonly spec_ref: Uint8Array;
  readonly config_digest: Uint8Array;
  readonly status: string;
  readonly head_seq: number;
  readonly head_digest: Uint8Array;
  readonly run: string;
  readonly claimable_at: number | null;
}

interface CheckedEvent {
  readonly commit_order: number;
  readonly seq: number;
  readonly digest: Uint8Array;
  readonly body: string;
}

type Report = (where: string, what: string) => void;

/** A part that cannot be read to its end is a problem like any other; the parts after it are checked all the same. */
export function checkFile(session: Session): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (where, what) => {
    if (problems.length < problemLimit) problems.push({ where, what });
  };
  const parts: readonly (readonly [string, (session: Session, report: Report) => void])[] = [
    ["file", begin],
    ["file", checkPages],
    ["runs", checkStreams],
    ["artifacts", checkArtifacts],
    ["snapshots", checkSnapshots],
  ];
  for (const [name, part] of parts) {
    try {
      part(session, report);
    } catch (error) {
      if (resultCodeOf(error) === undefined) throw error;
      report(name, `cannot be read: ${error instanceof Error ? error.message : ""}`);
    }
  }
  if (session.inTransaction) session.exec("rollback");
  return problems;
}

/** One snapshot of the file for all parts. */
function begin(session: Session): void {
  session.exec("begin; create temp table referenced (digest blob primary key, event text not null) strict, without rowid");
}

function checkPages(session: Session, report: Report): void {
  for (const row of session.iterate<{ readonly integrity_check: string }>("pragma integrity_check")) {
    if (row.integrity_check !== "ok") report("file", row.integrity_check);
  }
  for (const row of session.iterate<{ readonly table: string; readonly rowid: number }>("pragma foreign_key_check")) {
    report(`${row.table} row ${row.rowid}`, "belongs to no run");
  }
}

function checkStreams(session: Session, report: Report): void {
  for (const row of session.iterate<CheckedRun>(
    `select ${scheduleColumns}, run_id, entry_point, spec_ref, config_digest, status, head_seq, head_digest, run, claimable_at from runs`,
  )) {
    checkStream(session, row, report);
  }
}

function checkStream(session: Session, row: CheckedRun, report: Report): void {
  let before: CheckedEvent | undefined;
  let lastType: unknown;
  for (const stored of session.iterate<CheckedEvent>(
    "select commit_order, seq, digest, body from events where run_no = ? order by seq",
    row.run_no,
  )) {
    const where = `${row.run_id} event ${stored.seq}`;
    const digest = digestFrom(stored.digest);
    if (stored.seq !== (before === undefined ? 0 : before.seq + 1)) report(where, "an event is missing before it");
    if (before !== undefined && stored.commit_order <= before.commit_order) report(where, "was committed before the event it follows");
    if (digestOf(stored.body) !== digest) report(where, "its digest is not of its text");
    const event = parseObject(stored.body);
    const prev = before === undefined ? null : digestFrom(before.digest);
    if (event === undefined) report(where, "its text is not a JSON object");
    else {
      if (event["runId"] !== row.run_id || event["seq"] !== stored.seq) report(where, "its text is of another run or another place");
      if (event["prev"] !== prev) report(where, "does not name the event before it");
      if (stored.seq === 0) checkAdmission(row, event, report);
      note(session, event["data"] ?? null, where);
    }
    lastType = event?.["type"];
    before = stored;
  }
  checkRow(row, before, lastType, report);
}

function checkAdmission(row: CheckedRun, event: { readonly [name: string]: Json }, report: Report): void {
  const data = event["data"];
  if (event["type"] !== "RunAdmitted" || data === undefined || !isJsonObject(data))
    return report(row.run_id, "its first event is not its admission");
  const { spec, config } = data;
  if (digestIn(spec) !== digestFrom(row.spec_ref)) report(row.run_id, "its row names another spec than its stream");
  if (digestIn(config) !== digestFrom(row.config_digest)) report(row.run_id, "its row names another configuration than its stream");
}

/** The row is a summary that lists and claims are made from: it must say what the last event says. */
function checkRow(row: CheckedRun, last: CheckedEvent | undefined, lastType: unknown, report: Report): void {
  if (last === undefined) return report(row.run_id, "has no events");
  if (last.seq !== row.head_seq || digestFrom(last.digest) !== digestFrom(row.head_digest))
    report(row.run_id, "its row names another head than its stream");
  const run = parseObject(row.run) as Run | undefined;
  const agrees =
    run?.runId === row.run_id &&
    run.entryPoint === row.entry_point &&
    run.status === row.status &&
    run.head.seq === row.head_seq &&
    run.head.digest === digestFrom(row.head_digest);
  if (run === undefined || !agrees) return report(row.run_id, "its row contradicts itself");
  const ended = hasEnded(run.status);
  if (typeof lastType === "string" && isEnding(lastType as Parameters<typeof isEnding>[0]) !== ended)
    report(row.run_id, `its row says ${run.status}, its last event is ${lastType}`);
  const schedule = scheduleOf(row);
  if (claimableAt(schedule) !== row.claimable_at || (ended && (row.claimable_at !== null || schedule.owner !== null)))
    report(row.run_id, "its row contradicts itself about when it is due");
}

/** Remembers what event data refers to: members that are references, and the facts that were used. */
function note(session: Session, value: Json, where: string): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) note(session, item, where);
  } else if (isJsonObject(value)) {
    const named = "kind" in value && "mediaType" in value ? digestIn(value) : isDigest(value["fact"]) ? value["fact"] : undefined;
    if (named !== undefined) session.run("insert or ignore into temp.referenced (digest, event) values (?, ?)", bytesOf(named), where);
    else for (const member of Object.values(value)) note(session, member, where);
  }
}

function checkArtifacts(session: Session, report: Report): void {
  for (const row of session.iterate<{ readonly digest: Uint8Array; readonly body: Uint8Array }>("select digest, body from artifacts")) {
    if (digestOf(row.body) !== digestFrom(row.digest)) report(digestFrom(row.digest), "its bytes have another digest");
  }
  for (const row of session.iterate<{ readonly digest: Uint8Array }>(
    "select digest from artifacts where digest not in (select digest from temp.referenced)",
  )) {
    report(digestFrom(row.digest), "an artifact that no event refers to");
  }
  for (const row of session.iterate<{ readonly digest: Uint8Array; readonly event: string }>(
    "select digest, event from temp.referenced where digest not in (select digest from artifacts)",
  )) {
    report(row.event, `refers to ${digestFrom(row.digest)}, which is missing`);
  }
}

function checkSnapshots(session: Session, report: Report): void {
  const rows = session.iterate<{ readonly run_no: number; readonly digest: Uint8Array; readonly body: Uint8Array; readonly known: number }>(
    `select run_no, digest, body, exists (select 1 from events where events.run_no = snapshots.run_no and events.seq = snapshots.seq and events.digest = snapshots.head_digest) as known
     from snapshots`,
  );
  for (const row of rows) {
    if (digestOf(row.body) !== digestFrom(row.digest)) report(`snapshot of run ${row.run_no}`, "its bytes have another digest");
    if (row.known !== 1) report(`snapshot of run ${row.run_no}`, "is at a head that its run does not have");
  }
}

function digestIn(value: Json | undefined): Digest | undefined {
  const digest = value !== undefined && isJsonObject(value) ? value["digest"] : undefined;
  return isDigest(digest) ? digest : undefined;
}

function parseObject(text: string): { readonly [name: string]: Json } | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
