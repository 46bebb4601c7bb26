/**
 * A clock for code that waits between real requests: waiting takes no time, time leaps. Limits of time are real: they are told from waits by
 * being 10 seconds or longer.
 */
import type { Clock } from "../../src/kernel/ports.ts";

const shortestLimitMs = 10_000;

export class LeapClock implements Clock {
  /** The waits, in milliseconds. */
  readonly waits: number[] = [];
  #leapt = 0;

  now(): number {
    return Date.now() + this.#leapt;
  }

  timer(milliseconds: number, callback: () => void): () => void {
    if (milliseconds >= shortestLimitMs) {
      const limit = setTimeout(callback, milliseconds);
      return () => clearTimeout(limit);
    }
    this.waits.push(milliseconds);
    const wait = setImmediate(() => {
      this.#leapt += milliseconds;
      callback();
    });
    return () => clearImmediate(wait);
  }

  /** Time passes. */
  leap(milliseconds: number): void {
    this.#leapt += milliseconds;
  }
}
