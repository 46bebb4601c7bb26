/**
 * The effect ledger: the life of one change to the outside, as a pure state machine over its events (DESIGN 9). It knows nothing of any kind
 * of effect. The fold applies every event through it, so a transition that is not in the table cannot be appended, nor verified.
 */
import type { Digest } from "../canonical.ts";
import { unreachable } from "../errors.ts";
import type { Abandonment, EffectEvent, EventData } from "../events.ts";
import { type Refusal, refuse } from "../refusal.ts";

/** One exact thing that may be sent for an effect. */
export interface Candidate {
  /** What the outside knows it by. */
  readonly identity: string;
  readonly envelope: Digest;
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
  /** It is known and does not get on. */
  | { readonly kind: "stuck"; readonly why: string };

export type Outcome =
  | { readonly kind: "success"; readonly settlement: Digest }
  | { readonly kind: "reverted" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "superseded" };

interface Common {
  /** The same for every candidate and every process. */
  readonly id: Digest;
  readonly intent: Digest;
  readonly candidates: readonly Candidate[];
}

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
  if (event.type === "EffectIntended") return effect === undefined ? intended(event.data) : misplaced(effect, event);
  if (effect === undefined) return refuse("data.step", "the step has no effect yet");
  switch (event.type) {
    case "EffectPrepared":
      return prepared(effect, event);
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

/** Nothing of it can have left: it may still be given up. */
export function isBeforeBoundary(effect: Effect): boolean {
  return effect.is === "intended" || effect.is === "prepared";
}

/** It may be out there, and is not known to be over: it must be driven to rest, whatever becomes of its run. */
export function isPastBoundary(effect: Effect): boolean {
  return effect.is === "dispatched" || effect.is === "included";
}

/** It is over: nothing happens to it any more. */
export function isAtRest(effect: Effect): boolean {
  return !isBeforeBoundary(effect) && !isPastBoundary(effect);
}

function intended({ effect, intent }: EventData<"EffectIntended">): Applied {
  return { kind: "applied", effect: { id: effect, intent: intent.digest, candidates: [], is: "intended" } };
}

/** The first candidate, or another one once those before it were dispatched. */
function prepared(effect: Effect, event: Extract<EffectEvent, { type: "EffectPrepared" }>): Applied {
  const { candidates } = effect;
  const { candidate, identity, envelope } = event.data;
  if (effect.is !== "intended" && (effect.is !== "dispatched" || candidates.some((other) => !other.dispatched)))
    return misplaced(effect, event);
  if (candidate !== candidates.length) return refuse("data.candidate", `expected ${candidates.length}, found ${candidate}`);
  if (candidates.some((other) => other.identity === identity))
    return refuse("data.identity", "it is that of a candidate before: what is the same is sent again, not prepared again");
  const more = [...candidates, { identity, envelope: envelope.digest, dispatched: false }];
  const changed = { ...common(effect), candidates: more };
  return { kind: "applied", effect: effect.is === "dispatched" ? { ...effect, ...changed } : { ...changed, is: "prepared" } };
}

function dispatched(effect: Effect, event: Extract<EffectEvent, { type: "EffectDispatched" }>): Applied {
  if (effect.is !== "prepared" && effect.is !== "dispatched") return misplaced(effect, event);
  const { candidate } = event.data;
  const found = effect.candidates[candidate];
  if (found === undefined) return refuse("data.candidate", "no such candidate was prepared");
  if (found.dispatched) return refuse("data.candidate", "it was dispatched before");
  const candidates = effect.candidates.with(candidate, { ...found, dispatched: true });
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
      return { kind: "applied", effect: { ...base, is: "dispatched", seen: { kind: "stuck", why: seen.why } } };
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

function common({ id, intent, candidates }: Effect): Common {
  return { id, intent, candidates };
}

function misplaced(effect: Effect, event: EffectEvent): Refusal {
  return refuse("type", `the step's effect is ${effect.is}, so ${event.type} cannot follow`);
}
