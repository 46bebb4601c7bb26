/**
 * The one fold: from a run's events to its state. Live driving, status, resume, replay and verification all use it, and it refuses
 * any event that could not have happened: a history that folds is a history that this runtime could have written.
 */
import type { Digest } from "./canonical.ts";
import { MfmError } from "./errors.ts";
import type { EffectEvent, EventData, EventDraft, SealedEvent } from "./events.ts";
import { FoldedRun } from "./folded-run.ts";
import type { RunId } from "./names.ts";
import type { FoldState, Progress } from "./progress.ts";
import type { Refusal } from "./refusal.ts";
import { refuseCancel, refusePause, refusePlace, refuseRunFailure } from "./run-rules.ts";
import { type Account, refuseBesides, refuseCompensated, refuseCompensation, refuseResolution, refuseResolved } from "./saga/rules.ts";
import type { Spec, Step } from "./spec.ts";
import { type Standing, refuseCompletion, refuseFailure } from "./step-rules.ts";

export type { FoldState, Progress } from "./progress.ts";

const open: Progress = { is: "open" };

export class Fold extends FoldedRun {
  /** A fold continued from a snapshot's state. */
  static from(runId: RunId, spec: Spec, state: FoldState): Fold {
    const fold = new Fold(runId, spec);
    for (const [index, effect] of state.effects ?? []) {
      fold.effects.put(index, effect);
      if (effect.is === "ambiguous") fold.saga.ambiguous.add(index);
      fold.frontier.changed(index);
    }
    for (const [index, progress] of state.steps) {
      if (progress.is === "done") fold.#complete(index, progress.output);
      else fold.#progress(index, progress);
    }
    fold.head = state.head;
    fold.phase = state.phase;
    fold.cancel = state.cancel ?? null;
    if (state.saga !== undefined) fold.saga.restore(state.saga);
    fold.startedAt = state.startedAt;
    fold.updatedAt = state.updatedAt;
    return fold;
  }

  state(): FoldState {
    if (this.head === null) throw new MfmError("INTERNAL", "a fold without events has no state");
    const steps = [...this.progress.entries()].filter(([, progress]) => progress.is !== "open");
    const effects = this.effects.entries();
    const saga = this.saga.state();
    return {
      head: this.head,
      startedAt: this.startedAt,
      updatedAt: this.updatedAt,
      phase: this.phase,
      steps,
      ...(effects.length === 0 ? {} : { effects }),
      ...(this.cancel === null ? {} : { cancel: this.cancel }),
      ...(saga === undefined ? {} : { saga }),
    };
  }

  /**
   * Takes the next event in.
   * @throws HISTORY_INVALID when it does not continue this stream, or could not have happened here; details name field and reason
   */
  apply({ event, digest }: SealedEvent): void {
    this.#hold(refusePlace(this, event));
    if (this.saga.isOwing) this.#hold(refuseBesides({ saga: this.saga, next: this.sagaNext }, event.type));
    this.#take(event);
    if (this.head === null) this.startedAt = event.at;
    this.updatedAt = event.at;
    this.head = { seq: event.seq, digest };
  }

