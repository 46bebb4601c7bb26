/** Rows of `effects` and `lanes`, which have the same columns in every database, and what the port calls them. */
import type { DefinitionId, RunId } from "../kernel/names.ts";
import type { EffectRow, Lane, LanePlace, ListedEffect, PlacedEffect } from "../kernel/lanes.ts";
import { digestFrom } from "./rows.ts";

export interface EffectRecord {
  readonly effect_no: number;
  readonly digest: Uint8Array;
  readonly run_id: RunId;
  readonly step: string;
  readonly kind: DefinitionId;
  readonly state: EffectRow["is"];
  readonly outcome: EffectRow["outcome"];
  readonly candidates: number;
  readonly identity: string | null;
  readonly lane: string | null;
  readonly slot: number | null;
  readonly place: LanePlace | null;
}

/** Of `effects e` joined with its run `r`. */
export const effectColumns =
  "e.effect_no, e.digest, r.run_id, e.step, e.kind, e.state, e.outcome, e.candidates, e.identity, e.lane, e.slot, e.place";

export function listedEffect(row: EffectRecord): ListedEffect {
  const { step, kind, outcome, candidates, identity, lane, slot, place } = row;
  const effect = digestFrom(row.digest);
  return { runId: row.run_id, number: row.effect_no, effect, step, kind, is: row.state, outcome, candidates, identity, lane, slot, place };
}

/** A lane with one effect that stands in it, or without any where `place` is null. */
export interface PlacedRecord {
  readonly seq: number;
  readonly next: number | null;
  readonly queued: number;
  readonly effect_no: number | null;
  readonly digest: Uint8Array | null;
  readonly run_id: RunId | null;
  readonly step: string | null;
  readonly slot: number | null;
  readonly place: LanePlace | null;
  readonly ticket: number | null;
}

/** Of `effects e` joined with its run `r`. */
export const placeColumns = "e.effect_no, e.digest, r.run_id, e.step, e.slot, e.place, e.ticket";

/** Undefined: no row, so nothing ever stood in it. */
export function laneOf(lane: string, rows: readonly PlacedRecord[]): Lane | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const { seq, next, queued } = first;
  const by = (column: "slot" | "ticket") => (left: PlacedRecord, right: PlacedRecord) =>
    left[column] === right[column] ? (left.effect_no ?? 0) - (right.effect_no ?? 0) : (left[column] ?? 0) - (right[column] ?? 0);
  const taken = rows.filter(({ place }) => place === "held" || place === "open").toSorted(by("slot"));
  const queue = rows.filter(({ place }) => place === "queued").toSorted(by("ticket"));
  return { lane, seq, next, taken: taken.flatMap(placedOf), queue: queue.flatMap(placedOf), queued };
}

function placedOf({ digest, run_id, step, slot, place }: PlacedRecord): PlacedEffect[] {
  if (digest === null || run_id === null || step === null || place === null) return [];
  return [{ runId: run_id, step, effect: digestFrom(digest), slot, place }];
}
