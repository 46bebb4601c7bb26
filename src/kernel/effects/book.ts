/** The effects of one run by step, and which of them are not at rest: what the fold keeps of them. */
import type { EffectEvent } from "../events.ts";
import { areSorted } from "../facts.ts";
import type { RunId } from "../names.ts";
import type { Progress } from "../progress.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { type Standing, failureCodeOf, refuseAttempt } from "../step-rules.ts";
import { deriveEffectId } from "./evidence.ts";
import { refuseApproval, refuseUnapproved } from "../saga/approval-rules.ts";
import { type Effect, applyEffect, holdsSlot, isAtRest, isPastBoundary } from "./ledger.ts";

/** Why a run begins nothing new: a step failed for good, somebody ends it, or retries ran out. */
export type Closing = "failed" | "cancelled" | "exhausted";

export class EffectBook {
  readonly #runId: RunId;
  readonly #effects = new Map<number, Effect>();
  readonly #open = new Set<number>();
  /** At rest, while their steps have not ended by it yet. */
  readonly #unconcluded = new Set<number>();

  constructor(runId: RunId) {
    this.#runId = runId;
  }

  get(index: number): Effect | undefined {
    return this.#effects.get(index);
  }

  /** Indices of steps whose effects are not at rest, in author order. */
  get open(): readonly number[] {
    return [...this.#open].sort((left, right) => left - right);
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Whether something of this run may be out there that is not known to be over. */
  get hasPastBoundary(): boolean {
    return this.#some(isPastBoundary);
  }

  /** Whether something is left that cannot simply be given up. */
  get mustRest(): boolean {
    return this.#unconcluded.size > 0 || this.#some((effect) => isPastBoundary(effect) || holdsSlot(effect));
  }

  /** Whether every effect is at rest, and its step has ended by that. */
  get isAtRest(): boolean {
    return this.#open.size === 0 && this.#unconcluded.size === 0;
  }

  #some(is: (effect: Effect) => boolean): boolean {
    for (const index of this.#open) {
      const effect = this.#effects.get(index);
      if (effect !== undefined && is(effect)) return true;
    }
    return false;
  }

  entries(): (readonly [number, Effect])[] {
    return [...this.#effects].sort(([left], [right]) => left - right);
  }

  put(index: number, effect: Effect): void {
    this.#effects.set(index, effect);
    if (!isAtRest(effect)) {
      this.#open.add(index);
      this.#unconcluded.delete(index);
      return;
    }
    this.#open.delete(index);
    if (failureCodeOf(effect) !== undefined) this.#unconcluded.add(index);
  }

  /** To be told when a step is done or not tried again. */
  concluded(index: number): void {
    this.#unconcluded.delete(index);
  }

  /** Takes an event of a step's effect in, or says why it cannot have happened. */
  apply(index: number, event: EffectEvent, standing: Standing, closing: Closing | null): Refusal | undefined {
    const refusal = this.#refuse(event, standing, closing);
    if (refusal !== undefined) return refusal;
    const applied = applyEffect(standing.effect, event);
    if (applied.kind === "refused") return applied;
    this.put(index, applied.effect);
    return undefined;
  }

  /** What the effect's own ledger cannot know: its step, its run. */
  #refuse(event: EffectEvent, standing: Standing, closing: Closing | null): Refusal | undefined {
    const { writes, progress, effect } = standing;
    if (!writes) return refuse("data.step", "the step does not write");
    if (progress.is === "done") return refuse("data.step", "the step is done");
    switch (event.type) {
      case "EffectIntended":
        if (event.data.effect !== deriveEffectId(this.#runId, event.data.step, event.data.renewal))
          return refuse("data.effect", "it is not the id of this step's effect");
        if (!areSorted(event.data.facts)) return refuse("data.facts", "facts stand in the order of their questions, each once");
        if (effect !== undefined && closing !== null && closing !== "exhausted")
          return refuse("type", "nothing is intended anew while the run is to end");
        return refuseWhileClosing(effect, closing) ?? refuseWhileStopped(progress) ?? refuseAttempt(standing, event.data.attempt);
      case "ApprovalRecorded":
        return refuseApproval(standing, event.data) ?? refuseWhileClosing(effect, closing);
      case "LaneAcquired":
        return refuseUnapproved(standing) ?? refuseWhileClosing(effect, closing) ?? refuseWhileStopped(progress);
      case "EffectPrepared":
      case "EffectDispatched":
        if (effect !== undefined && holdsSlot(effect) && isCancel(event, effect)) return undefined;
        return refuseUnapproved(standing) ?? refuseWhileClosing(effect, closing) ?? refuseWhileStopped(progress);
      case "EffectAbandoned": {
        const { kind } = event.data.why;
        return kind === "refused" || kind === closing ? undefined : refuse("data.why.kind", `the run is not ${kind}`);
      }
      default:
        return undefined;
    }
  }
}

/** What gives a slot up: whatever becomes of the run and the step, this goes on. */
function isCancel(event: Extract<EffectEvent, { type: "EffectPrepared" | "EffectDispatched" }>, { candidates }: Effect): boolean {
  return event.type === "EffectPrepared" ? event.data.role === "cancel" : candidates.at(-1)?.role === "cancel";
}

/** No forward write starts after a final failure or a cancel; what may be out there goes on. */
function refuseWhileClosing(effect: Effect | undefined, closing: Closing | null): Refusal | undefined {
  if (closing === null || closing === "exhausted" || (effect !== undefined && isPastBoundary(effect))) return undefined;
  return refuse("type", closing === "failed" ? "a step failed for good: no effect starts after that" : "the run is being cancelled");
}

/** A step whose attempts ran out is tried again when its run is resumed; it may still be given up. */
function refuseWhileStopped({ is }: Progress): Refusal | undefined {
  return is === "stopped" ? refuse("data.step", "the step is not tried again") : undefined;
}
