/**
 * What a run owes once it ends without success: the writes that took effect, in the order of their settlements, and which of them are undone.
 * Kept event by event by the fold, so that what is next is known at once.
 */
import type { Ending } from "../events.ts";
import { type Saga, type Spec, undoneBy } from "../spec.ts";

/** What of the book is kept in a snapshot. */
export interface SagaState {
  /** Indices of the write steps that took effect and are not undone, in the order of their settlements. */
  readonly standing: readonly number[];
  /** The step that failed for good first. */
  readonly failure: { readonly step: string; readonly code: string } | null;
  readonly compensation: Ending | null;
  readonly resolved: boolean;
}

export class SagaBook {
  readonly policy: Saga["policy"];
  /** Indices of the write steps that took effect and are not undone, in the order of their settlements. */
  standing: number[] = [];
  readonly ambiguous = new Set<number>();
  failure: SagaState["failure"] = null;
  /** Why what took effect is being undone; null: it is not. */
  compensation: Ending | null = null;
  /** Whether people have decided, which is the last thing before the end. */
  resolved = false;
  readonly #undoOf = new Map<number, number>();
  readonly #undoes = new Set<number>();

  constructor(spec: Pick<Spec, "saga" | "steps">, indexOf: ReadonlyMap<string, number>) {
    this.policy = spec.saga.policy;
    for (const [index, step] of spec.steps.entries()) {
      const undone = undoneBy(step);
      if (undone === undefined) continue;
      this.#undoes.add(index);
      this.#undoOf.set(indexOf.get(undone) ?? -1, index);
    }
  }

  /** Whether something that took effect is somebody's business after the run has failed. */
  get isOwing(): boolean {
    return this.policy === "compensate" || this.policy === "manual";
  }

  isUndo(index: number): boolean {
    return this.#undoes.has(index);
  }

  /** How many steps there are that only undo. */
  get undoCount(): number {
    return this.#undoes.size;
  }

  /** The step that undoes another one. */
  undoOf(index: number): number | undefined {
    return this.#undoOf.get(index);
  }

  /** While what took effect is being undone: the step that undoes the last of it. */
  get current(): number | undefined {
    const last = this.standing.at(-1);
    return this.compensation === null || last === undefined ? undefined : this.#undoOf.get(last);
  }

  /** To be told when an effect settled with success. */
  succeeded(index: number): void {
    if (this.isOwing && !this.isUndo(index)) this.standing.push(index);
  }

  /** To be told when a step failed for good. */
  failed(step: string, code: string): void {
    this.failure ??= { step, code };
  }

  /** To be told when a step is done. What is undone is the last of what stands, which the fold sees to. */
  completed(index: number): void {
    if (this.isUndo(index)) this.standing.pop();
  }

  state(): SagaState | undefined {
    const { standing, failure, compensation, resolved } = this;
    return this.isOwing ? { standing: [...standing], failure, compensation, resolved } : undefined;
  }

  restore({ standing, failure, compensation, resolved }: SagaState): void {
    Object.assign(this, { standing: [...standing], failure, compensation, resolved });
  }
}
