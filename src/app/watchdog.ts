/**
 * The watchdog: a step that blocks the event loop longer than the smallest time limit in flight cannot be stopped from within, so a thread
 * ends the process. The run's lease then expires; claimed five times without progress, it is paused (DESIGN 8).
 */
import { url as inspectorUrl } from "node:inspector";
import { Worker } from "node:worker_threads";
import type { Moment } from "../kernel/ports.ts";
import { type WatchdogMemory, allocateMemory, beat, openMemory, slotCount, writeLimit, writeName } from "./watchdog-memory.ts";

export interface WatchdogTask {
  readonly memory: SharedArrayBuffer;
  readonly format: "text" | "json";
}

const beatMs = 100;

interface InFlight {
  readonly limit: number;
  readonly slot: number | undefined;
}

export class Watchdog {
  readonly #format: WatchdogTask["format"];
  readonly #inFlight = new Map<string, InFlight>();
  /** How many steps in flight have each limit. */
  readonly #limits = new Map<number, number>();
  readonly #freeSlots: number[] = [];
  #memory: WatchdogMemory | undefined;
  #thread: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #smallest: number | null = null;

  constructor(format: WatchdogTask["format"]) {
    this.#format = format;
  }

  readonly watch = (moment: Moment): void => {
    if (moment.kind === "step.before" || moment.kind === "effect.before")
      this.#add(keyOf(moment), moment.timeLimitMs, `${moment.runId} ${moment.step}`);
    else if (moment.kind === "step.after" || moment.kind === "effect.after") this.#remove(keyOf(moment));
    // A drive that ends leaves nothing in flight, also where it gave up steps.
    else if (moment.kind === "drive.before" || moment.kind === "drive.after") this.#forget(moment.runId);
  };

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#thread?.terminate();
  }

  #add(key: string, limit: number, name: string): void {
    const memory = this.#start();
    this.#remove(key);
    const slot = this.#freeSlots.pop();
    if (slot !== undefined) writeName(memory, slot, name);
    this.#inFlight.set(key, { limit, slot });
    this.#limits.set(limit, (this.#limits.get(limit) ?? 0) + 1);
    this.#publish();
  }

  #remove(key: string): void {
    const entry = this.#inFlight.get(key);
    if (entry === undefined || this.#memory === undefined) return;
    this.#inFlight.delete(key);
    const left = (this.#limits.get(entry.limit) ?? 1) - 1;
    if (left === 0) this.#limits.delete(entry.limit);
    else this.#limits.set(entry.limit, left);
    if (entry.slot !== undefined) {
      writeName(this.#memory, entry.slot, "");
      this.#freeSlots.push(entry.slot);
    }
    this.#publish();
  }

  #forget(runId: string): void {
    if (this.#inFlight.size === 0) return;
    for (const key of this.#inFlight.keys()) if (key.startsWith(`${runId} `)) this.#remove(key);
  }

  #publish(): void {
    let smallest: number | null = null;
    for (const limit of this.#limits.keys()) if (smallest === null || limit < smallest) smallest = limit;
    if (smallest === this.#smallest || this.#memory === undefined) return;
    this.#smallest = smallest;
    writeLimit(this.#memory, smallest);
  }

  /** The thread is started with the first step: commands that execute none pay nothing. */
  #start(): WatchdogMemory {
    if (this.#memory !== undefined) return this.#memory;
    const buffer = allocateMemory();
    const memory = openMemory(buffer);
    this.#memory = memory;
    for (let slot = slotCount - 1; slot >= 0; slot--) this.#freeSlots.push(slot);
    // A person at a breakpoint blocks the event loop on purpose.
    if (inspectorUrl() !== undefined) return memory;
    this.#timer = setInterval(() => beat(memory), beatMs).unref();
    const task: WatchdogTask = { memory: buffer, format: this.#format };
    this.#thread = new Worker(new URL("watchdog-thread.js", import.meta.url), { workerData: task, stdout: false, stderr: false });
    // Without its watchdog a run is as safe as before, only less well guarded.
    this.#thread.on("error", () => undefined);
    this.#thread.unref();
    return memory;
  }
}

/** A step has one attempt, or one call for its effect, under way at a time. */
function keyOf(moment: { readonly runId: string; readonly step: string; readonly attempt?: number; readonly call?: string }): string {
  return `${moment.runId} ${moment.step} ${moment.call ?? moment.attempt ?? ""}`;
}
