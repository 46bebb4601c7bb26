import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PlanView, PlannedStep } from "../../app/plans.ts";
import { plain } from "../paint.ts";
import { renderPlan } from "./plan.ts";

const step = (key: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
  key,
  kind: "state",
  runs: "a.b/c@1",
  effect: "pure",
  needs: [],
  durationMs: null,
  retry: null,
  timeLimitMs: null,
  ...more,
});

function render(steps: readonly PlannedStep[]): string[] {
  const view = {
    entryPoint: "a.b/op@1",
    specRef: "sha256:1",
    configDigest: "sha256:2",
    steps,
    outputs: [{ name: "report", from: ["last"] }],
    spec: {},
  } as unknown as PlanView;
  return renderPlan(view, plain).split("\n");
}

describe("plan as a tree", () => {
  it("shows kinds, dependencies, and policies that are not the default ones", () => {
    const retry = { maxAttempts: 3, firstDelayMs: 1000, maxDelayMs: 60_000, factor: 2, jitterPercent: 0 };
    const lines = render([
      step("pin", { effect: "read" }),
      step("read/a", { effect: "read", needs: ["pin"], retry, timeLimitMs: 30_000 }),
      step("read/b", { needs: ["pin"], retry: { ...retry, maxAttempts: 1 } }),
      step("pause", { kind: "wait", runs: null, effect: null, durationMs: 3_600_000, needs: ["1", "2", "3", "4", "5", "6"] }),
      step("go", { kind: "signal", runs: null, effect: null }),
    ]);
    assert.deepEqual(lines, [
      "a.b/op@1  5 steps",
      "├─ pin    read    a.b/c@1",
      "├─ read",
      "│  ├─ a   read    a.b/c@1  after pin  time limit 30s  tried 3 times, after 1s growing x2 to 1m",
      "│  └─ b   pure    a.b/c@1  after pin  tried once",
      "├─ pause  wait    1h  after 1, 2, 3, 4 and 2 more",
      "└─ go     signal",
      "",
      "outputs",
      "  report  from last",
      "",
      "specRef       sha256:1",
      "configDigest  sha256:2",
    ]);
  });

  it("shows the first of many, and how many there are", () => {
    const lines = render(Array.from({ length: 1000 }, (_, index) => step(`read/${index}`)));
    assert.deepEqual([lines[21], lines[22]], ["   ├─ 19  pure    a.b/c@1", "   └─ ... 980 more (all of them with --output-format json)"]);
  });
});
