/** A simulated process: a runtime with its own clock, line to the store and backends, which can freeze, crash and stop. */
import { implement } from "../../src/kernel/capability.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import type { Clock, Moment, RecoverSigner } from "../../src/kernel/ports.ts";
import { type Definitions, Registry } from "../../src/kernel/registry.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { Store } from "../../src/kernel/store.ts";
import { type Fate, type StoreOperation, faultyStore } from "../../src/testing/faulty-store.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { Chance } from "./chance.ts";
import { type Nature, answerTo, definitions, oracle } from "./ops.ts";
import type { Faults } from "./scenario.ts";
import { tellerOf } from "./teller.ts";
import type { Till } from "./till.ts";

/** Why a process was told to stop. */
export class Stop extends Error {}

/** A process's own clock: its timers wait while the process is frozen, and never fire once it crashed. */
class ProcessClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #skewMs: number;
  readonly #waiting: (() => void)[] = [];
  #state: "live" | "frozen" | "dead" = "live";

  constructor(clock: VirtualClock, skewMs: number) {
    this.#clock = clock;
    this.#skewMs = skewMs;
  }

  get dead(): boolean {
    return this.#state === "dead";
  }

  now(): number {
    return this.#clock.now() + this.#skewMs;
  }

  timer(milliseconds: number, callback: () => void): () => void {
    let cancelled = false;
    const fire = (): void => {
      if (cancelled || this.#state === "dead") return;
      if (this.#state === "frozen") this.#waiting.push(fire);
      else callback();
    };
    const cancel = this.#clock.timer(milliseconds, fire);
    return () => {
      cancelled = true;
      cancel();
    };
  }

  freeze(milliseconds: number): void {
    if (this.#state !== "live") return;
    this.#state = "frozen";
    this.#clock.timer(milliseconds, () => {
      if (this.#state !== "frozen") return;
      this.#state = "live";
      for (const fire of this.#waiting.splice(0)) this.#clock.timer(0, fire);
    });
  }

  kill(): void {
    this.#state = "dead";
  }
}

export interface ProcessOptions {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly chance: Chance;
  /** The faults of this moment. */
  readonly faults: () => Faults;
  readonly leaseMs: number;
  /** Whether it has backends. */
  readonly hasOracle: boolean;
  readonly till: Till;
  /** Told right before a request to the till leaves. */
  readonly onSend: (key: string) => void;
  readonly watch: (moment: Moment) => void;
  /** Whether a deadly question kills once more. */
  readonly kills: (question: number) => boolean;
  readonly recoverSigner?: RecoverSigner;
  /** What it knows beside the simulation's own ops. */
  readonly more?: (clock: Clock, chance: Chance) => readonly Definitions[];
}

export class SimulatedProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly runtime: Runtime;
  readonly stop = new AbortController();
  /** Told once, when it crashes. */
  onCrash: () => void = () => undefined;
  readonly #options: ProcessOptions;
  #working = 0;

  constructor(options: ProcessOptions) {
    const { name, clock, store, chance, faults, leaseMs, hasOracle, till, onSend, recoverSigner, more = () => [] } = options;
    const { skewMs } = faults();
    this.#options = options;
    this.name = name;
    this.clock = new ProcessClock(clock, skewMs === 0 ? 0 : chance.int(-skewMs, skewMs));
    const decide = (operation: StoreOperation): Fate => this.#decide(operation);
    const trouble = (): number => faults().backend;
    const teller = tellerOf({ till, chance: chance.fork("teller"), clock: this.clock, network: clock, trouble, onSend });
    this.runtime = new Runtime({
      store: faultyStore(store, { caller: this.clock, network: clock, decide }),
      registry: new Registry(definitions, ...(hasOracle ? [this.#backend(), teller] : []), ...more(this.clock, chance.fork("more"))),
      clock: this.clock,
      random: chance.fork("runtime").unit,
      ...(recoverSigner === undefined ? {} : { recoverSigner }),
      watch: (moment) => this.#watch(moment),
      owner: name,
      lease: { leaseMs, heartbeatMs: Math.floor(leaseMs / 3) },
    });
  }

  get crashed(): boolean {
    return this.clock.dead;
  }

  /** Whether it still has something to finish. */
  get working(): boolean {
    return !this.crashed && this.#working > 0;
  }

  /** Does something that the process is not done without. */
  track(work: () => Promise<void>): void {
    this.#working++;
    this.clock.timer(0, () => void work().finally(() => this.#working--));
  }

  crash(): void {
    if (this.crashed) return;
    this.clock.kill();
    this.onCrash();
  }

  #watch(moment: Moment): void {
    if (this.crashed) return;
    this.#options.watch(moment);
    if (this.#options.chance.is(this.#options.faults().crashes)) this.crash();
  }

  #decide(operation: StoreOperation): Fate {
    const { chance } = this.#options;
    const faults = this.#options.faults();
    const time = (): number => (chance.is(faults.slow) ? chance.int(0, faults.slowMs) : chance.int(0, faults.latencyMs));
    // A process that crashed sends nothing any more: its clock never comes to that.
    const sendMs = this.crashed || chance.is(faults.slow) ? 1 : 0;
    const fate = { sendMs, travelMs: time(), answerMs: time() };
    if (operation === "heartbeat" && chance.is(faults.heartbeats)) {
      return chance.is(0.5)
        ? { ...fate, outcome: "refused" }
        : { ...fate, sendMs: chance.int(1, 2 * this.#options.leaseMs), outcome: "answered" };
    }
    return { ...fate, outcome: this.#outcome(operation, faults) };
  }

  #outcome(operation: StoreOperation, faults: Faults): Fate["outcome"] {
    const { chance } = this.#options;
    if (chance.is(faults.refused)) return "refused";
    if (operation.startsWith("read") || operation.startsWith("list")) return "answered";
    if (chance.is(faults.full)) return "full";
    if (chance.is(faults.unacknowledged)) return "unacknowledged";
    return chance.is(faults.late) ? "late" : "answered";
  }

  #backend(): ReturnType<typeof implement> {
    return implement(oracle, {
      ask: async ({ question, nature }, { signal, attribute }) => {
        attribute("simulation");
        return { answer: await this.#answer(question, nature, signal) };
      },
    });
  }

  async #answer(question: number, nature: Nature, signal: AbortSignal): Promise<number> {
    const { chance, faults, kills } = this.#options;
    if (nature === "deadly" && kills(question)) {
      this.crash();
      return silence();
    }
    if (nature === "silent") return chance.is(0.5) ? silence() : untilAborted(signal);
    const trouble = chance.is(faults().backend) ? chance.pick(["fails", "throws", "babbles", "dawdles", "hangs"] as const) : "none";
    await this.#sleep(trouble === "dawdles" ? chance.int(50, 3000) : chance.int(0, 50));
    if (nature === "refused") throw new MfmError("VALUE_INVALID", "refused for good, on purpose");
    switch (trouble) {
      case "fails":
        throw new MfmError("CAPABILITY_FAILED", "failed for now, on purpose");
      case "throws":
        throw new Error("failed for now, on purpose");
      case "babbles":
        return -1;
      case "hangs":
        return silence();
      default:
        return answerTo(question);
    }
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.timer(milliseconds, resolve);
    });
  }
}

function silence(): Promise<never> {
  return new Promise(() => undefined);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
  });
}
