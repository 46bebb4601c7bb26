/**
 * Everything about the file that can be seen without knowing what events mean: pages, digests, chains, rows that contradict their stream,
 * references without artifact and artifacts without reference. Reads row by row; what was referenced is kept in a temporary table.
 */
import { digestOf } from "../../kernel/canonical.ts";
import type { Problem } from "../../kernel/store.ts";
import { type CheckedEffect, type CheckedLane, EffectCheck, LaneCheck, checkedEffectColumns } from "../effect-check.ts";
import { bytesOf, digestFrom } from "../rows.ts";
import { type CheckedEvent, type CheckedRun, type Report, StreamCheck, checkedRunColumns, reportInto } from "../stream-check.ts";
import { resultCodeOf } from "./failure.ts";
import type { Session } from "./session.ts";

/** A part that cannot be read to its end is a problem like any other; the parts after it are checked all the same. */
export function checkFile(session: Session): Problem[] {
  const problems: Problem[] = [];
  const report = reportInto(problems);
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
  const lanes = new LaneCheck();
  for (const row of session.iterate<CheckedRun>(`select ${checkedRunColumns} from runs`)) {
    const stream = new StreamCheck(row, {
      report,
      note: (digest, event) =>
        void session.run("insert or ignore into temp.referenced (digest, event) values (?, ?)", bytesOf(digest), event),
    });
    const events = session.iterate<CheckedEvent>(
      "select commit_order, seq, digest, body from events where run_no = ? order by seq",
      row.run_no,
    );
    const rows = session.all<CheckedEffect>(`select ${checkedEffectColumns} from effects where run_no = ?`, row.run_no);
    const spec = rows.length === 0 ? undefined : readText(session, row.spec_ref);
    const effects = new EffectCheck(row.run_id, report, { lanes, spec });
    for (const event of events) {
      stream.event(event);
      effects.event(event.body, event.commit_order);
    }
    stream.end();
    effects.end(rows);
  }
  lanes.end(session.all<CheckedLane>("select lane, seq, next from lanes"), report);
}

function readText(session: Session, digest: Uint8Array): string | undefined {
  const [found] = session.all<{ readonly body: Uint8Array }>("select body from artifacts where digest = ?", digest);
  return found === undefined ? undefined : Buffer.from(found.body).toString("utf8");
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