  #take(draft: EventDraft): void {
    switch (draft.type) {
      case "RunAdmitted":
        return;
      case "StepCompleted":
        return this.#stepCompleted(draft.data);
      case "StepFailed":
        return this.#stepFailed(draft.data);
      case "TimerSet":
        return this.#progress(this.#pending(draft.data.step, "wait", "open"), { is: "waiting", due: draft.data.due });
      case "SignalReceived": {
        const index = this.#step(draft.data.step, "signal");
        if (this.progressAt(index).is === "done") this.#refuse("data.step", "the signal was received before");
        return this.#complete(index, draft.data.payload.digest);
      }
      case "ChildStarted":
        return this.#progress(this.#pending(draft.data.step, "child", "open"), {
          is: "child",
          runId: draft.data.runId as RunId,
          spec: draft.data.spec.digest,
          config: draft.data.config.digest,
        });
      case "CancelRequested":
        this.cancel = draft.data;
        this.phase = { is: "driving" };
        return;
      case "RunPaused":
        return this.#pause(draft.data);
      case "RunResumed":
        if (this.phase.is !== "paused") this.#refuse("type", "the run is not paused");
        return this.#resume();
      case "RunSucceeded":
        if (this.done !== this.total) this.#refuse("type", `steps not done: ${this.total - this.done}`);
        this.phase = { is: "succeeded", output: draft.data.output.digest };
        return;
      case "RunFailed":
        this.#hold(refuseRunFailure(this, draft.data, this.progressAt(this.#known(draft.data.step))));
        this.phase = { is: "failed", ...draft.data };
        return;
      case "RunCancelled":
        this.#hold(refuseCancel(this, draft.data));
        this.phase = { is: "cancelled" };
        return;
      case "CompensationStarted":
        this.#hold(refuseCompensation(this.#account(), draft.data));
        this.saga.compensation = draft.data.why;
        return;
      case "ResolutionRecorded":
        this.#hold(refuseResolution(this.#account(), draft.data));
        this.saga.resolved = true;
        return;
      case "RunCompensated":
        this.#hold(refuseCompensated(this.#account(), draft.data));
        this.phase = { is: "compensated" };
        return;
      case "RunResolved":
        this.#hold(refuseResolved(this.#account(), draft.data));
        this.phase = { is: "resolved" };
        return;
      default:
        return this.#takeEffect(draft);
    }
  }

  #account(): Account {
    const { saga, cancel, spec } = this;
    return { saga, cancel, policy: spec.saga, next: this.sagaNext, obligations: () => this.obligations() };
  }

  #stepCompleted(data: EventData<"StepCompleted">): void {
    const index = this.#reached(data.step);
    this.#hold(refuseCompletion(this.#standing(index), data));
    this.#complete(index, data.output.digest);
  }

  #stepFailed(data: EventData<"StepFailed">): void {
    const index = this.#reached(data.step);
    this.#hold(refuseFailure(this.#standing(index), data));
    const { attempt, code, advice, retry } = data;
    this.#progress(
      index,
      retry.kind === "at"
        ? { is: "failed", attempt, code, retryAt: retry.at }
        : { is: "stopped", attempt, code, forGood: advice === "never" },
    );
  }

  #takeEffect(event: EffectEvent): void {
    const index = this.#reached(event.data.step);
    const isAttempt = event.type === "EffectIntended" || event.type === "EffectPrepared" || event.type === "EffectDispatched";
    this.#hold(this.effects.apply(index, event, this.#standing(index), this.closingOf(index)));
    if (event.type === "EffectSettled" && event.data.outcome.kind === "success") this.saga.succeeded(index);
    if (event.type === "EffectAmbiguous" && this.saga.isOwing) this.saga.ambiguous.add(index);
    // What was tried has come about: what is tried next has all its attempts.
    const { is } = this.progressAt(index);
    if (isAttempt && is === "failed") this.#progress(index, open);
    else this.frontier.changed(index);
    // It has ended before its effect did: nothing more is made of that.
    if (is === "stopped") this.effects.concluded(index);
  }

  #standing(index: number): Standing {
    const step = this.stepAt(index);
    return {
      kind: step.kind,
      writes: this.writes(index),
      progress: this.progressAt(index),
      effect: this.effects.get(index),
      attempts: this.attempts(index),
      approval: step.kind === "state" ? step.approval : undefined,
    };
  }

  #hold(refusal: Refusal | undefined): void {
    if (refusal !== undefined) this.#refuse(refusal.field, refusal.reason);
  }

  #pause(data: EventData<"RunPaused">): void {
    const { code, step } = data;
    this.#hold(refusePause(this, data, step === undefined ? undefined : this.progressAt(this.#known(step))));
    this.phase = step === undefined ? { is: "paused", code } : { is: "paused", code, step };
  }

  #resume(): void {
    this.phase = { is: "driving" };
    for (const [index, progress] of this.progress.entries()) {
      if (progress.is === "failed" || (progress.is === "stopped" && !progress.forGood)) this.#progress(index, open);
    }
  }

  #complete(index: number, output: Digest): void {
    this.progress[index] = { is: "done", output };
    this.effects.concluded(index);
    this.childSteps.delete(index);
    this.saga.completed(index);
    if (this.saga.isUndo(index)) return;
    this.done++;
    this.frontier.completed(index);
  }

  #progress(index: number, progress: Progress): void {
    this.progress[index] = progress;
    if (progress.is === "stopped") this.stopped.set(index, progress.forGood);
    else this.stopped.delete(index);
    if (progress.is === "stopped" && progress.forGood && !this.saga.isUndo(index)) this.saga.failed(this.stepAt(index).key, progress.code);
    if (progress.is === "child") this.childSteps.add(index);
    else this.childSteps.delete(index);
    if (progress.is === "stopped") this.effects.concluded(index);
    this.frontier.changed(index);
  }

  #known(key: string): number {
    return this.stepIndex.get(key) ?? this.#refuse("data.step", "the spec has no such step");
  }

  #reached(key: string): number {
    const index = this.#known(key);
    const { compensation, current } = this.saga;
    if (this.saga.isUndo(index) ? current !== index : compensation !== null)
      this.#refuse("data.step", "it is not the step that is to be undone now");
    if (!this.saga.isUndo(index) && !this.frontier.isReached(index)) this.#refuse("data.step", "steps before it are not done");
    return index;
  }

  #step(key: string, kind: Step["kind"]): number {
    const index = this.#known(key);
    if (this.stepAt(index).kind !== kind) this.#refuse("data.step", `the step is no ${kind}`);
    return index;
  }

  #pending(key: string, kind: Step["kind"], is: Progress["is"]): number {
    const index = this.#reached(key);
    this.#step(key, kind);
    if (this.progressAt(index).is !== is) this.#refuse("data.step", `the step is ${this.progressAt(index).is}`);
    return index;
  }

  #refuse(field: string, reason: string): never {
    throw new MfmError("HISTORY_INVALID", `${field}: ${reason}`, { field, reason });
  }
}
