/** How a run stands after the events that were folded: everything that is read of it. `fold.ts` is how events change it. */
import type { Digest } from "./canonical.ts";
import { type Closing, EffectBook } from "./effects/book.ts";
import { MfmError } from "./errors.ts";
import type { Head } from "./events.ts";
import { Frontier } from "./frontier.ts";
import type { RunId } from "./names.ts";
import type { Act, Phase, Progress } from "./progress.ts";
import { type Run, describeRun } from "./run.ts";
import { SagaBook } from "./saga/book.ts";
import { type Obligation, type SagaNext, type StuckEffect, nextOf, obligationsOf, stuckIn } from "./saga/obligations.ts";
import { type Spec, type Step, predecessorsOf, writeStatesOf } from "./spec.ts";

const open: Progress = { is: "open" };

export class FoldedRun {
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
  protected readonly stepIndex = new Map<string, number>();
  protected readonly frontier: Frontier;
  protected readonly writeStates: ReadonlySet<string>;
  /** The steps that failed and are not tried again: whether for good. */
  protected readonly stopped = new Map<number, boolean>();
  /** The steps whose child runs have not ended. */
  protected readonly childSteps = new Set<number>();

  constructor(runId: RunId, spec: Spec) {
    this.runId = runId;
    this.spec = spec;
    this.effects = new EffectBook(runId);
    this.writeStates = writeStatesOf(spec);
    this.progress = spec.steps.map(() => open);
    for (const [index, step] of spec.steps.entries()) this.stepIndex.set(step.key, index);
    this.saga = new SagaBook(spec, this.stepIndex);
    this.frontier = new Frontier(spec, this.stepIndex, {
      isDone: (index) => this.progressAt(index).is === "done",
      isTouched: (index) => this.progressAt(index).is !== "open" || this.effects.get(index) !== undefined,
    });
  }

  /** Indices of steps whose predecessors are done and which are not done themselves, ascending: author order. */
  get ready(): readonly number[] {
    return this.frontier.ready;
  }

  /** Those of them that are more than a state to start, in author order. */
  attended(): number[] {
    const { compensation, current } = this.saga;
    return compensation === null ? this.frontier.attended() : current === undefined ? [] : [current];
  }

  /** How many steps there are that go forward. */
  get total(): number {
    return this.spec.steps.length - this.saga.undoCount;
  }

  /** Whether the run cannot simply fail or be cancelled: something took effect, or may have, and it is not one that leaves it so. */
  get isOwing(): boolean {
    const { saga } = this;
    return saga.isOwing && (this.childSteps.size > 0 || saga.standing.length > 0 || saga.ambiguous.size > 0 || saga.compensation !== null);
  }

  /** Whether the run ends without success, and waits for its children to end before it says how. */
  get awaitsChildren(): boolean {
    return this.saga.isOwing && this.#isClosingForGood && this.childSteps.size > 0;
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

  /** What keeps a run from its end until a person gets it on, or the outside takes it after all; nothing where it is not to end. */
  get stuck(): StuckEffect[] {
    return this.phase.is === "driving" && this.#isClosingForGood ? stuckIn(this) : [];
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

  /** Whether nothing of a step is begun any more: its run is to end, and not only to pause. */
  endsAt(index: number): boolean {
    const closing = this.closingOf(index);
    return closing !== null && closing !== "exhausted";
  }

  /** Why the run begins nothing new; null: it goes on. */
  get closing(): Closing | null {
    if (this.cancel !== null) return "cancelled";
    if (this.stopped.size === 0) return null;
    return [...this.stopped.values()].includes(true) ? "failed" : "exhausted";
  }

  get ended(): boolean {
    return this.phase.is !== "driving" && this.phase.is !== "paused";
  }

  indexOf(key: string): number | undefined {
    return this.stepIndex.get(key);
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
    const progress = this.progressAt(this.stepIndex.get(key) ?? -1);
    return progress.is === "done" ? progress.output : undefined;
  }

  /** Indices of steps with this kind of progress, in author order. */
  stepsThat(is: Progress["is"]): number[] {
    const found: number[] = [];
    for (const [index, progress] of this.progress.entries()) if (progress.is === is) found.push(index);
    return found;
  }

  /** Whether a step is a use of a write state. */
  writes(index: number): boolean {
    const step = this.stepAt(index);
    return step.kind === "state" && this.writeStates.has(step.state);
  }

  /** The `Run` document of this moment. */
  run(): Run {
    return describeRun(this);
  }
}
