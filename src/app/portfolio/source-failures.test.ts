import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import { runIdOf } from "../../kernel/names.ts";
import { SourceFailures } from "./source-failures.ts";

const runId = runIdOf(digestOf("a run"));
const after = (step: string, code: string, cause: unknown) =>
  ({ kind: "step.after", runId, step, attempt: 1, failure: { code, cause } }) as const;

describe("why sources failed", () => {
  it("is kept by step, the last reason of each once, without secrets", () => {
    const failures = new SourceFailures();
    const failed = (message: string): MfmError => new MfmError("SOURCE_FAILED", message);
    failures.watch(after("pin/eip155:1", "SOURCE_FAILED", failed("main: timeout")));
    failures.watch(after("pin/eip155:1", "SOURCE_FAILED", failed("main: unreachable")));
    failures.watch(after("scan/eip155:1/0", "SOURCE_FAILED", failed("main: unreachable")));
    failures.watch(after("scan/eip155:1/1", "SOURCE_FAILED", failed("https://me:hunter2@rpc.example/x")));
    failures.watch(after("report", "STEP_THREW", new Error("something else")));
    assert.deepEqual(failures.reasons, ["main: unreachable", "https://rpc.example/***"]);
  });
});
