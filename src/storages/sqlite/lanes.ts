/** Effects and lanes: rows that are written with an append, inside its transaction, and what is read of them. */
import { hasEnded } from "../../kernel/run.ts";
import type { RunStatus } from "../../kernel/run.ts";
import type { EffectFilter, EffectRow, Lane, ListedEffect } from "../../kernel/lanes.ts";
import type { Append } from "../../kernel/store.ts";
import { type EffectRecord, type PlacedRecord, laneOf, listedEffect, placeColumns, effectColumns } from "../effect-rows.ts";
import { type ScheduleRow, bytesOf, scheduleColumns, scheduleOf } from "../rows.ts";
import { poked } from "../schedule.ts";
import type { SqlValue } from "./driver.ts";
import { writeSchedule } from "./rows.ts";
import type { Session } from "./session.ts";

/** The first lane in which somebody else was given a slot since it was read; undefined: none. */
export function movedLane(session: Session, { lanes = [] }: Append): string | undefined {
  return lanes.find(({ lane, take }) => take !== null && take.seq !== seqOf(session, lane))?.lane;
}

function seqOf(session: Session, lane: string): number {
  return session.get<{ readonly seq: number }>("select seq from lanes where lane = ?", lane)?.seq ?? 0;
}

/** Writes the rows of an append, and pokes whose turn it is now. */
export function writeEffects(session: Session, { effects = [], lanes = [] }: Append, runNo: number, now: number): void {
  for (const row of effects) putEffect(session, runNo, row);
  for (const { lane, take, next } of lanes) {
    session.run(
      `insert into lanes (lane, seq, next) values (?, ?, ?)
       on conflict (lane) do update set seq = seq + excluded.seq, next = max(coalesce(next, excluded.next), coalesce(excluded.next, next))`,
      lane,
      take?.slots ?? 0,
      next,
    );
  }
  for (const { lane } of lanes) pokeTurn(session, lane, runNo, now);
}

/** Whoever enters the queue goes to its end; tickets begin anew where it is empty. */
export function putEffect(session: Session, runNo: number, row: EffectRow): void {
  const { effect, step, kind, is, outcome, candidates, identity, lane, slot, place } = row;
  session.run(
    `insert into effects (digest, run_no, step, kind, state, outcome, candidates, identity, lane, slot, place, ticket)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       case when ? = 'queued' then (select coalesce(max(ticket), 0) + 1 from effects where lane = ? and place = 'queued') end)
     on conflict (digest) do update set step = excluded.step, kind = excluded.kind, state = excluded.state, outcome = excluded.outcome, candidates = excluded.candidates,
       identity = excluded.identity, lane = excluded.lane, slot = excluded.slot, place = excluded.place,
       ticket = case when place is 'queued' and excluded.place is 'queued' then ticket else excluded.ticket end`,
    bytesOf(effect),
    runNo,
    step,
    kind,
    is,
    outcome,
    candidates,
    identity,
    lane,
    slot,
    place,
    place,
    lane,
  );
}

/** Nobody is given a slot while another effect holds one that it has not used. */
function pokeTurn(session: Session, lane: string, runNo: number, now: number): void {
  const first = session.get<{ readonly run_no: number }>(
    `select run_no from effects where lane = ? and place = 'queued'
     and not exists (select 1 from effects where lane = ? and place = 'held') order by ticket limit 1`,
    lane,
    lane,
  );
  if (first === undefined || first.run_no === runNo) return;
  const run = session.get<ScheduleRow & { readonly status: RunStatus }>(
    `select ${scheduleColumns}, status from runs where run_no = ?`,
    first.run_no,
  );
  if (run !== undefined && !hasEnded(run.status)) writeSchedule(session, run.run_no, poked(scheduleOf(run), now));
}

/** One statement, and so one moment. */
export function readLane(session: Session, lane: string, queued: number): Lane | undefined {
  const rows = session.all<PlacedRecord>(
    `select l.seq, l.next, (select count(*) from effects where lane = l.lane and place = 'queued') as queued, ${placeColumns}
     from lanes l left join (
       select * from (select * from effects where lane = ? and place = 'queued' order by ticket limit ?)
       union all select * from effects where lane = ? and place in ('held', 'open')
     ) e on true left join runs r on r.run_no = e.run_no where l.lane = ?`,
    lane,
    queued,
    lane,
    lane,
  );
  return laneOf(lane, rows);
}

export function listLanes(session: Session): string[] {
  return session
    .all<{ readonly lane: string }>("select lane from lanes")
    .map(({ lane }) => lane)
    .toSorted();
}

/** Each combination of filters is answered from the index of the first that is given, in this order; a unary plus keeps SQLite from choosing another. */
export function listEffects(session: Session, { runId, lane, is, identity, before, limit }: EffectFilter): ListedEffect[] {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const where = (column: string, comparison: string, given: string | undefined): void => {
    if (given === undefined) return;
    conditions.push(`${conditions.length === 0 ? "" : "+"}${column} ${comparison}`);
    values.push(given);
  };
  where("e.run_no", "= (select run_no from runs where run_id = ?)", runId);
  // Any identity that begins like the prefix is below the prefix followed by the highest code point.
  where("e.identity", ">= ?", identity);
  if (identity !== undefined) {
    conditions.push(`${runId === undefined ? "" : "+"}e.identity < ?`);
    values.push(`${identity}\u{10ffff}`);
  }
  where("e.lane", "= ?", lane);
  where("e.state", "= ?", is);
  if (before !== undefined) {
    // Every index but that of identities ends with this number.
    conditions.push(`${identity !== undefined && runId === undefined ? "+" : ""}e.effect_no < ?`);
    values.push(before);
  }
  const filtered = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  return session
    .all<EffectRecord>(
      `select ${effectColumns} from effects e join runs r on r.run_no = e.run_no ${filtered} order by e.effect_no desc limit ?`,
      ...values,
      limit,
    )
    .map(listedEffect);
}
