/** The ledger's states, how each is come to, and its events. */
import assert from "node:assert/strict";
import { approved } from "./undo.ts";
import { simulatedRunId } from "./simulate.ts";
import { abandoned, ambiguous, dispatched, included, intended, lane, laneAcquired, observed, prepared, settled } from "./writes.ts";
import type { EffectEvent } from "../../src/kernel/events.ts";
import { deriveEffectId } from "../../src/kernel/effects/evidence.ts";
import { type Effect, applyEffect } from "../../src/kernel/effects/ledger.ts";

export const step = "pay/0";

/** The effect after these events, each of which must be taken. */
export function effectOf(events: readonly EffectEvent[]): Effect | undefined {
  let effect: Effect | undefined;
  for (const event of events) {
    const applied = applyEffect(effect, event);
    assert.ok(applied.kind === "applied", JSON.stringify(applied));
    effect = applied.effect;
  }
  return effect;
}

type Intended = ReturnType<typeof intended>;
/** The same event with something else in it. */
export const changed = <E extends EffectEvent>(event: E, data: Partial<E["data"]>): E => ({ ...event, data: { ...event.data, ...data } });
const cancelling = (candidate: number) => changed(prepared(step, candidate), { role: "cancel" });
export const inLane: Intended = changed(intended(step), { lane });
export const renewing = (renewal: number, more: Partial<Intended["data"]> = {}): Intended =>
  changed(intended(step), { renewal, effect: deriveEffectId(simulatedRunId, step, renewal), ...more });
export const approving: EffectEvent = changed(approved, { step, effect: deriveEffectId(simulatedRunId, step) });
const wanting = (role: "cancel" | "replacement"): EffectEvent => ({
  type: "CandidateRequested",
  data: { step, role, actor: "ann", reason: "it is slow" },
});
export const explaining: Extract<EffectEvent, { type: "LaneExplained" }> = {
  type: "LaneExplained",
  data: { step, lane, next: 3, actor: "ann", reason: "a wallet" },
};

export const sent = [intended(step), prepared(step), dispatched(step)];
const slot = [inLane, laneAcquired(step, 7)];
const refused = abandoned(step, { kind: "refused", code: "POOR" });

/** How each state is come to. */
export const states: { readonly [name: string]: readonly EffectEvent[] } = {
  "no effect": [],
  intended: [intended(step)],
  prepared: [intended(step), prepared(step)],
  dispatched: sent,
  "dispatched, seen": [...sent, observed(step, "accepted")],
  "dispatched, another candidate prepared": [...sent, prepared(step, 1)],
  "dispatched, two candidates": [...sent, prepared(step, 1), dispatched(step, 1)],
  "included with success": [...sent, included(step, "success")],
  "included with a revert": [...sent, included(step, "reverted")],
  "included with a cancel": [...sent, included(step, "cancelled")],
  "in a lane": [inLane],
  "in a lane, agreed to": [inLane, approving],
  "with a slot": slot,
  "with a slot, prepared": [...slot, prepared(step)],
  "with a slot, dispatched": [...slot, prepared(step), dispatched(step)],
  "with a slot, superseded": [...slot, prepared(step), dispatched(step), settled(step, "superseded")],
  "dispatched, another candidate wanted": [...sent, wanting("replacement")],
  "dispatched, a cancel prepared": [...sent, cancelling(1)],
  "dispatched, a cancel too": [...sent, cancelling(1), dispatched(step, 1)],
  "intended anew": [...sent, settled(step, "superseded"), renewing(1)],
  "settled with success": [...sent, included(step, "success"), settled(step, "success")],
  "settled, superseded": [...sent, settled(step, "superseded")],
  abandoned: [intended(step), refused],
  ambiguous: [...sent, ambiguous(step)],
};

export const events: { readonly [name: string]: EffectEvent } = {
  intended: intended(step),
  "prepared 0": prepared(step, 0),
  "prepared 1": prepared(step, 1),
  "prepared 2": prepared(step, 2),
  "dispatched 0": dispatched(step, 0),
  "dispatched 1": dispatched(step, 1),
  unknown: observed(step, "unknown"),
  accepted: observed(step, "accepted"),
  "not found": observed(step, "notFound"),
  stuck: observed(step, "stuck"),
  "included 0": observed(step, "included", 0),
  "included 1": observed(step, "included", 1),
  "removed 0": observed(step, "removed", 0),
  "removed 1": observed(step, "removed", 1),
  success: settled(step, "success"),
  reverted: settled(step, "reverted"),
  cancelled: settled(step, "cancelled"),
  superseded: settled(step, "superseded"),
  ambiguous: ambiguous(step),
  abandoned: refused,
  "intended in a lane": inLane,
  slot: laneAcquired(step, 7),
  explained: explaining,
  approved: approving,
  "a cancel wanted": wanting("cancel"),
  "a replacement wanted": wanting("replacement"),
  "cancel 1": cancelling(1),
  "cancel 2": cancelling(2),
  "renewed 1": renewing(1),
  "renewed 2": renewing(2),
  "renewed 1 in a lane": renewing(1, { lane }),
};

/** Which part of an event is refused after these. */
export function fieldOf(path: readonly EffectEvent[], event: EffectEvent): string {
  const applied = applyEffect(effectOf(path), event);
  return applied.kind === "refused" ? applied.field : applied.kind;
}
