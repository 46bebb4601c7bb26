/** A simulated world: workers, starters and persons on one store, from the first start until everything has come to rest. */
import type { RunId } from "../../src/kernel/names.ts";
import type { Outcome } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import type { Store } from "../../src/kernel/store.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { Chance } from "./chance.ts";
import { isDispatched } from "./books.ts";
import { levels } from "./ops.ts";
import { neededAt } from "./needs.ts";
import { Operator, codeOf } from "./operator.ts";
import { SimulatedProcess, Stop } from "./process.ts";
import { type RootPlan, type Scenario, noFaults } from "./scenario.ts";
import { Till } from "./till.ts";
import { keyOf, withScope } from "./undisturbed.ts";
import { Witness, type Witnessed } from "./witness.ts";

export interface WorldOptions {
  /** Puts something in front of the store: a store that breaks a rule. */
  readonly breakStore?: (store: Store) => Store;
  readonly log?: (line: string) => void;
}

const tickMs = 100;
/** Nothing is under way longer than this. */
const lateMs = 9000;
/** How long after the calm everything must have come to rest. */
const restMs = 240_000;
/** A deadly step kills this often: far more often than a run may be claimed without progress. */
const deaths = 20;

/** What may become of an attempt to do something while stores fail, processes take over from each other and people act. */
const toleratedCodes = new Set(["RUN_BUSY", "RUN_ENDED", "RUN_TAKEN_OVER", "SIGNAL_ALREADY_RECEIVED", "STORE_FULL", "STORE_UNAVAILABLE"]);

export class World {
  readonly scenario: Scenario;
  readonly store: Store;
  readonly witness: Witness;
  readonly operator: Operator;
  readonly till: Till;
  /** Ids of the runs whose start was acknowledged, by index of their plan. */
  readonly started = new Map<number, RunId>();
  readonly #clock = new VirtualClock();
  readonly #chance: Chance;
  readonly #processes = new Set<SimulatedProcess>();
  readonly #deaths = new Map<number, number>();
  readonly #calmAt: number;
  #spawned = 0;
  #rested = false;
  #closing = false;

