/**
 * What the rows of effects and lanes must be: the events of every run taken through the ledger, with what its spec says of approvals. Every database's check
 * reads its rows through this.
 */
import { laneMoveOf, tracedRow } from "../kernel/effects/lane-moves.ts";
import { type Effect, applyEffect } from "../kernel/effects/ledger.ts";
import { MfmError } from "../kernel/errors.ts";
import { type EffectEvent, type RunEvent, isEffectEvent, readEvent } from "../kernel/events.ts";
import type { EffectRow, LaneMove } from "../kernel/lanes.ts";
import { approvalOf, awaitsApproval } from "../kernel/saga/approval-rules.ts";
import type { Quorum, Spec } from "../kernel/spec.ts";
import type { EffectRecord } from "./effect-rows.ts";
import { digestFrom } from "./rows.ts";
import type { Report } from "./stream-check.ts";

export type CheckedEffect = Omit<EffectRecord, "effect_no" | "run_id" | "kind"> & { readonly ticket: number | null };
export const checkedEffectColumns = "digest, step, state, outcome, candidates, identity, lane, slot, place, ticket";

export interface CheckedLane {
  readonly lane: string;
  readonly seq: number;
  readonly next: number | null;
}

type Traced = Omit<EffectRow, "kind">;

interface Expected {
  readonly row: Traced;
  /** The place of the event that put it into the queue, in the order of commits. */
  readonly since: number;
}

/** Whatever else an event is about, it changes nothing here. */
const pattern = /"type":"(Effect|Lane|ApprovalRecorded|CandidateRequested|RunPaused|RunResumed|CancelRequested)/;

/** Takes the events of one run in the order of their seq, then the rows of its effects. */
export class EffectCheck {
  readonly #where: string;
  readonly #report: Report;
  readonly #lanes: LaneCheck;
  readonly #approvals: ReadonlyMap<string, Quorum>;
  readonly #effects = new Map<string, Effect>();
  readonly #expected = new Map<string, Expected>();
  #waits = true;
  #isSound = true;

  /** `spec`: the text of the run's spec, which says what waits for people before it waits in its lane; undefined where it cannot be read. */
  constructor(where: string, report: Report, { lanes, spec }: { readonly lanes: LaneCheck; readonly spec: string | undefined }) {
    this.#where = where;
    this.#report = report;
    this.#lanes = lanes;
    this.#approvals = approvalsOf(spec);
  }

  /** Whether there must be rows. */
  get hasEffects(): boolean {
    return this.#expected.size > 0;
  }

  event(body: string, order: number): void {
    if (!this.#isSound || !pattern.test(body)) return;
    try {
      this.#take(readEvent(body).event, order);
    } catch (error) {
      if (!(error instanceof MfmError)) throw error;
      this.#refuse(error.message);
    }
  }

  #refuse(why: string): void {
    this.#isSound = false;
    this.#report(`${this.#where} effects`, `its events could not have happened: ${why}`);
  }

