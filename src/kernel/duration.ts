/** Durations as authors write them: milliseconds, or a number with a unit. */
import { MfmError } from "./errors.ts";

/** Milliseconds, or `250ms`, `30s`, `10m`, `2h`, `7d`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** One year: a longer wait is a schedule, not a step. */
export const longestDuration = 366 * 86_400_000;

/** Whole milliseconds from 0 to one year. @throws DEFINITION_INVALID when the text is no duration or out of range */
export function parseDuration(duration: Duration): number {
  const match = /^([0-9]{1,12})(ms|s|m|h|d)$/.exec(typeof duration === "number" ? `${duration}ms` : duration);
  const milliseconds = Number(match?.[1] ?? Number.NaN) * (units[match?.[2] ?? ""] ?? Number.NaN);
  if (Number.isSafeInteger(milliseconds) && milliseconds <= longestDuration) return milliseconds;
  throw new MfmError("DEFINITION_INVALID", `${JSON.stringify(duration)} is no duration: write 250ms, 30s, 10m, 2h or 7d, at most one year`);
}
