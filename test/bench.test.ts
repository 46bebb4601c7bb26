/** The report of the benchmarks: what misses its bar says so. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lineOfTool } from "../bench/crash-matrix.ts";
import type { Outcome } from "../bench/peers/crash-matrix/cell.ts";

const deeds = {} as Outcome["deeds"];
/** Of 15 cells, so many that a tool got over, and the whole of another tool's. */
const outcomesWith = (passed: number): Outcome[] =>
  Array.from({ length: 30 }, (_, index) => ({
    tool: index < 15 ? "MFM" : "other",
    passed: index < passed,
    fault: "killedAfter",
    at: (index % 5) + 1,
    endings: [],
    deeds,
  }));

describe("bench: the crash matrix", () => {
  for (const [passed, verdict] of [
    [15, "ok"],
    [14, "miss"],
    [0, "miss"],
  ] as const)
    it(`${passed} of 15 crashes that MFM gets over by itself: ${verdict}`, () => {
      const line = lineOfTool({ name: "MFM", version: "1" }, outcomesWith(passed), "all");
      assert.deepEqual([line.verdict, line.value], [verdict, { amount: passed, unit: "of 15 crashes" }]);
    });

  it("of other tools it only informs", () => {
    assert.equal(lineOfTool({ name: "other", version: "1" }, outcomesWith(15), "none").verdict, "info");
  });
});
