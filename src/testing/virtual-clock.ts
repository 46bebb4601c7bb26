/**
 * Virtual time: a clock that stands still until it is run, and then leaps from timer to timer. Between two timers everything that became
 * possible is done, so a test that takes hours of its own time takes milliseconds of ours, and the same way each time.
 */
import type { Clock } from "../kernel/ports.ts";

interface Timer {
  readonly at: number;
  /** Timers of the same time fire in the order they were set. */
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Something loops without letting time pass. */
const timersAtOnce = 20_000;
const readsAtOnce = 1_000_000;

export class VirtualClock implements Clock {
  readonly #timers: Timer[] = [];
  #now: number;
  #set = 0;
  #reads = 0;

  /** `start` in Unix milliseconds. */
  constructor(start: number = 1_700_000_000_000) {
    this.#now = start;
  }

  now(): number {
    if (++this.#reads > readsAtOnce) throw new Error("virtual clock: asked for the time a million times while it stood still");
    return this.#now;
  }

  timer(milliseconds: number, callback: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, milliseconds), order: this.#set++, callback };
    this.#push(timer);
    return () => {
      timer.callback = undefined;
    };
  }

  /** Resolves after this much virtual time. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.timer(milliseconds, resolve);
    });
  }

  /**
   * Lets time pass until `done` says so (asked whenever nothing is left to do at a time), no timer is left, or the next is after `deadline`.
   * @returns whether `done` said so
   */
  async run(done: () => boolean, deadline: number): Promise<boolean> {
    let fired = 0;
    for (;;) {
      await settle();
      this.#reads = 0;
      if (done()) return true;
      const next = this.#pop();
      if (next === undefined) return false;
      if (next.at > deadline) {
        this.#push(next);
        this.#now = Math.max(this.#now, deadline);
        return false;
      }
      fired = next.at > this.#now ? 0 : fired + 1;
      if (fired > timersAtOnce) throw new Error(`virtual clock: ${timersAtOnce} timers fired while time stood still`);
      this.#now = Math.max(this.#now, next.at);
      next.callback?.();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, timer)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  /** The earliest timer that was not cancelled. */
  #pop(): Timer | undefined {
    const heap = this.#timers;
    for (;;) {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (heap.length > 0) this.#sink(last);
      if (first.callback !== undefined) return first;
    }
  }

  #sink(timer: Timer): void {
    const heap = this.#timers;
    let at = 0;
    for (;;) {
      const below = 2 * at + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (left === undefined) break;
      const useRight = right !== undefined && isBefore(right, left);
      const child = useRight ? right : left;
      if (isBefore(timer, child)) break;
      heap[at] = child;
      at = useRight ? below + 1 : below;
    }
    heap[at] = timer;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** Resolves when every promise that can go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
