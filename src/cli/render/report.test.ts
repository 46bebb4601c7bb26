import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Report } from "../../app/verification.ts";
import { plain } from "../paint.ts";
import { renderReport } from "./report.ts";

const run = { runId: "run:0123456789abcdef", entryPoint: "a.b/op@1", status: "succeeded", steps: { done: 1, total: 1 }, outputs: null };

describe("report for people", () => {
  it("counts one thing as one", () => {
    const counts = { events: 1, artifacts: 1, facts: 1, recomputed: 1 };
    const report = {
      result: "verified",
      run,
      head: { seq: 1, digest: "sha256:1" },
      counts,
      unknown: [],
      children: [],
      descendants: 1,
    } as unknown as Report;
    assert.match(
      renderReport(report, plain),
      /^checked +1 event, 1 artifact, 1 fact; 1 step recomputed\nchildren +1 child run verified too$/m,
    );
  });
});
