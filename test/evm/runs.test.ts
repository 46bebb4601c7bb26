/** Runs that send transactions, through the runtime, on a real node: recorded, verified, and each payment made once. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { TransactionIntent } from "../../src/capabilities/evm/transaction-intent.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { Registry } from "../../src/kernel/registry.ts";
import type { Run } from "../../src/kernel/run.ts";
import { openStoredEvent } from "../../src/kernel/runtime/history.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { readHistory } from "../../src/kernel/verify/history.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { payAll, paymentDefinitions } from "../simulation/chain/payments.ts";
import { machine } from "./asking.ts";
import { ChainLab } from "./chain-lab.ts";
import { intentOf } from "./sending.ts";

const gwei = 1_000_000_000n;
const receivers = Array.from({ length: 5 }, (_, index) => `0x${(0xc0de_0000n + BigInt(index)).toString().padStart(40, "0")}` as const);

/** A store and a process of its own on the lab's chain. */
class Desk {
  readonly store = openModelStore({ clock: () => machine.clock.now() });
  readonly registry: Registry;
  readonly runtime: Runtime;
  readonly #lab: ChainLab;

  constructor(lab: ChainLab) {
    this.#lab = lab;
    this.registry = new Registry(paymentDefinitions, lab.submitter());
    this.runtime = new Runtime({ store: this.store, registry: this.registry, ...machine, owner: "desk" });
  }

  /** Pays 1 wei to so many, and does what can be done at once. */
  async begin(count: number, change: Partial<TransactionIntent> = {}): Promise<Run> {
    const lines = receivers.slice(0, count).map((to) => intentOf(this.#lab.from, { to, ...change }));
    const { run } = await this.runtime.start(payAll, { lines }, { key: "pay", detach: true });
    return this.drive(run.runId);
  }

  drive(runId: RunId): Promise<Run> {
    return this.runtime.drive(runId, { idle: "leave", signal: new AbortController().signal });
  }

  /** Until it has an end: what a chain does takes its time. */
  async finish(runId: RunId): Promise<Run> {
    for (;;) {
      const run = await this.drive(runId);
      if (run.status !== "running" && run.status !== "waiting") return run;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The events of a step's effect, in order, once the history is verified. */
  async story(runId: RunId, step: string): Promise<string[]> {
    const report = await verifyHistory(await readHistory(this.store, runId), this.registry);
    assert.equal(report.result, "verified");
    const stored = await this.store.readEvents(runId, 0, 1000);
    return stored.flatMap((one) => {
      const { event } = openStoredEvent(runId, one);
      if (!("step" in event.data) || event.data.step !== step) return [];
      if (event.type === "EffectObserved") return [`seen ${event.data.seen.kind}`];
      return [event.type === "EffectSettled" ? `settled ${event.data.outcome.kind}` : event.type];
    });
  }
}

describe("a run that sends transactions", () => {
  let lab: ChainLab;
  before(async () => {
    lab = await ChainLab.open();
  });
  afterEach(() => lab.reset());
  after(() => lab.close());

  const balances = () => Promise.all(receivers.map((receiver) => lab.balance(receiver)));

  it("makes each of five payments of one account once, with the nonces that follow, and verifies", async () => {
    const desk = new Desk(lab);
    const { runId } = await desk.begin(5);
    const run = await desk.finish(runId);
    assert.equal(run.status, "succeeded");
    assert.deepEqual([await balances(), await lab.count()], [[1n, 1n, 1n, 1n, 1n], 5]);
    const story = await desk.story(runId, "pay/0");
    assert.deepEqual(
      story.filter((what) => !what.startsWith("seen accepted") && !what.startsWith("seen unknown")),
      ["EffectIntended", "LaneAcquired", "EffectPrepared", "EffectDispatched", "seen included", "settled success", "StepCompleted"],
    );
  });

  it("renews a payment whose nonce somebody else took, with another nonce, and pays it once (cases 31 and 40)", async () => {
    await lab.automine(false);
    const desk = new Desk(lab);
    const { runId } = await desk.begin(1, { renewals: 1 });
    await lab.sendBeside({ nonce: 0, maxFeePerGas: 90n * gwei, maxPriorityFeePerGas: 9n * gwei });
    await lab.mine();
    await lab.automine(true);
    const run = await desk.finish(runId);
    assert.equal(run.status, "succeeded");
    assert.deepEqual([(await balances())[0], await lab.count()], [1n, 2]);
    const story = await desk.story(runId, "pay/0");
    assert.deepEqual(
      story.filter((what) => what.startsWith("settled") || what === "EffectIntended"),
      ["EffectIntended", "settled superseded", "EffectIntended", "settled success"],
    );
  });

  it("is not stopped by a node that forgets its pool: what was sent is sent again, and paid once (case 37)", async () => {
    await lab.automine(false);
    const desk = new Desk(lab);
    const { runId } = await desk.begin(3);
    await lab.node.rpc("anvil_dropAllTransactions");
    await lab.automine(true);
    const run = await desk.finish(runId);
    assert.equal(run.status, "succeeded");
    assert.deepEqual([await balances(), await lab.count()], [[1n, 1n, 1n, 0n, 0n], 3]);
    await desk.story(runId, "pay/2");
  });

  it("that is cancelled with transactions in the pool cancels nothing that is done, and ends at rest (case 21)", async () => {
    await lab.automine(false);
    const desk = new Desk(lab);
    const { runId } = await desk.begin(2);
    await desk.runtime.cancel(runId, { actor: "ann", reason: "enough" });
    await lab.automine(true);
    await lab.mine();
    const run = await desk.finish(runId);
    assert.equal(run.status, "cancelled");
    assert.deepEqual([(await balances()).slice(0, 2), await lab.count()], [[1n, 1n], 2]);
    await desk.story(runId, "pay/1");
  });
});
