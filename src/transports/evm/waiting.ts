/** Waiting that ends when it is told to. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../../kernel/ports.ts";

/** Resolves after this many milliseconds. @throws the signal's reason when it is aborted first */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.timer(milliseconds, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** What the promise gives, as long as the signal lets wait for it; the work itself goes on, for others who wait for it. */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A signal that is aborted with `outer`, or with `reason` after a time; `release` once it is not needed. */
export function limitTime(
  outer: AbortSignal,
  limit: { readonly clock: Clock; readonly milliseconds: number; readonly reason: () => Error },
): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal, outer);
  const stop = (): void => controller.abort(outer.reason);
  const cancel = limit.clock.timer(limit.milliseconds, () => controller.abort(limit.reason()));
  outer.addEventListener("abort", stop, { once: true });
  if (outer.aborted) stop();
  return {
    signal: controller.signal,
    release(): void {
      cancel();
      outer.removeEventListener("abort", stop);
    },
  };
}
