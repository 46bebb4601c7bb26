/**
 * The effect ledger: the life of one change to the outside, as a pure state machine over its events (DESIGN 9). It knows nothing of any kind
 * of effect. The fold applies every event through it, so a transition that is not in the table cannot be appended, nor verified.
 */
import type { Digest } from "../canonical.ts";
import { unreachable } from "../errors.ts";
import type { Abandonment, EffectEvent, EventData } from "../events.ts";
import { type Refusal, refuse } from "../refusal.ts";

/** What a candidate is for: the intent, the same with better terms, or that the intent never happens. */
export type Role = "first" | "replacement" | "cancel";

/** One exact thing that may be sent for an effect. */
export interface Candidate {
  readonly role: Role;
  /** What the outside knows it by; before it is sealed, what it is known by here. */
  readonly identity: string;
  readonly envelope: Digest;
  /** Whether it is to be sealed before it is dispatched. */
  readonly sealed: boolean;
  /** Null until it is sealed, which it is when it is dispatched. */
  readonly seal: Digest | null;
  /** From here on it may be out there, whatever anybody remembers. */
  readonly dispatched: boolean;
}

export type Status = "success" | "reverted" | "cancelled";

/** What was seen last of a dispatched effect. */
export type Sight =
  | { readonly kind: "unknown" }
  | { readonly kind: "accepted" }
  /** The outside does not know it, which proves nothing: a node forgets, a replica lags. */
  | { readonly kind: "notFound" }
  /** It is known and does not get on. `next`: what helps, another candidate or the same again; absent: waiting. */
  | { readonly kind: "stuck"; readonly why: string; readonly next?: "replace" | "send" };

/** Why something is stuck that only a person gets on, by better terms than were agreed to: every kind calls it so. */
export const ceilingReason = "FEE_CEILING";

/** Where an effect stands in its lane: the slot that it was given, as the `seq`th of the lane. */
export interface Place {
  readonly seq: number;
  readonly slot: number;
}

/** That somebody wants another candidate, and what of it is for the kind to understand. */
export interface Request {
  readonly role: Exclude<Role, "first">;
  readonly terms: Digest | null;
}

export type Outcome =
  | { readonly kind: "success"; readonly settlement: Digest }
  | { readonly kind: "reverted" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "superseded" };

interface Common {
  /** The same for every candidate and every process. */
  readonly id: Digest;
  readonly intent: Digest;
  /** How often it was intended anew. */
  readonly renewal: number;
  /** What is exclusive and it needs; null: nothing. */
  readonly lane: string | null;
  readonly place: Place | null;
  readonly request: Request | null;
  readonly candidates: readonly Candidate[];
  /** Who agreed to the intent, and until when: in the order of their agreement. */
  readonly approvals: readonly Approval[];
}

/** That somebody agreed to what an effect intends. `expiry`: an instant; `signature`: of the document that says so. */
export type Approval = Pick<EventData<"ApprovalRecorded">, "operator" | "expiry" | "signature">;

export type Effect = Common &
  (
    | { readonly is: "intended" }
    | { readonly is: "prepared" }
    | { readonly is: "dispatched"; readonly seen: Sight | null }
    | { readonly is: "included"; readonly candidate: number; readonly status: Status }
    | { readonly is: "settled"; readonly outcome: Outcome }
    | { readonly is: "abandoned"; readonly why: Abandonment }
    | { readonly is: "ambiguous" }
  );

export type Applied = { readonly kind: "applied"; readonly effect: Effect } | Refusal;

/** Takes an event of an effect in; `undefined` is an effect that does not exist yet. Every transition that is not in the table is refused. */
export function applyEffect(effect: Effect | undefined, event: EffectEvent): Applied {
  if (event.type === "EffectIntended") return effect === undefined ? intended(event.data) : renewed(effect, event);
  if (effect === undefined) return refuse("data.step", "the step has no effect yet");
  switch (event.type) {
    case "LaneAcquired":
      return acquired(effect, event);
    case "LaneExplained":
      return refuseTurn(effect, event) ?? { kind: "applied", effect };
    case "ApprovalRecorded":
      return approved(effect, event);
    case "EffectPrepared":
      return prepared(effect, event);
    case "CandidateRequested":
      return requested(effect, event);
    case "EffectDispatched":
      return dispatched(effect, event);
    case "EffectObserved":
      return observed(effect, event);
    case "EffectSettled":
      return settled(effect, event);
    case "EffectAmbiguous":
      if (!isPastBoundary(effect)) return misplaced(effect, event);
      return refuseCandidate(effect, event.data.candidate) ?? { kind: "applied", effect: { ...common(effect), is: "ambiguous" } };
    case "EffectAbandoned":
      return isBeforeBoundary(effect)
        ? { kind: "applied", effect: { ...common(effect), is: "abandoned", why: event.data.why } }
        : misplaced(effect, event);
    default:
      return unreachable(event);
  }
}

/** Nothing of it can have left, and it holds nothing that somebody else would need: it may still be given up. */
export function isBeforeBoundary(effect: Effect): boolean {
  return effect.is === "intended" || (effect.is === "prepared" && effect.lane === null);
}

