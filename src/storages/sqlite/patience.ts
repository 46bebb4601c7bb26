/** Waiting for another process's lock without blocking the event loop. */
import { isBusy } from "./failure.ts";

const firstWaitMs = 1;
const longestWaitMs = 50;

/**
 * Does `attempt` until the database is not busy; other errors are passed on. The wait doubles, with jitter, so that many processes do not
 * come back together.
 * @throws the last SQLITE_BUSY when `limitMs` have passed
 */
export async function whenNotBusy<T>(attempt: () => T, limitMs: number): Promise<T> {
  const start = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() - start >= limitMs) throw error;
    }
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(tries, 10));
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
  }
}
