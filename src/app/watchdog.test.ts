import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runIdOf } from "../kernel/names.ts";
import { digestOf } from "../kernel/canonical.ts";
import { allocateMemory, beat, openMemory, readBeat, readLimit, readNames, slotCount, writeLimit, writeName } from "./watchdog-memory.ts";
import { Watchdog } from "./watchdog.ts";

describe("watchdog memory", () => {
  it("carries beats, the smallest limit and names, from one view of it to another", () => {
    const buffer = allocateMemory();
    const [here, there] = [openMemory(buffer), openMemory(buffer)];
    assert.deepEqual([readBeat(there), readLimit(there), readNames(there)], [0, null, []]);
    beat(here);
    writeLimit(here, 300_000);
    writeName(here, 0, "run:1 a");
    writeName(here, slotCount - 1, `run:2 ${"é".repeat(300)}`);
    assert.deepEqual([readBeat(there), readLimit(there), readNames(there)[0], readNames(there).length], [1, 300_000, "run:1 a", 2]);
    writeName(here, 0, "");
    writeLimit(here, Number.MAX_SAFE_INTEGER);
    assert.deepEqual([readNames(there).length, readLimit(there)], [1, 2_147_483_647]);
    writeLimit(here, null);
    assert.equal(readLimit(there), null);
  });
});

describe("watchdog", () => {
  it("lets a process live that blocks shorter than the limit, and one without steps for as long as it likes", async () => {
    const watchdog = new Watchdog("text");
    const runId = runIdOf(digestOf("a run"));
    const step = { runId, step: "a", attempt: 1 } as const;
    watchdog.watch({ kind: "step.before", ...step, timeLimitMs: 60_000 });
    for (const until = performance.now() + 300; performance.now() < until;);
    watchdog.watch({ kind: "step.after", ...step, failure: null });
    await watchdog.stop();
  });
});
