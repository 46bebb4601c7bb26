/** What one question to a contract may cost. Most tokens answer for 10,000 to 100,000 gas; who needs more than the first cap is asked once more. */

export const gasOf = {
  first: 500_000,
  second: 5_000_000,
  /** Less than this is not tried: a node that gives a whole call so little can be asked singly only. */
  least: 60_000,
} as const;

/** A cap, and whether it is the second try of the question. */
export interface Gas {
  readonly cap: number;
  readonly pass: "first" | "second";
}

export const firstGas: Gas = { cap: gasOf.first, pass: "first" };
export const secondGas: Gas = { cap: gasOf.second, pass: "second" };

/** Half of it, for a node that has no room for the whole; undefined where that would tell nothing new. */
export function lessGas({ cap, pass }: Gas): Gas | undefined {
  const least = pass === "second" ? gasOf.first + 1 : gasOf.least;
  return cap / 2 < least ? undefined : { cap: Math.floor(cap / 2), pass };
}
