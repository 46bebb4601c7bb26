/**
 * The one fold: from a run's events to its state. Live driving, status, resume, replay and verification all use it, and it refuses
 * any event that could not have happened: a history that folds is a history that this runtime could have written.
 */
import type { Digest } from "./canonical.ts";
import { type Closing, EffectBook } from "./effects/book.ts";
import { MfmError } from "./errors.ts";
import type { EffectEvent, EventData, EventDraft, Head, SealedEvent } from "./events.ts";
import { Frontier } from "./frontier.ts";
import type { RunId } from "./names.ts";
import type { Act, FoldState, Phase, Progress } from "./progress.ts";
import type { Refusal } from "./refusal.ts";
import { type Run, describeRun } from "./run.ts";
import { refuseCancel, refusePause, refusePlace, refuseRunFailure } from "./run-rules.ts";
import { SagaBook } from "./saga/book.ts";
import { type Obligation, type SagaNext, nextOf, obligationsOf } from "./saga/obligations.ts";
import { type Account, refuseBesides, refuseCompensated, refuseCompensation, refuseResolution, refuseResolved } from "./saga/rules.ts";
import { type Spec, type Step, predecessorsOf, writeStatesOf } from "./spec.ts";
import { type Standing, refuseCompletion, refuseFailure } from "./step-rules.ts";

export type { FoldState, Progress } from "./progress.ts";

const open: Progress = { is: "open" };

export class Fold {
  readonly runId: RunId;
  readonly spec: Spec;
  readonly progress: Progress[];
  head: Head | null = null;
  phase: Phase = { is: "driving" };
  done = 0;
  /** Who ends the run, from the moment that is recorded until its effects are at rest. */
  cancel: Act | null = null;
  readonly effects: EffectBook;
  /** What the run owes once it ends without success. */
  readonly saga: SagaBook;
  startedAt = "";
  updatedAt = "";
  readonly #index = new Map<string, number>();
  readonly #frontier: Frontier;
  readonly #writes: ReadonlySet<string>;
  /** The steps that failed and are not tried again: whether for good. */
  readonly #stopped = new Map<number, boolean>();
  /** The steps whose child runs have not ended. */
  readonly #children = new Set<number>();

