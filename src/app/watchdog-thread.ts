/** The watchdog's thread: counts how long the heartbeat has been missing, and ends the process when that is over the limit. */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { type WatchdogMemory, openMemory, readBeat, readLimit, readNames } from "./watchdog-memory.ts";
import type { WatchdogTask } from "./watchdog.ts";

const checkMs = 100;
/** A step that stops blocking just after its limit fails by its own timer, which leaves a better trace than a dead process. */
const graceMs = 1000;
const namesShown = 5;

const { memory: buffer, format } = workerData as WatchdogTask;
const memory = openMemory(buffer);

let seen = readBeat(memory);
let blockedMs = 0;
let last = performance.now();

setInterval(() => {
  const now = performance.now();
  const beat = readBeat(memory);
  // A machine that slept, or a stopped process, is not a blocked one: what was not watched does not count.
  blockedMs = beat === seen ? blockedMs + Math.min(now - last, 2 * checkMs) : 0;
  seen = beat;
  last = now;
  const limit = readLimit(memory);
  if (limit !== null && blockedMs > limit + graceMs) end(memory, limit);
}, checkMs);

function end(shared: WatchdogMemory, limitMs: number): void {
  const names = readNames(shared);
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : "";
  const message = `a step has blocked the process for longer than ${limitMs} ms, so it is ended; in flight: ${names.slice(0, namesShown).join(", ")}${more}`;
  const runId = names[0]?.split(" ")[0] ?? null;
  const hint = "Correct the step's code, or raise its timeLimit; then `mfm run resume` goes on.";
  const details = { ...(runId === null ? {} : { runId }), limitMs, steps: names };
  const json = JSON.stringify({ status: "error", error: { code: "STEP_TIME_LIMIT", message, hint, details } });
  try {
    // Directly: the other thread, which process.stderr goes through here, stands still.
    writeSync(2, format === "json" ? `${json}\n` : `error STEP_TIME_LIMIT: ${message}\n  hint: ${hint}\n`);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}
