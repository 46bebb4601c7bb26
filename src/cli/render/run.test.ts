import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RunView } from "../../app/runs.ts";
import { plain } from "../paint.ts";
import { describeWait, renderRun } from "./run.ts";

const at = "2026-01-31T12:00:00.000Z";
const run = {
  runId: "run:0123456789abcdef",
  entryPoint: "a.b/op@1",
  status: "cancelled",
  head: { seq: 1, digest: "sha256:1" },
  steps: { done: 0, total: 1 },
  outputs: null,
  waitingFor: [],
  failure: null,
  startedAt: at,
  updatedAt: at,
};

describe("runs for people", () => {
  it("says who cancelled a run and why, with nothing that steers the terminal", () => {
    const view = { run, driver: null, causes: [], ending: { actor: "ada", reason: "wrong\u001b[2J account" } } as unknown as RunView;
    assert.match(renderRun(view, plain), /^cancelled {4}by ada: wrong\\u001b\[2J account$/m);
    assert.doesNotMatch(renderRun({ ...view, ending: null }, plain), /^cancelled/m);
  });

  it("says of an effect that is waited for what was seen of it", () => {
    const wait = { kind: "effect", step: "pay" } as const;
    const said = [null, "unknown", "notFound", "accepted", "included"].map((seen) => describeWait({ ...wait, seen } as never, run.runId));
    assert.equal(new Set(said).size, 5);
    for (const words of said) assert.match(words, /^effect pay: /);
    assert.match(describeWait({ ...wait, seen: "stuck", why: "POOR" }, run.runId), /does not get on \(POOR\)/);
  });
});