  constructor(runId: RunId, spec: Spec) {
    this.runId = runId;
    this.spec = spec;
    this.effects = new EffectBook(runId);
    this.#writes = writeStatesOf(spec);
    this.progress = spec.steps.map(() => open);
    for (const [index, step] of spec.steps.entries()) this.#index.set(step.key, index);
    this.saga = new SagaBook(spec, this.#index);
    this.#frontier = new Frontier(spec, this.#index, {
      isDone: (index) => this.progressAt(index).is === "done",
      isTouched: (index) => this.progressAt(index).is !== "open" || this.effects.get(index) !== undefined,
    });
  }

  /** Indices of steps whose predecessors are done and which are not done themselves, ascending: author order. */
  get ready(): readonly number[] {
    return this.#frontier.ready;
  }

  /** Those of them that are more than a state to start, in author order. */
  attended(): number[] {
    const { compensation, current } = this.saga;
    return compensation === null ? this.#frontier.attended() : current === undefined ? [] : [current];
  }

  /** A fold continued from a snapshot's state. */
  static from(runId: RunId, spec: Spec, state: FoldState): Fold {
    const fold = new Fold(runId, spec);
    for (const [index, effect] of state.effects ?? []) {
      fold.effects.put(index, effect);
      if (effect.is === "ambiguous") fold.saga.ambiguous.add(index);
      fold.#frontier.changed(index);
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

  /** How many steps there are that go forward. */
  get total(): number {
    return this.spec.steps.length - this.saga.undoCount;
  }

  /** Whether the run cannot simply fail or be cancelled: something took effect, or may have, and it is not one that leaves it so. */
  get isOwing(): boolean {
    const { saga } = this;
    return saga.isOwing && (this.#children.size > 0 || saga.standing.length > 0 || saga.ambiguous.size > 0 || saga.compensation !== null);
  }

  /** Whether the run ends without success, and waits for its children to end before it says how. */
  get awaitsChildren(): boolean {
    return this.saga.isOwing && this.#isClosingForGood && this.#children.size > 0;
  }

  get #isClosingForGood(): boolean {
    return this.closing === "failed" || this.closing === "cancelled";
  }

  /** What a run that ends without success does next; null while it goes on, or while something of it, or a child, is under way. */
  get sagaNext(): SagaNext | null {
    const isQuiet = this.phase.is === "driving" && this.#isClosingForGood && this.effects.isAtRest && !this.awaitsChildren;
    return isQuiet ? nextOf(this) : null;
  }

  /** Whether a person has to decide about the run, and nothing happens before. */
  get isBlocked(): boolean {
    return this.sagaNext?.kind === "blocked";
  }

  obligations(): Obligation[] {
    return obligationsOf(this);
  }

  /** Whether everything that a step needs is done. */
  hasInput(index: number): boolean {
    return predecessorsOf(this.stepAt(index)).every((key) => this.outputOf(key) !== undefined);
  }

  /** Why nothing new begins of a step: its run is closing; a step that undoes goes on meanwhile, until it is not tried again itself. */
  closingOf(index: number): Closing | null {
    if (!this.saga.isUndo(index)) return this.closing;
    const progress = this.progressAt(index);
    if (progress.is !== "stopped") return this.saga.compensation === null ? this.closing : null;
    return progress.forGood ? "failed" : "exhausted";
  }

  /** Why the run begins nothing new; null: it goes on. */
  get closing(): Closing | null {
    if (this.cancel !== null) return "cancelled";
    if (this.#stopped.size === 0) return null;
    return [...this.#stopped.values()].includes(true) ? "failed" : "exhausted";
  }

  get ended(): boolean {
    return this.phase.is !== "driving" && this.phase.is !== "paused";
  }

  indexOf(key: string): number | undefined {
    return this.#index.get(key);
  }

  /** The step at an index that came from this fold. */
  stepAt(index: number): Step {
    const step = this.spec.steps[index];
    if (step === undefined) throw new MfmError("INTERNAL", `no step ${index}`);
    return step;
  }

  progressAt(index: number): Progress {
    return this.progress[index] ?? open;
  }

  /** How often a step has been tried since the run started or was last resumed. */
  attempts(index: number): number {
    const progress = this.progressAt(index);
    return progress.is === "failed" || progress.is === "stopped" ? progress.attempt : 0;
  }

  /** The output digest of a finished step. */
  outputOf(key: string): Digest | undefined {
    const progress = this.progressAt(this.#index.get(key) ?? -1);
    return progress.is === "done" ? progress.output : undefined;
  }

  /** Indices of steps with this kind of progress, in author order. */
  stepsThat(is: Progress["is"]): number[] {
    const found: number[] = [];
    for (const [index, progress] of this.progress.entries()) if (progress.is === is) found.push(index);
    return found;
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
    else this.#frontier.changed(index);
    // It has ended before its effect did: nothing more is made of that.
    if (is === "stopped") this.effects.concluded(index);
  }

  /** Whether a step is a use of a write state. */
  writes(index: number): boolean {
    const step = this.stepAt(index);
    return step.kind === "state" && this.#writes.has(step.state);
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
    this.#children.delete(index);
    this.saga.completed(index);
    if (this.saga.isUndo(index)) return;
    this.done++;
    this.#frontier.completed(index);
  }

  #progress(index: number, progress: Progress): void {
    this.progress[index] = progress;
    if (progress.is === "stopped") this.#stopped.set(index, progress.forGood);
    else this.#stopped.delete(index);
    if (progress.is === "stopped" && progress.forGood && !this.saga.isUndo(index)) this.saga.failed(this.stepAt(index).key, progress.code);
    if (progress.is === "child") this.#children.add(index);
    else this.#children.delete(index);
    if (progress.is === "stopped") this.effects.concluded(index);
    this.#frontier.changed(index);
  }

  #known(key: string): number {
    return this.#index.get(key) ?? this.#refuse("data.step", "the spec has no such step");
  }

  #reached(key: string): number {
    const index = this.#known(key);
    const { compensation, current } = this.saga;
    if (this.saga.isUndo(index) ? current !== index : compensation !== null)
      this.#refuse("data.step", "it is not the step that is to be undone now");
    if (!this.saga.isUndo(index) && !this.#frontier.isReached(index)) this.#refuse("data.step", "steps before it are not done");
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

  /** The `Run` document of this moment. */
  run(): Run {
    return describeRun(this);
  }
}
