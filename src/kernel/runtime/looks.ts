/**
 * When effects are looked at again. Not recorded: a look that brings no news leaves no event, and a process that comes anew looks at once.
 * Kept per process rather than per drive, so that a worker that puts a run aside and takes it up again does not start over.
 */
import type { RunId } from "../names.ts";
import type { Clock, Random } from "../ports.ts";
import type { RetryPolicy } from "../spec.ts";
import { retryDelay } from "./retry-delay.ts";

/** Forgetting costs a look that comes sooner than it needed to. */
const keptAtMost = 10_000;

/** Also where a step is tried again without a delay: what is out there is not asked in circles. */
const shortestMs = 50;

interface Ports {
  readonly clock: Clock;
  readonly random: Random;
}

interface Retried {
  readonly key: string;
  readonly retry: RetryPolicy;
}

export class Looks {
  readonly #looks = new Map<string, { readonly count: number; readonly dueAt: number }>();

  /** When an effect may be sent or looked at again, in Unix milliseconds; 0: at once. */
  dueAt(runId: RunId, step: string): number {
    return this.#looks.get(`${runId} ${step}`)?.dueAt ?? 0;
  }

  /** To be told after a call that did not bring the effect to rest: the next comes after a delay that grows as the step's retry policy says. */
  looked({ clock, random }: Ports, runId: RunId, step: Retried): void {
    const key = `${runId} ${step.key}`;
    const count = (this.#looks.get(key)?.count ?? 0) + 1;
    if (this.#looks.size >= keptAtMost) this.#looks.clear();
    this.#looks.set(key, { count, dueAt: clock.now() + Math.max(shortestMs, retryDelay(step.retry, count, random())) });
  }

  forget(runId: RunId, step: string): void {
    this.#looks.delete(`${runId} ${step}`);
  }
}
