import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeFailure, failure } from "./failure.ts";

describe("the hint of a failure", () => {
  it("names the run that it is about, once, as a command that can be typed", () => {
    const runId = `run:${"ab".repeat(32)}`;
    const view = { runId, command: undefined, withStack: false };
    const { hint } = describeFailure(failure("RESOLUTION_NOT_AWAITED", "it has ended"), view).failure;
    assert.match(hint, /`mfm run status run:abababababab`.*`mfm run obligations run:abababababab`/);
    assert.doesNotMatch(hint, /RUN`/);
  });
});
