/**
 * The clock of the store, for processes on many machines: timers, retries and the times in events go by one clock, whatever this machine's
 * says. Between two looks at it, it is carried on by the machine's monotonic clock, which nobody sets.
 */
import type { Clock } from "../kernel/ports.ts";
import type { Store } from "../kernel/store.ts";
import { machineTime } from "./machine.ts";

export interface StoreClock {
  readonly clock: Clock;
  /** Looks at the store's clock no more. */
  readonly stop: () => void;
}

/** How far machines' monotonic clocks run apart in this time is far below what a round trip takes. */
const lookAgainMs = 10_000;

/** @throws STORE_* when the store cannot be asked the first time; later it goes on by what it knows */
export async function followStoreClock(store: Pick<Store, "now">): Promise<StoreClock> {
  let ahead = await measure(store);
  const timer = setInterval(() => {
    measure(store).then(
      (found) => (ahead = found),
      () => undefined,
    );
  }, lookAgainMs);
  timer.unref();
  return {
    clock: {
      now: () => Math.round(performance.now() + ahead),
      timer: (milliseconds, callback) => machineTime.timer(milliseconds, callback),
    },
    stop: () => clearInterval(timer),
  };
}

/** By how much the store's time is ahead of the monotonic clock; its answer is taken to be as old as half the round trip. */
async function measure(store: Pick<Store, "now">): Promise<number> {
  const asked = performance.now();
  const now = await store.now();
  return now - (asked + performance.now()) / 2;
}