/** Nothing of it can have left, but the slot that it holds is its own: it is given up by a candidate that cancels it. */
export function holdsSlot(effect: Effect): boolean {
  return effect.is === "prepared" && effect.lane !== null;
}

/** It stands in the queue of its lane, or will when its run is driven. */
export function waitsForSlot(effect: Effect): effect is Effect & { readonly lane: string } {
  return effect.is === "intended" && effect.lane !== null && effect.place === null;
}

/** It may be out there, and is not known to be over: it is driven to rest, whatever becomes of its run. */
export function isPastBoundary(effect: Effect): boolean {
  return effect.is === "dispatched" || effect.is === "included";
}

/** Only a person gets it on, and none has asked for anything yet. The outside may still take it as it is. */
export function isAtCeiling(effect: Effect): effect is Effect & { readonly is: "dispatched" } {
  if (effect.is !== "dispatched" || effect.request !== null || effect.candidates.at(-1)?.dispatched !== true) return false;
  return effect.seen?.kind === "stuck" && effect.seen.why === ceilingReason;
}

/** It is over: nothing happens to it any more. */
export function isAtRest(effect: Effect): boolean {
  return effect.is === "settled" || effect.is === "abandoned" || effect.is === "ambiguous";
}

const blank = { place: null, request: null, candidates: [], approvals: [] } as const;

function intended({ effect, intent, lane, renewal }: EventData<"EffectIntended">): Applied {
  if (renewal !== undefined) return refuse("data.renewal", "there is nothing before it that was superseded");
  return { kind: "applied", effect: { ...blank, renewal: 0, id: effect, intent: intent.digest, lane: lane ?? null, is: "intended" } };
}

/** The same intent anew, once it is proven that nothing of the effect before can ever happen. */
function renewed(before: Effect, event: Extract<EffectEvent, { type: "EffectIntended" }>): Applied {
  const { effect: id, intent, lane, renewal } = event.data;
  if (before.is !== "settled" || before.outcome.kind !== "superseded") return misplaced(before, event);
  if (renewal === undefined || renewal !== before.renewal + 1)
    return refuse("data.renewal", `expected ${before.renewal + 1}, found ${renewal ?? "none"}`);
  if (intent.digest !== before.intent) return refuse("data.intent.digest", "what is renewed is the same intent");
  if ((lane ?? null) !== before.lane) return refuse("data.lane", "what is renewed needs the same lane");
  return { kind: "applied", effect: { ...common(before), ...blank, renewal: before.renewal + 1, id, is: "intended" } };
}

function acquired(effect: Effect, event: Extract<EffectEvent, { type: "LaneAcquired" }>): Applied {
  const { seq, slot, open } = event.data;
  const refusal = refuseTurn(effect, event);
  if (refusal !== undefined) return refusal;
  if (open.some((other, at) => at > 0 && (open[at - 1] ?? other) >= other)) return refuse("data.open", "slots stand in order, each once");
  if (open.includes(slot)) return refuse("data.slot", "the slot is not free");
  return { kind: "applied", effect: { ...effect, place: { seq, slot } } };
}

/** Only what waits for its turn has to do with its lane. */
function refuseTurn(effect: Effect, event: Extract<EffectEvent, { type: "LaneAcquired" | "LaneExplained" }>): Refusal | undefined {
  if (effect.lane !== event.data.lane) return refuse("data.lane", "the effect does not need this lane");
  return effect.is === "intended" && effect.place === null ? undefined : misplaced(effect, event);
}

/** Before anything is made of it. Each person counts once; who agrees again does so until later. */
function approved(effect: Effect, event: Extract<EffectEvent, { type: "ApprovalRecorded" }>): Applied {
  const { effect: id, operator, expiry, signature } = event.data;
  if (id !== effect.id) return refuse("data.effect", "it is not the id of this step's effect");
  if (effect.is !== "intended" || effect.place !== null) return misplaced(effect, event);
  const before = effect.approvals.find((approval) => approval.operator === operator);
  if (before !== undefined && Date.parse(before.expiry) >= Date.parse(expiry))
    return refuse("data.operator", "this operator agreed before, for as long");
  const approvals = [...effect.approvals.filter((one) => one !== before), { operator, expiry, signature }];
  return { kind: "applied", effect: { ...effect, approvals } };
}

/** The first candidate, or another one, which says what it is for, once the one before was dispatched. A cancel may also take the place of one that never was, be it a cancel that nobody signs. */
function prepared(effect: Effect, event: Extract<EffectEvent, { type: "EffectPrepared" }>): Applied {
  const { candidates } = effect;
  const { candidate, identity, envelope, role = "first", sealed = false } = event.data;
  const isFirst = effect.is === "intended" && (effect.lane === null || effect.place !== null);
  const isNext = effect.is === "dispatched" && candidates.at(-1)?.dispatched === true;
  const isInstead = (effect.is === "dispatched" || holdsSlot(effect)) && role === "cancel";
  if (!isFirst && !isNext && !isInstead) return misplaced(effect, event);
  if ((role === "first") !== isFirst)
    return refuse("data.role", "the first candidate is for the intent, and every other one says what it is for");
  if (role === "replacement" && candidates.some((other) => other.role === "cancel"))
    return refuse("data.role", "what is being cancelled is not replaced");
  if (candidate !== candidates.length) return refuse("data.candidate", `expected ${candidates.length}, found ${candidate}`);
  if (candidates.some((other) => other.identity === identity))
    return refuse("data.identity", "it is that of a candidate before: what is the same is sent again, not prepared again");
  const more: Candidate[] = [...candidates, { role, identity, envelope: envelope.digest, sealed, seal: null, dispatched: false }];
  const changed = { ...common(effect), candidates: more, request: null };
  return { kind: "applied", effect: effect.is === "dispatched" ? { ...effect, ...changed } : { ...changed, is: "prepared" } };
}

