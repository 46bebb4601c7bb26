/** How long to wait before something is tried again: growing, and scattered, so that many who wait do not come back as one. */
import type { Random } from "../../kernel/ports.ts";

export interface Growth {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Milliseconds before the next try after this many earlier ones: doubling, and between half of it and the whole. */
export function growingDelay(tries: number, { firstMs, longestMs }: Growth, random: Random): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(tries, 30));
  return Math.round(whole * (0.5 + random() / 2));
}

/** Longer than this nobody is believed. */
const longestAskedMs = 3_600_000;

/** Milliseconds that a `Retry-After` of HTTP asks for: seconds or a date. Undefined where it is neither. @see RFC 9110, 10.2.3 */
export function parseRetryAfter(written: string | undefined, now: number): number | undefined {
  if (written === undefined) return undefined;
  const text = written.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.min(longestAskedMs, Number(text) * 1000);
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(longestAskedMs, Math.max(0, at - now));
}
