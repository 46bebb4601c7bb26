/** An office that pays through the sample bank: a store in virtual time, processes on it, and what they recorded, in words. */
import assert from "node:assert/strict";
import { implement } from "../../src/kernel/capability.ts";
import type { RunEvent } from "../../src/kernel/events.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { Moment } from "../../src/kernel/ports.ts";
import { type Definitions, Registry } from "../../src/kernel/registry.ts";
import type { Run } from "../../src/kernel/run.ts";
import { openStoredEvent } from "../../src/kernel/runtime/history.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { Store } from "../../src/kernel/store.ts";
import { readHistory } from "../../src/kernel/verify/history.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { Bank, type Script } from "./bank.ts";
import { chain } from "./samples.ts";
import { recoverSigner } from "./people.ts";
import { payAll, writeDefinitions } from "./writes.ts";

export const act = { actor: "ann", reason: "enough" };
export const day = 86_400_000;

export class Office {
  readonly clock = new VirtualClock();
  readonly bank: Bank;
  readonly store: Store = openModelStore({ clock: () => this.clock.now() });
  readonly registry: Registry;

  constructor(script: Script = {}, more: Definitions = {}) {
    this.bank = new Bank(script);
    const numbers = implement(chain, { getBalance: () => 1n, blockNumber: () => 1n });
    this.registry = new Registry(writeDefinitions, more, this.bank.backend(), numbers);
  }

  process(owner = "first", watch: (moment: Moment) => void = () => undefined): Runtime {
    return new Runtime({ store: this.store, registry: this.registry, clock: this.clock, random: () => 0, owner, watch, recoverSigner });
  }

  /** Lets time pass until this is over. */
  async until<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const settle = (): void => void (over = true);
    work.then(settle, settle);
    assert.ok(await this.clock.run(() => over, this.clock.now() + day), "it is not over after a day");
    return work;
  }

  async pay(...receivers: readonly string[]): Promise<Run> {
    const payments = receivers.map((to, index) => ({ to, amount: BigInt(index + 1) }));
    return (await this.until(this.process().start(payAll, { payments }, { key: "pay" }))).run;
  }

  /** Admits a run and lets a process do what it can at once. */
  async begin(...receivers: readonly string[]): Promise<Run> {
    const payments = receivers.map((to, index) => ({ to, amount: BigInt(index + 1) }));
    const { run } = await this.process().start(payAll, { payments }, { key: "pay", detach: true });
    return this.until(this.process().drive(run.runId, { idle: "leave", signal: new AbortController().signal }));
  }

  async events(runId: RunId): Promise<RunEvent[]> {
    return (await this.store.readEvents(runId, 0, 1000)).map((stored) => openStoredEvent(runId, stored).event);
  }

  /** The events of a run as words, those of a step with what they say; verified. */
  async story(runId: RunId, step = "pay/0"): Promise<string[]> {
    const report = await verifyHistory(await readHistory(this.store, runId), this.registry, { recoverSigner });
    assert.equal(report.result, "verified");
    return (await this.events(runId)).flatMap((event) => (stepOf(event) === step || stepOf(event) === undefined ? [wordsOf(event)] : []));
  }
}

function stepOf({ type, data }: RunEvent): string | undefined {
  return "step" in data && !type.startsWith("Run") ? data.step : undefined;
}

function wordsOf(event: RunEvent): string {
  switch (event.type) {
    case "EffectObserved":
      return event.data.seen.kind;
    case "EffectSettled":
      return `settled ${event.data.outcome.kind}`;
    case "EffectAbandoned":
      return `abandoned ${event.data.why.kind}`;
    case "StepFailed":
    case "RunFailed":
      return `${event.type} ${event.data.code}`;
    case "CompensationStarted":
    case "RunCompensated":
    case "RunResolved":
      return `${event.type} ${event.data.why.kind}`;
    default:
      return event.type.replace("Effect", "").replace(/^(?:Intended|Prepared|Dispatched|Ambiguous)$/, (word) => word.toLowerCase());
  }
}

/** From the admission to the boundary. */
export const begun = ["RunAdmitted", "intended", "prepared", "dispatched"];
/** From a success to the end of the step. */
export const succeeded = ["included", "settled success", "StepCompleted"];
