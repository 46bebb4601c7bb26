import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { digestOf } from "../kernel/canonical.ts";
import { runIdOf } from "../kernel/names.ts";
import { type LogLevel, Logs, openLogFile } from "./logs.ts";

const runId = runIdOf(digestOf("a run"));
const read = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function logged(level: LogLevel): Promise<Record<string, unknown>[]> {
  let text = "";
  const logs = new Logs({ level, write: (line) => (text += line) });
  const step = { runId, step: "pay", attempt: 2 } as const;
  logs.watch({ kind: "step.before", ...step, timeLimitMs: 1 });
  logs.watch({ kind: "call.after", runId, step: "pay", capability: "a.b/c@1", method: "get", call: 0 });
  logs.watch({
    kind: "step.after",
    ...step,
    failure: { code: "STEP_THREW", cause: new Error("at https://me:pw@host/key", { cause: "password=pw" }) },
  });
  await logs.close();
  return read(text);
}

describe("logs", () => {
  it("says what failed, with run, step, attempt, code and a redacted cause", async () => {
    const [line, ...more] = await logged("warn");
    assert.deepEqual(more, []);
    const { time, pid, ...rest } = line ?? {};
    assert.match(String(time), /^\d{4}-.*Z$/);
    assert.equal(pid, process.pid);
    assert.deepEqual(rest, {
      level: "warn",
      runId,
      step: "pay",
      attempt: 2,
      code: "STEP_THREW",
      cause: "Error: at https://host/*** < password=***",
      msg: "step failed",
    });
  });

  it("says what a call for an effect failed with, and tells all of them when debugging", async () => {
    let text = "";
    const logs = new Logs({ level: "debug", write: (line) => (text += line) });
    const call = { runId, step: "pay", effect: digestOf("effect"), call: "dispatch" } as const;
    logs.watch({ kind: "effect.before", ...call, timeLimitMs: 1 });
    logs.watch({ kind: "effect.after", ...call, failure: { code: "CAPABILITY_FAILED", cause: new Error("at https://me:pw@host/key") } });
    logs.watch({ kind: "effect.after", ...call, failure: null });
    await logs.close();
    const lines = read(text);
    assert.deepEqual(
      lines.map(({ level, msg, code }) => [level, msg, code]),
      [
        ["debug", "effect call starts", undefined],
        ["warn", "effect call failed", "CAPABILITY_FAILED"],
        ["debug", "effect call answered", undefined],
      ],
    );
    assert.deepEqual(
      [lines[1]?.["cause"], lines[1]?.["call"], lines[1]?.["effect"]],
      ["Error: at https://host/***", "dispatch", digestOf("effect")],
    );
    assert.ok(!text.includes("pw"));
  });

  it("says more at lower levels, with a redacted stack, and nothing when silent", async () => {
    const lines = await logged("trace");
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ["step starts", "capability answered", "step failed"],
    );
    const stack = String(lines[2]?.["stack"]);
    assert.ok(stack.includes("logs.test") && !stack.includes("pw"));
    assert.deepEqual(await logged("silent"), []);
  });

  it("appends to a file of its own, and refuses one that cannot be written", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mfm-log-"));
    try {
      for (const word of ["one", "two"]) {
        const logs = openLogFile(join(folder, "a.log"), "info");
        logs.write("info", word);
        await logs.close();
      }
      assert.deepEqual(
        read(readFileSync(join(folder, "a.log"), "utf8")).map(({ msg }) => msg),
        ["one", "two"],
      );
      assert.equal(statSync(join(folder, "a.log")).mode & 0o777, 0o600);
      assert.throws(
        () => openLogFile(join(folder, "none", "a.log"), "info"),
        (error: Error & { readonly code?: string }) => error.code === "FILE_UNWRITABLE",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
