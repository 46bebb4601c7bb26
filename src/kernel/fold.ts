/**
 * The one fold: from a run's events to its state. Live driving, status, resume, replay and verification all use it, and it refuses
 * any event that could not have happened: a history that folds is a history that this runtime could have written.
 */
import type { Digest } from "./canonical.ts";
import { parseInstant } from "./codecs.ts";
import { MfmError, unreachable } from "./errors.ts";
import type { EventData, EventDraft, EventType, Head, SealedEvent } from "./events.ts";
import { areSorted } from "./facts.ts";
import type { RunId } from "./names.ts";
import { Frontier } from "./frontier.ts";
import type { FoldState, Phase, Progress } from "./progress.ts";
import { type Run, describeRun } from "./run.ts";
import type { Spec, Step } from "./spec.ts";

export type { FoldState, Progress } from "./progress.ts";

const open: Progress = { is: "open" };

/** What may happen while a run is paused; everything else is a driver's, who rests then. */
const whilePaused: readonly EventType[] = ["SignalReceived", "RunResumed", "RunCancelled"];

export class Fold {
  readonly runId: RunId;
  readonly spec: Spec;
  readonly progress: Progress[];
  head: Head | null = null;
  phase: Phase = { is: "driving" };
  done = 0;
  #startedAt = "";
  #updatedAt = "";
  readonly #index = new Map<string, number>();
  readonly #frontier: Frontier;

  constructor(runId: RunId, spec: Spec) {
    this.runId = runId;
    this.spec = spec;
    this.progress = spec.steps.map(() => open);
    for (const [index, step] of spec.steps.entries()) this.#index.set(step.key, index);
    this.#frontier = new Frontier(spec, this.#index, (index) => this.progressAt(index));
  }

  /** Indices of steps whose predecessors are done and which are not done themselves, ascending: author order. */
  get ready(): readonly number[] {
    return this.#frontier.ready;
  }

  /** Those of them that are more than a state to start, in author order. */
  attended(): number[] {
    return this.#frontier.attended();
  }

  /** A fold continued from a snapshot's state. */
  static from(runId: RunId, spec: Spec, state: FoldState): Fold {
    const fold = new Fold(runId, spec);
    for (const [index, progress] of state.steps) {
      if (progress.is === "done") fold.#complete(index, progress.output);
      else fold.#progress(index, progress);
    }
    fold.head = state.head;
    fold.phase = state.phase;
    fold.#startedAt = state.startedAt;
    fold.#updatedAt = state.updatedAt;
    return fold;
  }

  state(): FoldState {
    if (this.head === null) throw new MfmError("INTERNAL", "a fold without events has no state");
    const steps = [...this.progress.entries()].filter(([, progress]) => progress.is !== "open");
    return { head: this.head, startedAt: this.#startedAt, updatedAt: this.#updatedAt, phase: this.phase, steps };
  }

  get ended(): boolean {
    return this.phase.is === "succeeded" || this.phase.is === "failed" || this.phase.is === "cancelled";
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
    const seq = this.head === null ? 0 : this.head.seq + 1;
    if (event.runId !== this.runId) this.#refuse("runId", "the event is of another run");
    if (event.seq !== seq) this.#refuse("seq", `expected ${seq}, found ${event.seq}`);
    if (event.prev !== (this.head?.digest ?? null)) this.#refuse("prev", "it is not the digest of the event before");
    if ((event.type === "RunAdmitted") !== (this.head === null)) this.#refuse("type", "a stream begins with RunAdmitted, once");
    if (this.ended) this.#refuse("type", "the run had ended");
    if (this.phase.is === "paused" && !whilePaused.includes(event.type)) this.#refuse("type", "the run is paused");
    this.#take(event);
    if (this.head === null) this.#startedAt = event.at;
    this.#updatedAt = event.at;
    this.head = { seq, digest };
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
      case "RunPaused":
        return this.#pause(draft.data);
      case "RunResumed":
        if (this.phase.is !== "paused") this.#refuse("type", "the run is not paused");
        return this.#resume();
      case "RunSucceeded":
        if (this.done !== this.spec.steps.length) this.#refuse("type", `steps not done: ${this.spec.steps.length - this.done}`);
        this.phase = { is: "succeeded", output: draft.data.output.digest };
        return;
      case "RunFailed":
        return this.#fail(draft.data);
      case "RunCancelled":
        this.phase = { is: "cancelled" };
        return;
      default:
        return unreachable(draft);
    }
  }

  #stepCompleted(data: EventData<"StepCompleted">): void {
    const index = this.#known(data.step);
    const kind = this.stepAt(index).kind;
    const progress = this.progressAt(index);
    if (!this.#frontier.isReached(index)) this.#refuse("data.step", "steps before it are not done");
    if (kind === "state" && (progress.is === "open" || progress.is === "failed")) this.#checkAttempt(index, data.attempt);
    else if (!(kind === "wait" && progress.is === "waiting") && !(kind === "child" && progress.is === "child"))
      this.#refuse("data.step", `the step is ${progress.is}, so it cannot be completed`);
    if ((data.child !== undefined) !== (kind === "child"))
      this.#refuse("data.child", "a child's head stands exactly where a child run was awaited");
    if (data.output.kind !== "value") this.#refuse("data.output.kind", "a step's output is a value");
    if (kind !== "state" && data.attempt !== 1) this.#refuse("data.attempt", "only a state has attempts");
    if (kind !== "state" && data.facts.length > 0) this.#refuse("data.facts", "only a state has facts");
    if (!areSorted(data.facts)) this.#refuse("data.facts", "facts stand in the order of their questions, each once");
    this.#complete(index, data.output.digest);
  }

