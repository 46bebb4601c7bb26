/** How long a step waits before it is tried again. */
import type { RetryPolicy } from "../spec.ts";

/** Exponential back-off in milliseconds, shortened by a random part. `random` is from 0 to 1. */
export function retryDelay(policy: RetryPolicy, attempt: number, random: number): number {
  // No delay stays none: 0 times a factor that has grown to Infinity is no number.
  if (policy.firstDelayMs === 0) return 0;
  const full = Math.min(policy.maxDelayMs, policy.firstDelayMs * policy.factor ** (attempt - 1));
  return Math.max(0, Math.round(full - (random * full * policy.jitterPercent) / 100));
}
