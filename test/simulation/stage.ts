/** A stage for scripted worlds: one store in virtual time, processes that can be cut off, and operations that can be caught in the act. */
import { implement } from "../../src/kernel/capability.ts";
import type { RunEvent } from "../../src/kernel/events.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { Clock, Watch } from "../../src/kernel/ports.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { openStoredEvent } from "../../src/kernel/runtime/history.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import type { Store } from "../../src/kernel/store.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { interposeStore } from "../../src/testing/faulty-store.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { definitions, oracle } from "./ops.ts";

export interface Part {
  /** Replaces operations of the store for this process. */
  readonly store?: (store: Store) => Partial<Store>;
  readonly watch?: Watch;
  /** How far its clock is ahead of the store's. */
  readonly skewMs?: number;
  readonly leaseMs?: number;
  readonly more?: object;
}

export class Process {
  readonly runtime: Runtime;
  readonly stop = new AbortController();
  readonly errors: unknown[] = [];

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  work(): void {
    void runWorker(this.runtime, { concurrency: 4, signal: this.stop.signal, onError: (error) => this.errors.push(error) });
  }
}

export class Stage {
  readonly clock = new VirtualClock();
  readonly store: Store = openModelStore({ clock: () => this.clock.now() });

  process(owner: string, { store = () => ({}), watch = () => undefined, skewMs = 0, leaseMs = 30_000, more = {} }: Part = {}): Process {
    const clock: Clock = {
      now: () => this.clock.now() + skewMs,
      timer: (milliseconds, callback) => this.clock.timer(milliseconds, callback),
    };
    const backend = implement(oracle, { ask: ({ question }) => ({ answer: question }) });
    // Every operation takes time, so that whatever goes in circles lets time pass.
    const slow = interposeStore(this.store, async (_operation, work) => {
      await this.clock.sleep(1);
      return work();
    });
    const seen = { ...slow, ...store(slow) };
    const lease = { leaseMs, heartbeatMs: leaseMs / 3 };
    return new Process(
      new Runtime({
        store: seen,
        registry: new Registry(definitions, { ...more }, backend),
        clock,
        random: () => 0.5,
        owner,
        watch,
        lease,
      }),
    );
  }

  /** Lets time pass until this is over; what it resolves to. */
  async until<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const settle = (): void => void (over = true);
    work.then(settle, settle);
    if (!(await this.clock.run(() => over, this.clock.now() + 3_600_000))) throw new Error("it is not over after an hour");
    return work;
  }

  async pass(milliseconds: number): Promise<void> {
    await this.clock.run(() => false, this.clock.now() + milliseconds);
  }

  async events(runId: RunId): Promise<RunEvent[]> {
    return (await this.store.readEvents(runId, 0, 1000)).map((stored) => openStoredEvent(runId, stored).event);
  }

  async status(runId: RunId): Promise<string | undefined> {
    return (await this.store.readRun(runId))?.run.status;
  }

  /** The only child of a run. */
  async childOf(parent: RunId): Promise<RunId> {
    const [child] = await this.store.listRuns({ parent, limit: 1 });
    if (child === undefined) throw new Error("there is no child");
    return child.run.runId;
  }
}
