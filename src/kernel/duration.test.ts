/** Durations as authors write them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { type Duration, longestDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  const good: readonly (readonly [Duration, number])[] = [
    [0, 0],
    [250, 250],
    ["0ms", 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["10m", 600_000],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
    ["366d", longestDuration],
    [longestDuration, longestDuration],
    ["007s", 7000],
  ];
  for (const [written, milliseconds] of good)
    it(`${written} is ${milliseconds} ms`, () => assert.equal(parseDuration(written), milliseconds));

  const bad = [
    "",
    "10",
    "s",
    "10 s",
    "10S",
    "-1s",
    "+1s",
    "1.5h",
    "1e3ms",
    "10sec",
    "1w",
    "10s ",
    " 10s",
    "367d",
    "9999999999999ms",
    "0x10ms",
    "٣s",
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e21,
    longestDuration + 1,
  ];
  for (const written of bad) {
    it(`${JSON.stringify(written)} (${typeof written}) is refused`, () => {
      assert.throws(() => parseDuration(written as Duration), {
        code: "DEFINITION_INVALID",
        message: /is no duration: write 250ms, 30s, 10m, 2h or 7d/,
      });
    });
  }

  it("whatever is taken is whole, not negative, and at most a year", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.string(), fc.stringMatching(/^[0-9]{1,13}(ms|s|m|h|d)$/)), (written) => {
        let milliseconds = 0;
        try {
          milliseconds = parseDuration(written as Duration);
        } catch {
          return;
        }
        assert.ok(Number.isSafeInteger(milliseconds) && milliseconds >= 0 && milliseconds <= longestDuration);
      }),
    );
  });
});
