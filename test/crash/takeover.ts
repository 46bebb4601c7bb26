/** Workers that are killed while they drive runs, and others that take over: what both the short and the long test do. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { sweep } from "../../src/app/sweep/sweep.ts";
import { hasEnded } from "../../src/kernel/run.ts";
import type { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import type { ListedRun, Store } from "../../src/kernel/store.ts";
import { endOf, inPlaces, startProcess, traceOf, withRuntime } from "./harness.ts";
import type { PostgresServer } from "../postgres/servers.ts";
import type { Backend, Place } from "./places.ts";

const lease = { leaseMs: 400, heartbeatMs: 100 };

/** What is run: an op, its config by number, and how many steps it completes. */
export interface Subject {
  readonly op: string;
  readonly configOf: (index: number) => unknown;
  readonly steps: number;
  /** Where the bank is reached, for an op that pays. */
  readonly bank?: string;
}

const whole: Subject = { op: "test.crash/whole@1", configOf: (from) => ({ from }), steps: 5 };

export interface TakeoverSize {
  readonly backend: Backend;
  /** A server of the test's own, which crashes again and again meanwhile. */
  readonly server?: PostgresServer;
  readonly runs: number;
  readonly kills: number;
  readonly seed: number;
  /** Worker processes at a time; two unless said otherwise. */
  readonly workers?: number;
  /** How many moments a worker lives at most; fifteen on average unless said otherwise. */
  readonly longestLife?: number;
  /** Kills between two crashes of the server. */
  readonly killsPerCrash?: number;
}

/** Numbers below `bound`, the same for the same seed (mulberry32). */
function numbers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Some workers at a time, each killed after a random number of points, until there were enough kills; a last one finishes. */
export async function killWorkers(size: TakeoverSize, subject: Subject = whole): Promise<void> {
  const { backend, server, runs, kills, seed, workers = 2, longestLife = 25, killsPerCrash = 2 } = size;
  const { op, configOf, steps, bank } = subject;
  const below = numbers(seed);
  await inPlaces(backend, server, async (newPlace) => {
    const path = await newPlace("runs");
    await withRuntime(path, async (runtime) => {
      for (let index = 0; index < runs; index++)
        await runtime.startUntyped(runtime.registry.op(op), configOf(index), { key: `run ${index}`, detach: true });
    });
    const fleet = new Fleet({ path, bank }, kills, () => 5 + below(longestLife - 5));
    const busy = [tend({ path, bank }, fleet), crashUntilOver(fleet, server, killsPerCrash)];
    for (let worker = 0; worker < workers; worker++) busy.push(fleet.work());
    await Promise.all(busy).finally(() => fleet.dismiss());
    assert.ok(fleet.killed >= kills / 2, `only ${fleet.killed} of ${kills} kills met a worker at work: more runs are needed`);
    await withRuntime(path, async (runtime) => {
      for (let index = 0; index < runs; index++) {
        const attached = await runtime.startUntyped(runtime.registry.op(op), configOf(index), { key: `run ${index}`, detach: true });
        const trace = await traceOf(runtime, attached.run.runId);
        assert.equal(trace.status, "succeeded", `seed ${seed}, run ${index}`);
        assert.equal(trace.completed, steps, `seed ${seed}, run ${index}`);
      }
      assert.deepEqual(await runtime.store.check(), []);
      assert.deepEqual((await sweep(runtime.store, "look")).found, []);
    });
  });
}

/** Some of the runs that have not ended, and of the paused ones all; none exactly when all have ended. */
async function openRuns({ store }: Runtime): Promise<ListedRun[]> {
  const open: ListedRun[] = [];
  for (const status of ["running", "waiting", "paused"] as const)
    open.push(...(await store.listRuns({ status, limit: status === "paused" ? 1000 : 1 })));
  // Runs may have gone from one list to another meanwhile. An end is for good, so to have seen each one ended is proof.
  return open.length > 0 ? open : (await listAll(store)).filter(({ run }) => !hasEnded(run.status));
}

async function listAll(store: Store): Promise<ListedRun[]> {
  const all: ListedRun[] = [];
  for (let page = await store.listRuns({ limit: 1000 }); page.length > 0;) {
    all.push(...page);
    page = await store.listRuns({ limit: 1000, before: page.at(-1)?.admissionOrder ?? 0 });
  }
  return all;
}

/** The store, and the bank, that a fleet works with. */
interface Site {
  readonly path: Place;
  readonly bank: string | undefined;
}

/** Worker processes, each of which kills itself after a random number of points. */
class Fleet {
  killed = 0;
  #left: number;
  readonly #place: Site;
  readonly #life: () => number;
  readonly #alive = new Set<ChildProcess>();

  constructor(place: Site, kills: number, life: () => number) {
    this.#place = place;
    this.#left = kills;
    this.#life = life;
  }

  get isOver(): boolean {
    return this.#left <= 0 && this.#alive.size === 0;
  }

  /** One worker after another. */
  async work(): Promise<void> {
    while (this.#left-- > 0) {
      const { path, bank } = this.#place;
      const order = { path, work: { kind: "worker", concurrency: 2 }, killAt: this.#life(), lease } as const;
      const process = startProcess(bank === undefined ? order : { ...order, bank });
      this.#alive.add(process);
      const { signal, stderr } = await endOf(process);
      this.#alive.delete(process);
      // One that finds the server away ends by itself, and a supervisor starts it again.
      const foundNoServer = stderr.includes("STORE_UNAVAILABLE");
      assert.ok(signal === "SIGKILL" || signal === "SIGHUP" || foundNoServer, stderr);
      if (signal === "SIGKILL") this.killed++;
    }
  }

  /** Ends workers that have nothing left to do, and starts no more. */
  dismiss(): void {
    this.#left = 0;
    for (const process of this.#alive) process.kill("SIGHUP");
  }
}

/** Ends the server as a crash does and starts it again, as long as there is a worker to disturb. */
async function crashUntilOver(fleet: Fleet, server: PostgresServer | undefined, killsPerCrash: number): Promise<void> {
  if (server?.crash === undefined) return;
  while (!fleet.isOver) {
    // Each crash comes when somebody got somewhere after the one before.
    const next = fleet.killed + killsPerCrash;
    const isEarly = (): boolean => fleet.killed < next && !fleet.isOver;
    while (isEarly()) await new Promise((resolve) => setTimeout(resolve, 20));
    await server.crash();
  }
}

/** A person and, once the kills are over, a last worker: runs that were killed too often before they got anywhere are resumed. */
async function tend({ path, bank }: Site, fleet: Fleet): Promise<void> {
  await withRuntime(
    path,
    async (runtime) => {
      const stop = new AbortController();
      let working: Promise<void> | undefined;
      for (let open = await openRuns(runtime); open.length > 0; open = await openRuns(runtime)) {
        for (const { run } of open)
          if (run.status === "paused") await runtime.resume(run.runId, { actor: "test", reason: "go on" }, { detach: true });
        if (fleet.isOver) working ??= runWorker(runtime, { concurrency: 4, signal: stop.signal, onError: () => undefined });
        await new Promise<void>((resolve) => void runtime.clock.timer(50, resolve));
      }
      fleet.dismiss();
      stop.abort(new Error("done"));
      await working;
    },
    lease,
    bank,
  );
}
