/**
 * Owns the processes and temporary directories of one peer, so that none of them outlives the benchmark: they go when the
 * peer is done, when it fails, on SIGINT, SIGTERM and SIGHUP, and as a last resort when this process exits. Only processes
 * started here are signalled. (SIGKILL of this process cannot be answered.)
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const STOP_MS = 10_000;
const TAIL_CHARS = 2_000;

/** @typedef {import("node:child_process").ChildProcess & { tail: string }} Owned a child; `tail` is the end of its output, for error messages */

export class Lifetime {
  /** @type {Map<Owned, NodeJS.Signals>} each with the signal that asks it to end */
  #children = new Map();
  #directories = [];
  #onExit = () => this.#abandon();
  #closing;

  constructor() {
    process.once("exit", this.#onExit);
  }

  directory(prefix) {
    this.#assertOpen();
    const path = mkdtempSync(join(tmpdir(), prefix));
    this.#directories.push(path);
    return path;
  }

  /** Starts a program. It gets only the environment given, hence nobody's ambient PG*, DBOS* or RESTATE_* settings. */
  spawn(command, args, { stopSignal = "SIGTERM", ...options }) {
    this.#assertOpen();
    return this.#own(
      spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...group, ...options }),
      stopSignal,
    );
  }

  /** Starts a Node module with a message channel; what it prints goes to our stderr, which leaves stdout to the report. */
  fork(module, args) {
    this.#assertOpen();
    const options = {
      stdio: ["ignore", 2, 2, "ipc"],
      env: baseEnvironment(),
      execArgv: ["--no-deprecation"],
      ...group,
    };
    return this.#own(fork(module, args, options), "SIGTERM");
  }

  /** Asks a process to end, then insists. */
  async stop(child) {
    if (!isRunning(child)) return;
    const gone = once(child, "exit");
    child.kill(this.#children.get(child));
    await Promise.race([gone, sleep(STOP_MS, undefined, { ref: false })]);
    kill(child);
    await gone;
  }

  /** Stops everything, last started first, and removes the directories. Repeated calls share one result. */
  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    for (const child of [...this.#children.keys()].reverse()) await this.stop(child);
    for (const path of this.#directories)
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    process.off("exit", this.#onExit);
  }

  /** A start that was under way when an interrupt closed us must not leave a process behind. */
  #assertOpen() {
    if (this.#closing !== undefined) throw new Error("interrupted");
  }

  #own(child, stopSignal) {
    child.tail = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream
        ?.setEncoding("utf8")
        .on("data", (text) => (child.tail = (child.tail + text).slice(-TAIL_CHARS)));
    }
    // A program that cannot be started reports here and has no pid; whoever waits for it sees `isRunning` false.
    child.on("error", (error) => (child.tail += error.message));
    this.#children.set(child, stopSignal);
    return child;
  }

  #abandon() {
    for (const child of this.#children.keys()) kill(child);
    for (const path of this.#directories)
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

export function isRunning(child) {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

export function baseEnvironment() {
  const { PATH, HOME, TMPDIR } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR }).filter(([, value]) => value !== undefined),
  );
}

// Its own process group: Ctrl-C in a terminal reaches us alone, and `kill` below takes a server's children with it.
const group = { detached: true };

function kill(child) {
  if (!isRunning(child)) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
