/**
 * A clock for code that waits between real requests: it stands still but for the waits, which take no time of ours. Limits of time are real:
 * they are told from waits by being 10 seconds or longer.
 */
import type { Clock } from "../../src/kernel/ports.ts";

const shortestLimitMs = 10_000;

export class LeapClock implements Clock {
  /** The waits, in milliseconds. */
  readonly waits: number[] = [];
  #now = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  timer(milliseconds: number, callback: () => void): () => void {
    if (milliseconds >= shortestLimitMs) {
      const limit = setTimeout(callback, milliseconds);
      return () => clearTimeout(limit);
    }
    this.waits.push(milliseconds);
    const wait = setImmediate(() => {
      this.#now += milliseconds;
      callback();
    });
    return () => clearImmediate(wait);
  }

  /** Time passes. */
  leap(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