  constructor(scenario: Scenario, options: WorldOptions = {}) {
    const { breakStore = (store) => store, log } = options;
    this.scenario = scenario;
    this.#chance = new Chance(scenario.seed).fork("world");
    this.#calmAt = this.#clock.now() + scenario.calmAt;
    this.store = breakStore(withScope(openModelStore({ clock: () => this.#clock.now() })));
    const { skewMs, snapshots, slow, latencyMs } = scenario.faults;
    // Where a message may take as long as a lease, nobody can be sure to do anything under one.
    const isPrompt = slow === 0 && latencyMs * 10 < scenario.leaseMs;
    const snapshotChance = this.#chance.fork("snapshots");
    this.witness = new Witness({
      store: this.store,
      clock: this.#clock,
      skewMs,
      claimsInVain: isPrompt ? 14 : 60,
      takesSnapshot: () => snapshotChance.is(snapshots),
      isUndisturbed: (process) =>
        this.#clock.now() > this.#calmAt + lateMs && [...this.#processes].some(({ name, working }) => name === process && working),
      log,
    });
    this.till = new Till(this.#clock, (key) => this.#assertDispatched(key, "arrived"));
    this.operator = new Operator({
      scenario,
      chance: this.#chance.fork("operator"),
      witness: this.witness,
      isCalm: () => this.#isCalm,
      spawn: (what) => this.#spawn(what),
      tolerates: (process, error, runId) => this.#tolerates(process, error, runId),
    });
  }

  get #isCalm(): boolean {
    return this.#clock.now() >= this.#calmAt;
  }

  /** Lives until everything rests, or a rule is broken; what was broken is with the witness. */
  async live(): Promise<void> {
    const { scenario, witness } = this;
    const clock = this.#clock;
    for (const [index, plan] of scenario.roots.entries()) clock.timer(plan.startAt, () => this.#start(plan, index));
    const lacking = Array.from({ length: scenario.lackingWorkers }, () => "lacking" as const);
    const workers = Array.from({ length: scenario.workers }, () => "worker" as const);
    for (const kind of [...workers, ...lacking]) clock.timer(this.#chance.int(0, 2000), () => this.#work(kind));
    clock.timer(tickMs, () => this.#tick());
    const broken = (): boolean => witness.violations.length > 0;
    if (!(await clock.run(() => this.#rested || broken(), this.#calmAt + restMs)))
      witness.violate(`no rest: ${this.#unrested().join("; ")}`);
    // What rests stays at rest: leases run out, and then nobody finds anything to do.
    await clock.run(broken, clock.now() + 2 * scenario.leaseMs);
    const before = witness.claims;
    await clock.run(broken, clock.now() + 3000);
    if (witness.claims > before) witness.violate(`${witness.claims - before} claims while everything rests`);
    await this.#close(broken);
  }

  async #close(broken: () => boolean): Promise<void> {
    this.#closing = true;
    for (const process of this.#processes) process.stop.abort(new Stop("the world ends"));
    const working = (): SimulatedProcess[] => [...this.#processes].filter((process) => process.working);
    const closed = await this.#clock.run(() => broken() || working().length === 0, this.#clock.now() + 20_000);
    if (!closed)
      this.witness.violate(
        `told to stop, but working on: ${working()
          .map(({ name }) => name)
          .join(", ")}`,
      );
    for (const { run, lease } of await this.store.listRuns({ limit: 10_000 })) {
      if (lease !== null && lease.expiresAt > this.#clock.now())
        this.witness.violate(`${run.runId} is leased to ${lease.owner}, which has stopped`);
    }
  }

  /** The boundary: what leaves a process, or arrives, is in the stream as dispatched. */
  #assertDispatched(key: string, what: string): void {
    if (!isDispatched(this.witness.runs, key)) this.witness.violate(`${key} ${what}, and was not recorded as dispatched before`);
  }

  #tick(): void {
    if (this.#closing) return;
    if (!this.#isCalm) this.#disturb();
    if (this.#chance.is(this.#isCalm ? 0.3 : 0.7)) this.operator.look();
    // What was sent or frozen before the calm may come long after it.
    this.#rested = this.#clock.now() > this.#calmAt + lateMs && !this.operator.busy && this.#unrested().length === 0;
    for (const process of this.#processes) if (process.crashed) this.#processes.delete(process);
    this.#clock.timer(tickMs, () => this.#tick());
  }

  #disturb(): void {
    const { crashesPerSecond, freezesPerSecond, stopsPerSecond } = this.scenario.faults;
    const chance = this.#chance;
    const happens = (perSecond: number): boolean => chance.is((perSecond * tickMs) / 1000);
    const somebody = (): SimulatedProcess => chance.pick([...this.#processes]);
    if (this.#processes.size === 0) return;
    if (happens(crashesPerSecond)) somebody().crash();
    if (happens(freezesPerSecond)) somebody().clock.freeze(chance.int(50, 2 * this.scenario.leaseMs));
    if (happens(stopsPerSecond)) somebody().stop.abort(new Stop("on purpose"));
  }

  #spawn(what: string): SimulatedProcess {
    const { scenario } = this;
    const name = `${what}-${++this.#spawned}`;
    const process = new SimulatedProcess({
      name,
      clock: this.#clock,
      store: this.witness.view(name),
      chance: this.#chance.fork(name),
      faults: () => (this.#isCalm ? noFaults : scenario.faults),
      leaseMs: scenario.leaseMs,
      hasOracle: what !== "lacking",
      till: this.till,
      onSend: (key) => this.#assertDispatched(key, "is sent"),
      watch: (moment) => this.witness.moment(name, moment),
      kills: (question) => {
        const died = (this.#deaths.get(question) ?? 0) + 1;
        this.#deaths.set(question, died);
        return scenario.faults.deadly && died <= deaths;
      },
    });
    this.#processes.add(process);
    return process;
  }

  /** A worker, and another in its place when it crashes or stops. One that lacks the oracle leaves runs that need it to others. */
  #work(kind: "worker" | "lacking"): void {
    if (this.#closing) return;
    const process = this.#spawn(kind);
    const again = (): void => void this.#clock.timer(this.#chance.int(50, 1500), () => this.#work(kind));
    const onError = (error: unknown, runId: string | null): void => {
      const lacks = kind === "lacking" && codeOf(error) === "CAPABILITY_UNAVAILABLE";
      if (!lacks && !this.#tolerates(process, error, runId as RunId | null))
        this.witness.violate(`${process.name} on ${runId}: ${String(error)}`);
    };
    process.onCrash = again;
    process.track(async () => {
      await runWorker(process.runtime, { concurrency: this.scenario.concurrency, signal: process.stop.signal, onError });
      this.#processes.delete(process);
      again();
    });
  }

  /** Starts a run, again and again until that is acknowledged. */
  #start(plan: RootPlan, index: number): void {
    if (this.#closing) return;
    const process = this.#spawn("start");
    const again = (): void => {
      if (!this.started.has(index) || (!this.#isCalm && this.#chance.is(0.3)))
        this.#clock.timer(this.#chance.int(50, 1000), () => this.#start(plan, index));
    };
    const options = {
      key: keyOf(index),
      detach: plan.mode === "detached",
      signal: process.stop.signal,
      onRun: (runId: RunId) => void this.started.set(index, runId),
    };
    process.onCrash = again;
    process.track(async () => {
      try {
        this.#judgeOutcome(process, plan, await process.runtime.start(levels[plan.op], plan.config, options));
      } catch (error) {
        if (!this.#tolerates(process, error, this.started.get(index) ?? null))
          this.witness.violate(`${process.name} could not start a run: ${String(error)}`);
      }
      again();
    });
  }

  #judgeOutcome(process: SimulatedProcess, plan: RootPlan, { kind, run }: Outcome<unknown>): void {
    const { runId, status } = run;
    const known = this.witness.runs.get(runId);
    if (kind !== "unfinished" && known?.fold.run().head.digest !== run.head.digest)
      this.witness.violate(`${process.name} was told another end of ${runId} than happened`);
    if (plan.mode === "foreground" && status === "running") this.witness.violate(`${process.name} left ${runId}, which was running`);
  }

  #tolerates(process: SimulatedProcess, error: unknown, runId: RunId | null): boolean {
    if (error instanceof Stop) return true;
    const code = codeOf(error);
    if (code === undefined || !toleratedCodes.has(code)) return false;
    if (code.startsWith("STORE_")) return true;
    const known = runId === null ? undefined : this.witness.runs.get(runId);
    const claims = [...(known?.fences.values() ?? [])];
    // Told that another drives the run, where this process alone ever claimed it. (Where it was cancelled, a store that does not answer hides why the lease is gone.)
    if (known?.fold.ended === true && this.scenario.faults.refused > 0) return true;
    return !((code === "RUN_TAKEN_OVER" || code === "RUN_BUSY") && claims.length === 1 && claims[0] === process.name);
  }

  /** Why it is not over yet. */
  #unrested(): string[] {
    const reasons: string[] = [];
    if (this.started.size < this.scenario.roots.length) reasons.push("not every start was acknowledged");
    for (const known of this.witness.runs.values()) {
      if (!this.#rests(known)) reasons.push(`${known.runId} ${JSON.stringify(known.fold.run())} ${JSON.stringify(known.fold.progress)}`);
    }
    return reasons;
  }

  /** Ended, given up, or waiting for what will never come. */
  #rests(known: Witnessed): boolean {
    const { fold, runId } = known;
    if (fold.ended) return true;
    if (neededAt(this.witness.runs, known) !== null) return false;
    if (fold.phase.is === "paused") return this.operator.gaveUp(runId);
    return fold.ready.every((index) => {
      const step = fold.stepAt(index);
      return step.kind !== "signal" || this.operator.withholdsSignal(runId, step.key);
    });
  }
}
