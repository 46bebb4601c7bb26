/** Reading and writing single rows of `runs`. */
import type { RunId } from "../../kernel/names.ts";
import { type RunRow, runColumns } from "../rows.ts";
import { type Schedule, claimableAt } from "../schedule.ts";
import type { Session } from "./session.ts";

export function readRunRow(session: Session, runId: RunId): RunRow | undefined {
  return session.get<RunRow>(`select ${runColumns} from runs where run_id = ?`, runId);
}

/** Writes who drives a run and when it is due, and nothing else. */
export function writeSchedule(session: Session, runNo: number, schedule: Schedule): void {
  session.run(
    "update runs set wake_at = ?, poked_at = ?, claimable_at = ?, fence = ?, lease_owner = ?, lease_expires = ?, claims = ? where run_no = ?",
    schedule.wakeAt,
    schedule.pokedAt,
    claimableAt(schedule),
    schedule.fence,
    schedule.owner,
    schedule.expiresAt,
    schedule.claims,
    runNo,
  );
}
