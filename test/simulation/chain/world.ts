/** A world with a chain: workers that pay from one account, a chain with reorgs and strangers, nodes that lag and lie by omission, and crashes. */
import { accountOf } from "./account.ts";
import type { RunId } from "../../../src/kernel/names.ts";
import { MfmError } from "../../../src/kernel/errors.ts";
import { Registry } from "../../../src/kernel/registry.ts";
import { type Run, hasEnded } from "../../../src/kernel/run.ts";
import type { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../../src/kernel/runtime/worker.ts";
import type { Append, Store } from "../../../src/kernel/store.ts";
import { interposeStore } from "../../../src/testing/faulty-store.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { evmSubmitter } from "../../../src/transports/evm/submit/submitter.ts";
import { BlockMaker } from "./block-maker.ts";
import { Chance } from "../chance.ts";
import { SimulatedProcess, Stop } from "../process.ts";
import { noFaults } from "../scenario.ts";
import { Till } from "../till.ts";
import { SimulatedChain, chainId } from "./chain.ts";
import { judgeChain } from "./judge.ts";
import { linesOf, payAll, payOrReturn, paymentDefinitions } from "./payments.ts";
import { attend, attendRestored, attendWaiting, needsPerson, recoverSimulated } from "./people.ts";
import { openRestorableStore } from "./restorable-store.ts";
import { type ChainScenario, noViewFaults } from "./scenario.ts";
import { simulatedSigner } from "./signer.ts";
import { chainView } from "./view.ts";

const tickMs = 250;
const restMs = 3_600_000;
const tolerated = new Set([
  "RUN_BUSY",
  "RUN_UNKNOWN",
  "RUN_ENDED",
  "RUN_TAKEN_OVER",
  "STORE_UNAVAILABLE",
  "RESOLUTION_NOT_AWAITED",
  "LANE_NOT_AWAITED",
]);

export interface ChainOutcome {
  readonly violations: readonly string[];
  readonly seen: ReadonlyMap<string, number>;
}

export class ChainWorld {
  readonly violations: string[] = [];
  readonly seen = new Map<string, number>();
  readonly #scenario: ChainScenario;
  readonly #clock = new VirtualClock();
  readonly #chance: Chance;
  readonly #chain: SimulatedChain;
  readonly #blocks: BlockMaker;
  readonly #stores = openRestorableStore(() => this.#clock.now());
  readonly #account = accountOf();
  readonly #signer = simulatedSigner(this.#account);
  readonly #processes = new Set<SimulatedProcess>();
  /** Hashes that were recorded as dispatched, and that reached a node. */
  readonly #dispatched = new Set<string>();
  readonly #arrived = new Set<string>();
  readonly #calmAt: number;
  readonly #started = new Set<number>();
  /** Nonces below were signed for what no store knows any more; those that were never sent are used up by a wallet. */
  #explainedTo = 0;
  #spawned = 0;
  #closing = false;

  constructor(scenario: ChainScenario) {
    this.#scenario = scenario;
    this.#chance = new Chance(scenario.seed).fork("chain world");
    this.#chain = new SimulatedChain(scenario.rules, this.#account.address, this.#chance.fork("chain"));
    this.#blocks = new BlockMaker(this.#chain, this.#account, { chance: this.#chance, count: (what) => this.#count(what) });
    this.#calmAt = this.#clock.now() + scenario.calmAt;
  }

  /** The store as it is now, seen by whoever opens it now. */
  get #store(): Store {
    const { store } = this.#stores;
    return { ...interposeStore(store, (_operation, work) => work()), append: (append) => this.#append(store, append) };
  }

  get #isCalm(): boolean {
    return this.#clock.now() >= this.#calmAt;
  }

  async #append(store: Store, append: Append) {
    const result = await store.append(append);
    if (result.kind !== "appended") return result;
    for (const { event } of append.events) {
      this.#count(event.type === "EffectObserved" ? `seen ${event.data.seen.kind}` : event.type);
      if (event.type === "EffectDispatched" && event.data.seal !== undefined) this.#dispatched.add(event.data.seal.identity);
      if (event.type === "EffectSettled") this.#count(`settled ${event.data.outcome.kind}`);
    }
    return result;
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  async live(): Promise<ChainOutcome> {
    const { runs, workers, blockMs, restore } = this.#scenario;
    for (const [index, { startAt }] of runs.entries()) this.#clock.timer(startAt, () => this.#start(index));
    for (let worker = 0; worker < workers; worker++) this.#clock.timer(this.#chance.int(0, 2000), () => this.#work());
    if (restore !== null) {
      this.#clock.timer(restore.backedUpAt, () => this.#stores.backUp());
      this.#clock.timer(restore.restoredAt, () => this.#restore());
    }
    this.#clock.timer(blockMs, () => this.#block());
    this.#clock.timer(tickMs, () => this.#tick());
    let isOver = false;
    const look = (): void => {
      void this.#isOver().then((over) => (isOver = over));
      this.#clock.timer(1000, look);
    };
    look();
    const rested = await this.#clock.run(() => isOver || this.violations.length > 0, this.#calmAt + restMs);
    if (!rested) this.violations.push(`no rest: ${await this.#unrested()}`);
    this.#closing = true;
    for (const process of this.#processes) process.stop.abort(new Stop("the world ends"));
    await this.#clock.run(() => [...this.#processes].every((process) => !process.working), this.#clock.now() + 60_000);
    this.violations.push(
      ...(await judgeChain(this.#store, new Registry(paymentDefinitions), this.#chain, {
        arrived: this.#arrived,
        isRestored: this.#scenario.restore !== null,
      })),
    );
    return this;
  }

  async #isOver(): Promise<boolean> {
    const runs = await this.#store.listRuns({ limit: 100 });
    return this.#isCalm && runs.length === this.#scenario.runs.length && runs.every(({ run }) => hasEnded(run.status));
  }

  async #unrested(): Promise<string> {
    const runs = await this.#store.listRuns({ limit: 100 });
    const lane = await this.#store.readLane(`eip155:${chainId}/${this.#account.address}`, 10);
    return JSON.stringify([...runs.map(({ run }) => run), lane, this.#chain.height, this.#chain.pool.length], (_name, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
  }

  /** Nobody goes on with what was; whoever started a run starts it again, by the same key. */
  #restore(): void {
    if (this.#closing) return;
    this.#count("restored");
    for (const process of this.#processes) process.crash();
    this.#processes.clear();
    this.#stores.restore();
    for (const index of this.#started) this.#start(index);
  }

  #block(): void {
    if (this.#closing) return;
    this.#blocks.make(this.#isCalm ? null : this.#scenario.troubles, this.#explainedTo);
    this.#clock.timer(this.#scenario.blockMs, () => this.#block());
  }

  #tick(): void {
    if (this.#closing) return;
    const { crashesPerSecond, freezesPerSecond, stopsPerSecond } = this.#isCalm ? noFaults : this.#scenario.faults;
    const happens = (perSecond: number): boolean => this.#processes.size > 0 && this.#chance.is((perSecond * tickMs) / 1000);
    const somebody = (): SimulatedProcess => this.#chance.pick([...this.#processes]);
    if (happens(crashesPerSecond)) somebody().crash();
    if (happens(freezesPerSecond)) somebody().clock.freeze(this.#chance.int(50, 2 * this.#scenario.leaseMs));
    if (happens(stopsPerSecond)) somebody().stop.abort(new Stop("on purpose"));
    for (const process of this.#processes) if (process.crashed) this.#processes.delete(process);
    void this.#operate();
    this.#clock.timer(tickMs, () => this.#tick());
  }

  async #operate(): Promise<void> {
    for (const { run } of await this.#store.listRuns({ limit: 100 })) {
      if (!(needsPerson(run) || this.#isBehind(run)) || !this.#chance.is(0.2)) continue;
      const operator = this.#spawn("operator");
      operator.track(async () => {
        await this.#attend(operator.runtime, run).catch((error: unknown) => this.#tolerate(operator, error));
        this.#processes.delete(operator);
      });
    }
  }

  /** Whether it may wait for what only a person moves on. */
  #isBehind({ waitingFor }: Run): boolean {
    return this.#scenario.restore !== null && this.#isCalm && waitingFor.some(({ kind }) => kind === "lane");
  }

  async #attend(runtime: Runtime, run: Run): Promise<void> {
    const { address: account } = this.#account;
    if (this.#isBehind(run)) return attendWaiting(runtime, { account, count: this.#chain.countAt(account, this.#chain.height) });
    if (this.#scenario.restore === null || run.status !== "paused") return attend(runtime, run);
    const { code, explainedTo } = await attendRestored(runtime, run, { signer: this.#signer, account: this.#account.address });
    this.#count(`paused ${code}`);
    this.#explainedTo = Math.max(this.#explainedTo, explainedTo);
  }

  #spawn(what: string): SimulatedProcess {
    const scenario = this.#scenario;
    const name = `${what}-${++this.#spawned}`;
    const process = new SimulatedProcess({
      name,
      clock: this.#clock,
      store: this.#store,
      chance: this.#chance.fork(name),
      faults: () => (this.#isCalm ? noFaults : scenario.faults),
      leaseMs: scenario.leaseMs,
      hasOracle: false,
      recoverSigner: recoverSimulated,
      till: new Till(this.#clock),
      onSend: () => undefined,
      watch: () => undefined,
      kills: () => false,
      more: (clock, chance) => {
        const providers = scenario.views.map((faults, index) =>
          chainView({
            ref: `node-${index}`,
            chain: this.#chain,
            clock: this.#clock,
            chance: chance.fork(`node ${index}`),
            faults: () => (this.#isCalm ? noViewFaults : faults),
            onArrival: (hash) => this.#arrive(name, hash),
          }),
        );
        const broadcast = chance.pick(["one", "all"] as const);
        const submitter = evmSubmitter({
          sourcesOf: async () => providers,
          signer: async () => this.#signer,
          broadcast: () => broadcast,
          clock,
          random: chance.unit,
          patienceMs: 5000,
          polls: () => [],
        });
        return [paymentDefinitions, submitter];
      },
    });
    this.#processes.add(process);
    return process;
  }

  #arrive(name: string, hash: string): void {
    this.#arrived.add(hash);
    if (!this.#dispatched.has(hash)) this.violations.push(`${name} sent ${hash}, which was not recorded as dispatched before`);
  }

  #tolerate(process: SimulatedProcess, error: unknown): void {
    if (error instanceof Stop || (error instanceof MfmError && tolerated.has(error.code))) return;
    this.violations.push(`${process.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  #work(): void {
    if (this.#closing) return;
    const process = this.#spawn("worker");
    const again = (): void => void this.#clock.timer(this.#chance.int(50, 1500), () => this.#work());
    process.onCrash = again;
    process.track(async () => {
      const { concurrency } = this.#scenario;
      await runWorker(process.runtime, { concurrency, signal: process.stop.signal, onError: (error) => this.#tolerate(process, error) });
      this.#processes.delete(process);
      again();
    });
  }

  #start(index: number): void {
    if (this.#closing) return;
    const process = this.#spawn("start");
    const again = (): void => void this.#clock.timer(500, () => this.#start(index));
    process.onCrash = again;
    process.track(async () => {
      try {
        const [undo, lines] = [this.#scenario.runs[index]?.undo ?? null, linesOf(this.#scenario, this.#account.address, index)];
        const [{ runtime }, how] = [process, { key: `run ${index}`, detach: true }];
        const { run } = await (undo === null
          ? runtime.start(payAll, { lines: lines.map(({ pay }) => pay) }, how)
          : runtime.start(payOrReturn, { lines, ...undo }, how));
        this.#started.add(index);
        this.#cancel(index, run.runId);
      } catch (error) {
        this.#tolerate(process, error);
        again();
      }
      this.#processes.delete(process);
    });
  }

  #cancel(index: number, runId: RunId): void {
    const cancelAt = this.#scenario.runs[index]?.cancelAt ?? null;
    if (cancelAt === null) return;
    this.#clock.timer(cancelAt, () => {
      const operator = this.#spawn("operator");
      operator.track(async () => {
        await operator.runtime
          .cancel(runId, { actor: "bob", reason: "never mind" })
          .catch((error: unknown) => this.#tolerate(operator, error));
        this.#processes.delete(operator);
      });
    });
  }
}
