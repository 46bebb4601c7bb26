/** Rows that are written anew because they are not what the streams say. Each runs inside a write transaction. */
import type { Digest } from "../../kernel/canonical.ts";
import { type Run, hasEnded } from "../../kernel/run.ts";
import type { EffectRow, LaneRepair } from "../../kernel/lanes.ts";
import { type ScheduleRow, bytesOf, digestFrom, scheduleColumns, scheduleOf } from "../rows.ts";
import { ended, poked } from "../schedule.ts";
import { putEffect } from "./lanes.ts";
import { writeSchedule } from "./rows.ts";
import type { Session } from "./session.ts";

export interface RunRepair {
  readonly run: Run;
  readonly effects: readonly EffectRow[];
  readonly wake: boolean;
}

export function repairRun(session: Session, { run, effects, wake }: RunRepair, now: number): boolean {
  const row = session.get<ScheduleRow & { readonly head_digest: Uint8Array }>(
    `select ${scheduleColumns}, head_digest from runs where run_id = ?`,
    run.runId,
  );
  if (row === undefined || digestFrom(row.head_digest) !== run.head.digest) return false;
  session.run("update runs set run = ?, status = ? where run_no = ?", JSON.stringify(run), run.status, row.run_no);
  const schedule = scheduleOf(row);
  if (hasEnded(run.status)) writeSchedule(session, row.run_no, ended(schedule));
  else if (wake) writeSchedule(session, row.run_no, poked(schedule, now));
  const kept = new Set(effects.map(({ effect }) => effect));
  for (const { digest } of session.all<{ readonly digest: Uint8Array }>("select digest from effects where run_no = ?", row.run_no))
    if (!kept.has(digestFrom(digest))) session.run("delete from effects where digest = ?", digest);
  for (const effect of effects) putEffect(session, row.run_no, effect);
  return true;
}

export function repairLane(session: Session, { lane, seq, next, queue }: LaneRepair): boolean {
  const queued = session.all<{ readonly digest: Uint8Array }>("select digest from effects where lane = ? and place = 'queued'", lane);
  const found = new Set(queued.map(({ digest }): Digest => digestFrom(digest)));
  if (found.size !== queue.length || !queue.every((effect) => found.delete(effect))) return false;
  for (const [index, effect] of queue.entries()) session.run("update effects set ticket = ? where digest = ?", index + 1, bytesOf(effect));
  session.run(
    "insert into lanes (lane, seq, next) values (?, ?, ?) on conflict (lane) do update set seq = excluded.seq, next = excluded.next",
    lane,
    seq,
    next,
  );
  return true;
}
