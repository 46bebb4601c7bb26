/** One row of the error table, and the three kinds of failure that a command line tells apart. */

/** What a caller may do about a failure: nothing, try again (nothing happened), or look first (it may have happened). */
export type RetryAdvice = "never" | "safe" | "reconcile";

export interface ErrorEntry {
  /** One sentence for `docs/errors.md`: when this happens. */
  readonly when: string;
  /** The next step for the person who reads it. */
  readonly hint: string;
  readonly retry: RetryAdvice;
  readonly http: number;
  /** Exit code of the command line (DESIGN 12): 1 failed, 2 bad input, 3 precondition; 130 stands for 128 and the signal's number. */
  readonly exit: 1 | 2 | 3 | 130;
}

export const failed = (when: string, hint: string, retry: RetryAdvice = "never", http = 500): ErrorEntry => ({
  when,
  hint,
  retry,
  http,
  exit: 1,
});
export const badInput = (when: string, hint: string, http = 400): ErrorEntry => ({ when, hint, retry: "never", http, exit: 2 });
export const precondition = (when: string, hint: string, retry: RetryAdvice = "never", http = 503): ErrorEntry => ({
  when,
  hint,
  retry,
  http,
  exit: 3,
});
