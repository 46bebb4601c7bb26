/**
 * What can be seen of one run's stream without knowing what events mean: its chain and digests, what it refers to, and whether the row beside
 * it says what it says. Every database's check reads its rows through this.
 */
import { type Digest, digestOf, isDigest } from "../kernel/canonical.ts";
import { isEnding } from "../kernel/events.ts";
import { type Json, isJsonObject } from "../kernel/json.ts";
import type { RunId } from "../kernel/names.ts";
import { type Run, hasEnded } from "../kernel/run.ts";
import type { Problem } from "../kernel/store.ts";
import { type ScheduleRow, digestFrom, scheduleColumns, scheduleOf } from "./rows.ts";
import { claimableAt } from "./schedule.ts";

export interface CheckedRun extends ScheduleRow {
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

export const checkedRunColumns = `${scheduleColumns}, run_id, entry_point, spec_ref, config_digest, status, head_seq, head_digest, run, claimable_at`;

export interface CheckedEvent {
  readonly commit_order: number;
  readonly seq: number;
  readonly digest: Uint8Array;
  readonly body: string;
}

export type Report = (where: string, what: string) => void;

/** More would not tell more. */
const problemLimit = 1000;

export function reportInto(problems: Problem[]): Report {
  return (where, what) => {
    if (problems.length < problemLimit) problems.push({ where, what });
  };
}

export interface StreamFindings {
  readonly report: Report;
  /** Told of every artifact that an event refers to, with the event. */
  readonly note: (digest: Digest, event: string) => void;
}

/** Takes a run's events in the order of their seq, then its end. */
export class StreamCheck {
  readonly #row: CheckedRun;
  readonly #findings: StreamFindings;
  #before: CheckedEvent | undefined;
  #lastType: unknown;

  constructor(row: CheckedRun, findings: StreamFindings) {
    this.#row = row;
    this.#findings = findings;
  }

  event(stored: CheckedEvent): void {
    const { report, note } = this.#findings;
    const before = this.#before;
    const where = `${this.#row.run_id} event ${stored.seq}`;
    const digest = digestFrom(stored.digest);
    if (stored.seq !== (before === undefined ? 0 : before.seq + 1)) report(where, "an event is missing before it");
    if (before !== undefined && stored.commit_order <= before.commit_order) report(where, "was committed before the event it follows");
    if (digestOf(stored.body) !== digest) report(where, "its digest is not of its text");
    const event = parseObject(stored.body);
    const prev = before === undefined ? null : digestFrom(before.digest);
    if (event === undefined) report(where, "its text is not a JSON object");
    else {
      if (event["runId"] !== this.#row.run_id || event["seq"] !== stored.seq) report(where, "its text is of another run or another place");
      if (event["prev"] !== prev) report(where, "does not name the event before it");
      if (stored.seq === 0) checkAdmission(this.#row, event, report);
      noteReferences(event["data"] ?? null, (referred) => note(referred, where));
    }
    this.#lastType = event?.["type"];
    this.#before = stored;
  }

  end(): void {
    checkRow(this.#row, this.#before, this.#lastType, this.#findings.report);
  }
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

/** What event data refers to: members that are references, and the facts that were used. */
function noteReferences(value: Json, note: (digest: Digest) => void): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) noteReferences(item, note);
  } else if (isJsonObject(value)) {
    const named = "kind" in value && "mediaType" in value ? digestIn(value) : isDigest(value["fact"]) ? value["fact"] : undefined;
    if (named !== undefined) note(named);
    else for (const member of Object.values(value)) noteReferences(member, note);
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