  #take(event: RunEvent, order: number): void {
    if (isEffectEvent(event)) return this.#takeEffect(event, order);
    if (event.type !== "RunPaused" && event.type !== "RunResumed" && event.type !== "CancelRequested") return;
    this.#waits = event.type !== "RunPaused";
    for (const [step, effect] of this.#effects) {
      if (effect.is !== "intended" || effect.lane === null || effect.place !== null) continue;
      this.#put(step, effect, order);
      this.#lanes.move({ lane: effect.lane, take: null, next: null });
    }
  }

  #takeEffect(event: EffectEvent, order: number): void {
    const { step } = event.data;
    const applied = applyEffect(this.#effects.get(step), event);
    if (applied.kind === "refused") return this.#refuse(`${applied.field}: ${applied.reason}`);
    this.#effects.set(step, applied.effect);
    this.#put(step, applied.effect, order);
    const move = laneMoveOf(event, applied.effect);
    if (move !== undefined) this.#lanes.move(move);
  }

  #put(step: string, effect: Effect, order: number): void {
    const row = tracedRow(step, effect, this.#waits && !awaitsApproval(this.#approvals.get(step), effect));
    const known = this.#expected.get(row.effect);
    const stays = known?.row.place === "queued" && row.place === "queued";
    this.#expected.set(row.effect, { row, since: stays ? known.since : order });
  }

  end(rows: readonly CheckedEffect[]): void {
    if (!this.#isSound) return;
    const missing = new Set(this.#expected.keys());
    for (const row of rows) {
      const found = this.#expected.get(digestFrom(row.digest));
      if (found === undefined || !missing.delete(found.row.effect)) {
        this.#report(`${this.#where} effect ${row.step}`, "its row is of no effect of the run");
      } else if (agrees(row, found.row)) {
        if (found.row.lane !== null && row.place === "queued") this.#lanes.queued(found.row.lane, row.ticket, found.since);
      } else this.#report(`${this.#where} effect ${row.step}`, "its row contradicts its stream");
    }
    for (const effect of missing) this.#report(`${this.#where} effect ${this.#expected.get(effect)?.row.step}`, "has no row");
  }
}

function approvalsOf(spec: string | undefined): ReadonlyMap<string, Quorum> {
  if (spec === undefined) return new Map();
  try {
    const { steps } = JSON.parse(spec) as Spec;
    return new Map(
      steps.flatMap((step): [string, Quorum][] => {
        const approval = approvalOf(step);
        return approval === undefined ? [] : [[step.key, approval]];
      }),
    );
  } catch {
    // What is wrong with it is found where artifacts are checked.
    return new Map();
  }
}

function agrees(row: CheckedEffect, { step, is, outcome, candidates, identity, lane, slot, place }: Traced): boolean {
  return (
    row.step === step &&
    row.state === is &&
    row.outcome === outcome &&
    row.candidates === candidates &&
    row.identity === identity &&
    row.lane === lane &&
    row.slot === slot &&
    row.place === place &&
    (row.ticket !== null) === (place === "queued")
  );
}

interface Tally {
  readonly given: number[];
  next: number | null;
  readonly queue: { readonly ticket: number; readonly since: number }[];
}

/** What the streams of all runs say of lanes. */
export class LaneCheck {
  readonly #lanes = new Map<string, Tally>();

  move({ lane, take, next }: LaneMove): void {
    const tally = this.#tally(lane);
    if (take !== null) tally.given.push(take.seq);
    if (next !== null) tally.next = Math.max(tally.next ?? next, next);
  }

  queued(lane: string, ticket: number | null, since: number): void {
    if (ticket !== null) this.#tally(lane).queue.push({ ticket, since });
  }

  #tally(lane: string): Tally {
    const tally = this.#lanes.get(lane) ?? { given: [], next: null, queue: [] };
    this.#lanes.set(lane, tally);
    return tally;
  }

  end(rows: readonly CheckedLane[], report: Report): void {
    const missing = new Set(this.#lanes.keys());
    for (const row of rows) {
      const where = `lane ${row.lane}`;
      const tally = this.#lanes.get(row.lane);
      missing.delete(row.lane);
      if (tally === undefined) report(where, "no effect ever stood in it");
      else if (tally.given.length !== row.seq || tally.next !== row.next) report(where, "its row contradicts the streams");
    }
    for (const lane of missing) report(`lane ${lane}`, "has no row");
    for (const [lane, { given, queue }] of this.#lanes) {
      if (given.toSorted((left, right) => left - right).some((seq, index) => seq !== index))
        report(`lane ${lane}`, "its slots were not given one after the other");
      const turns = queue.toSorted((left, right) => left.ticket - right.ticket);
      if (turns.some(({ ticket, since }, index) => isOutOfTurn(turns[index - 1], ticket, since)))
        report(`lane ${lane}`, "its queue does not stand in the order of the streams");
    }
  }
}

function isOutOfTurn(before: { readonly ticket: number; readonly since: number } | undefined, ticket: number, since: number): boolean {
  return before !== undefined && (before.ticket === ticket || before.since > since);
}
