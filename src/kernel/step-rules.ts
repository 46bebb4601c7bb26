/** When a step may be completed, and when it may fail: the rules that the fold holds events of steps to. */
import type { Effect } from "./effects/ledger.ts";
import type { EventData } from "./events.ts";
import { areSorted } from "./facts.ts";
import type { Progress } from "./progress.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Quorum, Step } from "./spec.ts";

/** How a step stands when an event about it comes. */
export interface Standing {
  readonly kind: Step["kind"];
  /** Whether it is a use of a write state. */
  readonly writes: boolean;
  readonly progress: Progress;
  readonly effect: Effect | undefined;
  /** Who must agree before anything of its effect is prepared. */
  readonly approval: Quorum | undefined;
  /** How often it has been tried since the run started, was last resumed, or its effect was intended. */
  readonly attempts: number;
}

/** Why a step cannot be completed like this; undefined: it can. */
export function refuseCompletion(standing: Standing, data: EventData<"StepCompleted">): Refusal | undefined {
  const { kind, writes, progress } = standing;
  // A write state that finds nothing to do has no effect, and is completed as any that reads.
  const concludes = writes && standing.effect !== undefined;
  if (concludes) {
    const refusal = refuseConclusion(standing);
    if (refusal !== undefined) return refusal;
  } else if (kind === "state" && (progress.is === "open" || progress.is === "failed")) {
    const refusal = refuseAttempt(standing, data.attempt);
    if (refusal !== undefined) return refusal;
  } else if (!(kind === "wait" && progress.is === "waiting") && !(kind === "child" && progress.is === "child"))
    return refuse("data.step", `the step is ${progress.is}, so it cannot be completed`);
  if ((data.child !== undefined) !== (kind === "child"))
    return refuse("data.child", "a child's head stands exactly where a child run was awaited");
  if (data.output.kind !== "value") return refuse("data.output.kind", "a step's output is a value");
  const isTried = kind === "state" && !concludes;
  if (!isTried && data.attempt !== 1) return refuse("data.attempt", "only what is tried has attempts");
  if (!isTried && data.facts.length > 0) return refuse("data.facts", "only a state that reads here has facts");
  if (!areSorted(data.facts)) return refuse("data.facts", "facts stand in the order of their questions, each once");
  return undefined;
}

function refuseConclusion({ effect, progress }: Standing): Refusal | undefined {
  const isDue = effect?.is === "settled" && effect.outcome.kind === "success" && progress.is === "open";
  return isDue ? undefined : refuse("data.step", "its effect has not settled with success, so it cannot be completed");
}

/** Why a step cannot fail like this; undefined: it can. */
export function refuseFailure(standing: Standing, data: EventData<"StepFailed">): Refusal | undefined {
  const { kind, progress, effect } = standing;
  const mayFail = progress.is === "child" || (progress.is === "open" && (kind === "state" || kind === "child")) || progress.is === "failed";
  if (!mayFail) return refuse("data.step", `the step is ${progress.is}, so it cannot fail`);
  const refusal = refuseAttempt(standing, data.attempt) ?? (effect === undefined ? undefined : refuseEnd(effect, data));
  if (refusal !== undefined) return refusal;
  const { advice, retry } = data;
  if (advice === "never" && retry.kind === "at") return refuse("data.retry.kind", "advice never is not tried again");
  if ((data.child !== undefined) !== (progress.is === "child"))
    return refuse("data.child", "a child's head stands exactly where a child run was awaited");
  return kind === "child" && advice !== "never" ? refuse("data.advice", "a child is not tried again") : undefined;
}

/** While nothing of its effect has left a step is tried as any; after that it fails by what became of the effect, and by nothing else. */
function refuseEnd(effect: Effect, { code, advice }: EventData<"StepFailed">): Refusal | undefined {
  if (effect.is === "intended" || (effect.is === "prepared" && effect.candidates.at(-1)?.sealed === true)) return undefined;
  const end = failureCodeOf(effect);
  if (end === undefined) return refuse("data.step", `its effect is ${effect.is}, so it cannot fail`);
  if (end !== null && code !== end) return refuse("data.code", `its effect is ${effect.is}: ${end}`);
  return advice === "never" ? undefined : refuse("data.advice", "what became of an effect is not tried again");
}

/** The code with which a step fails because of what became of its effect; null: any, as its own code may fail on it; undefined: it does not fail. */
export function failureCodeOf(effect: Effect): string | null | undefined {
  switch (effect.is) {
    case "settled":
      return effect.outcome.kind === "success" ? null : outcomeCodes[effect.outcome.kind];
    case "ambiguous":
      return "EFFECT_AMBIGUOUS";
    case "abandoned":
      return effect.why.kind === "refused" ? effect.why.code : undefined;
    default:
      return undefined;
  }
}

const outcomeCodes = { reverted: "EFFECT_REVERTED", cancelled: "EFFECT_CANCELLED", superseded: "EFFECT_SUPERSEDED" } as const;

export function refuseAttempt({ attempts }: Standing, attempt: number): Refusal | undefined {
  return attempt === attempts + 1 ? undefined : refuse("data.attempt", `expected ${attempts + 1}, found ${attempt}`);
}