function requested(effect: Effect, event: Extract<EffectEvent, { type: "CandidateRequested" }>): Applied {
  const { role, terms } = event.data;
  if (effect.is !== "dispatched" && !(holdsSlot(effect) && role === "cancel")) return misplaced(effect, event);
  if (role === "replacement" && effect.candidates.some((other) => other.role === "cancel"))
    return refuse("data.role", "what is being cancelled is not replaced");
  return { kind: "applied", effect: { ...effect, request: { role, terms: terms?.digest ?? null } } };
}

/** The newest candidate, and only that: one that was prepared and gave way to a cancel is never sent. */
function dispatched(effect: Effect, event: Extract<EffectEvent, { type: "EffectDispatched" }>): Applied {
  if (effect.is !== "prepared" && effect.is !== "dispatched") return misplaced(effect, event);
  const { candidate, seal } = event.data;
  const found = effect.candidates[candidate];
  if (found === undefined) return refuse("data.candidate", "no such candidate was prepared");
  if (found.dispatched) return refuse("data.candidate", "it was dispatched before");
  if (candidate !== effect.candidates.length - 1) return refuse("data.candidate", "another one took its place");
  if ((seal !== undefined) !== found.sealed) return refuse("data.seal", "a seal stands exactly where the candidate is to be sealed");
  if (seal !== undefined && effect.candidates.some((other) => other.identity === seal.identity))
    return refuse("data.seal.identity", "it is that of another candidate");
  const sealed = seal === undefined ? found : { ...found, identity: seal.identity, seal: seal.seal.digest };
  const candidates = effect.candidates.with(candidate, { ...sealed, dispatched: true });
  return { kind: "applied", effect: { ...common(effect), candidates, is: "dispatched", seen: null } };
}

function observed(effect: Effect, event: Extract<EffectEvent, { type: "EffectObserved" }>): Applied {
  const { candidate, seen } = event.data;
  const isRemoval = seen.kind === "removed";
  if (isRemoval ? effect.is !== "included" : effect.is !== "dispatched") return misplaced(effect, event);
  const refusal = refuseCandidate(effect, candidate);
  if (refusal !== undefined) return refusal;
  const base = common(effect);
  switch (seen.kind) {
    case "included":
      return { kind: "applied", effect: { ...base, is: "included", candidate, status: seen.status } };
    case "removed":
      return { kind: "applied", effect: { ...base, is: "dispatched", seen: null } };
    case "stuck":
      return {
        kind: "applied",
        effect: {
          ...base,
          is: "dispatched",
          seen: { kind: "stuck", why: seen.why, ...(seen.next === undefined ? {} : { next: seen.next }) },
        },
      };
    case "unknown":
    case "accepted":
    case "notFound":
      return { kind: "applied", effect: { ...base, is: "dispatched", seen: { kind: seen.kind } } };
    default:
      return unreachable(seen);
  }
}

function settled(effect: Effect, event: Extract<EffectEvent, { type: "EffectSettled" }>): Applied {
  const { candidate, outcome } = event.data;
  const isWithout = outcome.kind === "superseded";
  if (isWithout ? effect.is !== "dispatched" : effect.is !== "included") return misplaced(effect, event);
  const refusal = refuseCandidate(effect, candidate);
  if (refusal !== undefined) return refusal;
  if (effect.is === "included" && effect.status !== outcome.kind)
    return refuse("data.outcome.kind", `the candidate was included with ${effect.status}`);
  const final: Outcome = outcome.kind === "success" ? { kind: "success", settlement: outcome.settlement.digest } : outcome;
  return { kind: "applied", effect: { ...common(effect), is: "settled", outcome: final } };
}

/** Only what was recorded as sent can be seen outside, and only what was included can be removed or settle. */
function refuseCandidate(effect: Effect, candidate: number): Refusal | undefined {
  if (effect.candidates[candidate]?.dispatched !== true) return refuse("data.candidate", "no such candidate was dispatched");
  if (effect.is === "included" && effect.candidate !== candidate) return refuse("data.candidate", "another candidate was included");
  return undefined;
}

function common({ id, intent, renewal, lane, place, request, candidates, approvals }: Effect): Common {
  return { id, intent, renewal, lane, place, request, candidates, approvals };
}

function misplaced(effect: Effect, event: EffectEvent): Refusal {
  return refuse("type", `the step's effect is ${effect.is}, so ${event.type} cannot follow`);
}