  #stepFailed(data: EventData<"StepFailed">): void {
    const index = this.#known(data.step);
    const progress = this.progressAt(index);
    const kind = this.stepAt(index).kind;
    if (!this.#frontier.isReached(index)) this.#refuse("data.step", "steps before it are not done");
    const mayFail =
      progress.is === "child" || (progress.is === "open" && (kind === "state" || kind === "child")) || progress.is === "failed";
    if (!mayFail) this.#refuse("data.step", `the step is ${progress.is}, so it cannot fail`);
    this.#checkAttempt(index, data.attempt);
    const { attempt, code, advice, retry } = data;
    if (advice === "never" && retry.kind === "at") this.#refuse("data.retry.kind", "advice never is not tried again");
    if ((data.child !== undefined) !== (progress.is === "child"))
      this.#refuse("data.child", "a child's head stands exactly where a child run was awaited");
    if (kind === "child" && advice !== "never") this.#refuse("data.advice", "a child is not tried again");
    this.#progress(
      index,
      retry.kind === "at"
        ? { is: "failed", attempt, code, retryAt: retry.at }
        : { is: "stopped", attempt, code, forGood: advice === "never" },
    );
  }

  #checkAttempt(index: number, attempt: number): void {
    if (attempt !== this.attempts(index) + 1) this.#refuse("data.attempt", `expected ${this.attempts(index) + 1}, found ${attempt}`);
  }

  #pause({ code, step }: EventData<"RunPaused">): void {
    const progress = step === undefined ? undefined : this.progressAt(this.#known(step));
    const exhausted = progress?.is === "stopped" && !progress.forGood;
    if (code === "RETRIES_EXHAUSTED" && !exhausted) this.#refuse("data.step", "no step's retries ran out here");
    this.phase = step === undefined ? { is: "paused", code } : { is: "paused", code, step };
  }

  #fail(data: EventData<"RunFailed">): void {
    const progress = this.progressAt(this.#known(data.step));
    if (progress.is !== "stopped" || !progress.forGood) return this.#refuse("data.step", "this step did not fail for good");
    if (progress.code !== data.code) this.#refuse("data.code", `the step failed with ${progress.code}`);
    this.phase = { is: "failed", ...data };
  }

  #resume(): void {
    this.phase = { is: "driving" };
    for (const [index, progress] of this.progress.entries()) {
      if (progress.is === "failed" || (progress.is === "stopped" && !progress.forGood)) this.#progress(index, open);
    }
  }

  #complete(index: number, output: Digest): void {
    this.progress[index] = { is: "done", output };
    this.done++;
    this.#frontier.completed(index);
  }

  #progress(index: number, progress: Progress): void {
    this.progress[index] = progress;
    this.#frontier.changed(index);
  }

  #known(key: string): number {
    return this.#index.get(key) ?? this.#refuse("data.step", "the spec has no such step");
  }

  #step(key: string, kind: Step["kind"]): number {
    const index = this.#known(key);
    if (this.stepAt(index).kind !== kind) this.#refuse("data.step", `the step is no ${kind}`);
    return index;
  }

  #pending(key: string, kind: Step["kind"], is: Progress["is"]): number {
    const index = this.#step(key, kind);
    if (!this.#frontier.isReached(index)) this.#refuse("data.step", "steps before it are not done");
    if (this.progressAt(index).is !== is) this.#refuse("data.step", `the step is ${this.progressAt(index).is}`);
    return index;
  }

  #refuse(field: string, reason: string): never {
    throw new MfmError("HISTORY_INVALID", `${field}: ${reason}`, { field, reason });
  }

  /** The `Run` document of this moment. */
  run(): Run {
    if (this.head === null) throw new MfmError("INTERNAL", "a fold without events is no run");
    const { runId, spec, head, phase, done } = this;
    const attended = this.attended().map((index) => ({ step: this.stepAt(index), progress: this.progressAt(index) }));
    return describeRun({
      runId,
      spec,
      head,
      phase,
      done,
      ready: this.ready.length,
      attended,
      startedAt: this.#startedAt,
      updatedAt: this.#updatedAt,
    });
  }
}

/** The earliest time at which a fold has something to do by itself, in Unix milliseconds; null: only something outside wakes it. */
export function nextDue(fold: Fold): number | null {
  let earliest: number | null = null;
  for (const index of fold.attended()) {
    const progress = fold.progressAt(index);
    const due = progress.is === "waiting" ? parseInstant(progress.due) : progress.is === "failed" ? parseInstant(progress.retryAt) : null;
    if (due !== null && (earliest === null || due < earliest)) earliest = due;
  }
  return earliest;
}
