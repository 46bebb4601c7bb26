/** The frontier of a run: which steps have all that they need. Kept up to date step by step, so that wide specs cost no more than their width. */
import { type Spec, predecessorsOf, undoneBy } from "./spec.ts";

/** What the frontier asks about steps, by index. */
export interface Steps {
  readonly isDone: (index: number) => boolean;
  /** Whether something happened to the step already. */
  readonly isTouched: (index: number) => boolean;
}

export class Frontier {
  /** Indices of steps whose predecessors are done and which are not done themselves, ascending: author order. */
  readonly ready: number[] = [];
  /** Those of them that are more than a state to start. Few, also where thousands are ready. */
  readonly #attended = new Set<number>();
  readonly #spec: Spec;
  readonly #missing: number[];
  readonly #followers: number[][];
  readonly #steps: Steps;

  constructor(spec: Spec, indexOf: ReadonlyMap<string, number>, steps: Steps) {
    this.#spec = spec;
    this.#steps = steps;
    this.#missing = spec.steps.map(() => 0);
    this.#followers = spec.steps.map(() => []);
    for (const [index, step] of spec.steps.entries()) {
      // What undoes a step is not on the way forward.
      if (undoneBy(step) !== undefined) {
        this.#missing[index] = Infinity;
        continue;
      }
      const before = predecessorsOf(step);
      this.#missing[index] = before.length;
      for (const key of before) this.#followers[indexOf.get(key) ?? -1]?.push(index);
      if (before.length > 0) continue;
      this.ready.push(index);
      this.changed(index);
    }
  }

  /** Whether every step before this one is done. */
  isReached(index: number): boolean {
    return this.#missing[index] === 0;
  }

  /** To be told when a step's progress or effect changed. */
  changed(index: number): void {
    const isReady = !this.#steps.isDone(index) && this.isReached(index);
    if (isReady && (this.#steps.isTouched(index) || this.#spec.steps[index]?.kind !== "state")) this.#attended.add(index);
    else this.#attended.delete(index);
  }

  /** To be told when a step is done. */
  completed(index: number): void {
    const at = lowerBound(this.ready, index);
    if (this.ready[at] === index) this.ready.splice(at, 1);
    this.changed(index);
    for (const follower of this.#followers[index] ?? []) {
      const left = (this.#missing[follower] ?? 0) - 1;
      this.#missing[follower] = left;
      if (left > 0 || this.#steps.isDone(follower)) continue;
      this.ready.splice(lowerBound(this.ready, follower), 0, follower);
      this.changed(follower);
    }
  }

  /** The ready steps that are more than a state to start, in author order: timers, signals, children, retries, failures, effects. */
  attended(): number[] {
    return [...this.#attended].sort((left, right) => left - right);
  }
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
