/** Waits that grow, and those that a server asks for. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { growingDelay, parseRetryAfter } from "./back-off.ts";

describe("growingDelay", () => {
  const growth = { firstMs: 100, longestMs: 1000 };

  it("doubles up to its longest", () => {
    const delays = [0, 1, 2, 3, 4, 1000].map((tries) => growingDelay(tries, growth, () => 1));
    assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
  });

  it("is scattered between half of it and the whole", () => {
    assert.deepEqual([growingDelay(1, growth, () => 0), growingDelay(1, growth, () => 0.5)], [100, 150]);
  });
});

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const cases: readonly (readonly [written: string | undefined, milliseconds: number | undefined])[] = [
    ["7", 7000],
    [" 0 ", 0],
    ["1.5", 1500],
    ["Thu, 01 Jan 2026 00:00:09 GMT", 9000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["999999999", 3_600_000],
    ["Fri, 01 Jan 2100 00:00:00 GMT", 3_600_000],
    ["", undefined],
    ["soon", undefined],
    ["-1", undefined],
    ["99999999999999999999", undefined],
    [undefined, undefined],
  ];
  for (const [written, milliseconds] of cases)
    it(`${JSON.stringify(written)} is ${milliseconds} ms`, () => assert.equal(parseRetryAfter(written, now), milliseconds));
});
