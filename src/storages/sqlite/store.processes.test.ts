import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunId } from "../../kernel/names.ts";
import { admissionOf, runIdFor } from "../../testing/store/streams.ts";
import { openSqliteStore } from "./open.ts";
import { openScratch, problemsOf, scratchFolder } from "./scratch.test.support.ts";

function start(script: string, ...options: string[]): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...options], { stdio: ["ignore", "pipe", "inherit"] });
}

async function linesOf(child: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout ?? assert.fail() })) lines.push(line);
  return lines;
}

describe("several processes on one file", () => {
  test("lose nothing, claim nothing twice and keep every chain whole", async () => {
    const [writers, times, claimable] = [4, 25, 40];
    const { store, path, close } = await openScratch();
    await store.append(admissionOf("shared"));
    for (let index = 0; index < claimable; index++) await store.append(admissionOf(`claimable ${index}`, { entryPoint: "test.op/third@1" }));
    const children = Array.from({ length: writers }, (_, index) => start("share.test.child.js", path, `writer ${index}`, String(times)));
    const output = await Promise.all(children.map(linesOf));
    assert.deepEqual(
      output.map((lines) => lines.at(-1)?.split(" ")[0]),
      Array.from({ length: writers }, () => "done"),
    );
    const claimed = output.flatMap((lines) => lines.filter((line) => line.startsWith("run:")));
    assert.equal(new Set(claimed).size, claimed.length);
    assert.equal(claimed.length, claimable);
    assert.equal((await store.readEvents(runIdFor("shared"), 0, 10_000)).length, 1 + 2 * writers * times);
    for (let index = 0; index < writers; index++) assert.equal((await store.readEvents(runIdFor(`writer ${index}`), 0, 10_000)).length, 1 + times);
    await close();
  });
});

describe("a process that is killed while it appends", () => {
  const repetitions = 20;

  test("leaves every acknowledged append, no half of another, and a sound file", async () => {
    const folder = scratchFolder();
    const path = join(folder, "store.db");
    for (let repetition = 0; repetition < repetitions; repetition += 2) {
      // Two at a time, so that one is also killed while another process goes on.
      const heads = await Promise.all([killedAfter(path, repetition), killedAfter(path, repetition + 1)]);
      assert.deepEqual(problemsOf(path), []);
      const store = await openSqliteStore({ path });
      for (const [runId, head] of heads.flatMap((acknowledged) => [...acknowledged])) {
        const events = await store.readEvents(runId, 0, 100_000);
        assert.equal(events[head.seq]?.digest, head.digest);
        assert.equal(events.length % 3, 1);
        assert.equal((await store.readRun(runId))?.run.head.seq, events.length - 1);
      }
      await store.close();
    }
    rmSync(folder, { recursive: true });
  });

  /** The last acknowledged head of each run of a process that was killed in the middle. */
  async function killedAfter(path: string, repetition: number): Promise<Map<RunId, { readonly seq: number; readonly digest: string }>> {
    const child = start("crash.test.child.js", path, `run ${repetition}`);
    const acknowledged = new Map<RunId, { readonly seq: number; readonly digest: string }>();
    const limit = 1 + repetition * 7;
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout ?? assert.fail() })) {
      const [runId = "", seq = "", digest = ""] = line.split(" ");
      if (digest.length === "sha256:".length + 64) acknowledged.set(runId as RunId, { seq: Number(seq), digest });
      if (++lines === limit) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    assert.equal(child.signalCode, "SIGKILL");
    return acknowledged;
  }
});
