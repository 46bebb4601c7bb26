/** What events of effects do to the store's rows of effects and lanes: projections, computed with the events and written in the same append. */
import type { EffectEvent } from "../events.ts";
import type { Spec, Step } from "../spec.ts";
import type { EffectRow, LaneMove, LanePlace } from "../lanes.ts";
import { invariant } from "../errors.ts";
import { approvalOf, awaitsApproval } from "../saga/approval-rules.ts";
import { type Effect, isAtRest } from "./ledger.ts";

/** The place of an effect in its lane. `waits`: whether its run goes on, so that it stands in the queue. */
function placeOf(effect: Effect, waits: boolean): LanePlace | null {
  if (effect.lane === null) return null;
  if (effect.place === null) return effect.is === "intended" && waits ? "queued" : null;
  // What contradicts itself keeps its slot: nobody knows whether it is used up.
  if (isAtRest(effect) && effect.is !== "ambiguous") return null;
  return effect.candidates.some(({ dispatched }) => dispatched) ? "open" : "held";
}

/** The row that a store keeps of an effect. */
export function effectRow(spec: Spec, step: Step, effect: Effect, waits: boolean): EffectRow {
  const use = step.kind === "state" ? spec.states.find((state) => state.id === step.state) : undefined;
  const kind = Object.values(use?.capabilities ?? {}).find((capability) => capability.kind === "write")?.id;
  invariant(kind !== undefined, "a step with an effect is a use of a write state");
  // What waits for people to agree to it keeps nobody waiting behind it.
  return { kind, ...tracedRow(step.key, effect, waits && !awaitsApproval(approvalOf(step), effect)) };
}

/** What of the row follows from the run's events alone. */
export function tracedRow(step: string, effect: Effect, waits: boolean): Omit<EffectRow, "kind"> {
  const { id, candidates, lane, place } = effect;
  return {
    effect: id,
    step,
    is: effect.is,
    outcome: effect.is === "settled" ? effect.outcome.kind : null,
    candidates: candidates.length,
    identity: candidates.at(-1)?.identity ?? null,
    lane,
    slot: place?.slot ?? null,
    place: placeOf(effect, waits),
  };
}

/** What an event of an effect does to its lane; undefined: nothing. `after` is the effect that it made. */
export function laneMoveOf(event: EffectEvent, after: Effect): LaneMove | undefined {
  const { lane, place } = after;
  if (lane === null) return undefined;
  const move = { lane, take: null, next: null };
  switch (event.type) {
    case "LaneAcquired":
      return { ...move, take: { seq: event.data.seq - 1, slots: 1 } };
    case "LaneExplained":
      return { ...move, next: event.data.next };
    case "EffectSettled":
      return { ...move, next: place === null ? null : place.slot + 1 };
    case "EffectIntended":
    case "ApprovalRecorded":
    case "EffectDispatched":
    case "EffectAbandoned":
      return move;
    default:
      return undefined;
  }
}

/** Two moves of one lane in one append, in this order. */
export function joinMoves(first: LaneMove, second: LaneMove): LaneMove {
  const { take } = first;
  return {
    lane: first.lane,
    take: take === null || second.take === null ? (take ?? second.take) : { seq: take.seq, slots: take.slots + second.take.slots },
    next: first.next === null || second.next === null ? (first.next ?? second.next) : Math.max(first.next, second.next),
  };
}
