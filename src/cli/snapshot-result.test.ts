import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TakenSnapshot } from "../app/portfolio/take-snapshot.ts";
import type { Call } from "./call.ts";
import { plain } from "./paint.ts";
import { presentSnapshot } from "./snapshot-result.ts";

const at = "2026-01-31T12:00:00.000Z";
const run = {
  runId: "run:0123456789abcdef",
  entryPoint: "mfm.portfolio/snapshot@1",
  status: "paused",
  head: { seq: 1, digest: "sha256:1" },
  steps: { done: 0, total: 4 },
  outputs: null,
  waitingFor: [{ kind: "resume", code: "RETRIES_EXHAUSTED", step: "pin/eip155:5" }],
  failure: null,
  startedAt: at,
  updatedAt: at,
};
const call = { terminal: { paint: plain } } as unknown as Call;
const paused = {
  run,
  output: null,
  causes: [],
  ending: null,
  snapshot: null,
  reasons: ["eip155:5: no source gave an answer: flag: unreachable"],
  resumeVariable: "MFM_RPC_EIP155_5",
} as unknown as TakenSnapshot;

describe("a snapshot that is not there yet", () => {
  it("says why sources failed, and which variable must hold the URL of --rpc to go on", () => {
    const text = presentSnapshot(call, paused, undefined).text();
    assert.match(text, /\nsource {2}eip155:5: no source gave an answer: flag: unreachable\n/);
    assert.match(text, /MFM_RPC_EIP155_5=URL mfm run resume run:0123456789ab$/);
  });

  it("says nothing of a variable where the configuration knows the URL, or the run has ended", () => {
    const failed = { ...run, status: "failed", waitingFor: [], failure: { step: "pin/eip155:5", code: "BLOCK_UNKNOWN" } };
    for (const taken of [
      { ...paused, resumeVariable: null },
      { ...paused, run: failed },
    ] as unknown as TakenSnapshot[])
      assert.doesNotMatch(presentSnapshot(call, taken, undefined).text(), /MFM_RPC/);
  });
});
