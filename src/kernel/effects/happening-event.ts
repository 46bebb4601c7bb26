/** The event that records what a reading made happen: written by whoever drives, and made again by whoever verifies. */
import { invariant } from "../errors.ts";
import type { EffectEvent, EventData, Ref } from "../events.ts";
import type { Happening } from "./follow.ts";
import type { Outcome } from "./ledger.ts";

/** What an event says besides what happened. */
export interface EventParts {
  readonly step: string;
  /** Undefined where nothing was learned. */
  readonly evidence: Ref | undefined;
  /** Undefined where it did not end in a success. */
  readonly settlement: Ref | undefined;
}

export type HappeningEvent = Extract<EffectEvent, { readonly type: "EffectObserved" | "EffectSettled" | "EffectAmbiguous" }>;

export function eventOf(happening: Happening, { step, evidence, settlement }: EventParts): HappeningEvent {
  const at = { step, candidate: happening.candidate };
  if (happening.kind === "observed" && happening.seen.kind === "unknown")
    return { type: "EffectObserved", data: { ...at, seen: { kind: "unknown" } } };
  invariant(evidence !== undefined, "whatever happens beyond unknown has evidence");
  switch (happening.kind) {
    case "observed":
      return { type: "EffectObserved", data: { ...at, seen: { ...happening.seen, evidence } as Seen } };
    case "settled":
      return { type: "EffectSettled", data: { ...at, outcome: outcomeOf(happening.outcome, settlement), evidence } };
    case "ambiguous":
      return { type: "EffectAmbiguous", data: { ...at, evidence } };
  }
}

type Seen = EventData<"EffectObserved">["seen"];

function outcomeOf(kind: Outcome["kind"], settlement: Ref | undefined): EventData<"EffectSettled">["outcome"] {
  if (kind !== "success") return { kind };
  invariant(settlement !== undefined, "a success comes with its settlement");
  return { kind, settlement };
}
