/** How long a failed step waits: exponential, bounded, shortened by chance. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { formatInstant } from "../codecs.ts";
import type { RetryPolicy } from "../spec.ts";
import { retryDelay } from "./retry-delay.ts";

const policy: RetryPolicy = { maxAttempts: 10, firstDelayMs: 1000, maxDelayMs: 60_000, factor: 2, jitterPercent: 50 };

describe("retryDelay", () => {
  const table: readonly (readonly [string, Partial<RetryPolicy>, number, number, number])[] = [
    ["the first delay in full", {}, 1, 0, 1000],
    ["twice as long the second time", {}, 2, 0, 2000],
    ["and again", {}, 3, 0, 4000],
    ["never longer than the longest", {}, 10, 0, 60_000],
    ["shortened by up to half", {}, 1, 1, 500],
    ["shortened by chance", {}, 2, 0.5, 1500],
    ["without jitter always the same", { jitterPercent: 0 }, 1, 0.9, 1000],
    ["with full jitter down to nothing", { jitterPercent: 100 }, 1, 1, 0],
    ["a factor of 1 stays", { factor: 1 }, 9, 0, 1000],
    ["a longest below the first", { maxDelayMs: 10 }, 1, 0, 10],
    ["whole milliseconds", { firstDelayMs: 3 }, 1, 0.5, 2],
  ];
  for (const [name, change, attempt, random, delay] of table)
    it(name, () => assert.equal(retryDelay({ ...policy, ...change }, attempt, random), delay));

  it("is whole, not negative and at most the longest, for every policy that certifies", () => {
    const any = fc.record({
      maxAttempts: fc.constant(1000),
      firstDelayMs: fc.nat(86_400_000),
      maxDelayMs: fc.nat(86_400_000),
      factor: fc.integer({ min: 1, max: 100 }),
      jitterPercent: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(
        any,
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (given, attempt, random) => {
          const delay = retryDelay(given, attempt, random);
          assert.ok(Number.isSafeInteger(delay) && delay >= 0 && delay <= given.maxDelayMs, String(delay));
          formatInstant(Date.UTC(2026, 0, 1) + delay);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
