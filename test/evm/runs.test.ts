/** Runs that send transactions, through the runtime, on a real node: recorded, verified, and each payment made once. */
import assert from "node:assert/strict";
import { keccak256 } from "ethers";
import { after, afterEach, before, describe, it } from "node:test";
import type { TransactionIntent } from "../../src/capabilities/evm/transaction-intent.ts";
import { readJsonArtifact } from "../../src/kernel/artifacts.ts";
import type { Digest } from "../../src/kernel/canonical.ts";
import type { RunEvent } from "../../src/kernel/events.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { Registry } from "../../src/kernel/registry.ts";
import type { Run } from "../../src/kernel/run.ts";
import { artifactsOf, openStoredEvent } from "../../src/kernel/runtime/history.ts";
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
    return (await this.#events(runId, step)).map(describeEvent);
  }

  /** Each event whose evidence has a receipt, with the hash of its block. */
  async receipts(runId: RunId, step: string): Promise<(readonly [what: string, block: string])[]> {
    const found: (readonly [string, string])[] = [];
    for (const event of await this.#events(runId, step)) {
      const digest = evidenceOf(event);
      if (digest === undefined) continue;
      const { evidence } = (await readJsonArtifact(artifactsOf(this.store), digest)) as unknown as Recorded;
      if (evidence.receipt !== undefined) found.push([describeEvent(event), evidence.receipt.blockHash]);
    }
    return found;
  }

  async #events(runId: RunId, step: string): Promise<readonly RunEvent[]> {
    const report = await verifyHistory(await readHistory(this.store, runId), this.registry);
    assert.equal(report.result, "verified");
    const stored = await this.store.readEvents(runId, 0, 1000);
    return stored.map((one) => openStoredEvent(runId, one).event).filter(({ data }) => "step" in data && data.step === step);
  }
}

interface Recorded {
  readonly evidence: { readonly receipt?: { readonly blockHash: string } };
}

function describeEvent(event: RunEvent): string {
  if (event.type === "EffectObserved") return `seen ${event.data.seen.kind}`;
  return event.type === "EffectSettled" ? `settled ${event.data.outcome.kind}` : event.type;
}

function evidenceOf(event: RunEvent): Digest | undefined {
  if (event.type === "EffectSettled") return event.data.evidence.digest;
  return event.type === "EffectObserved" && "evidence" in event.data.seen ? event.data.seen.evidence.digest : undefined;
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

  const moves = [
    ["and is seen only after that", false, ["seen included", "settled success"]],
    ["and was seen to be gone meanwhile", true, ["seen included", "seen included", "settled success"]],
  ] as const;
  for (const [name, isSeenGone, seen] of moves)
    it(`settles once, in the block to which a reorg moved its transaction, where that comes above what is final ${name} (case 34)`, async () => {
      const sent = new Set<unknown>();
      lab.servers[0]?.misbehave({
        ask: (call) => {
          if (call.method === "eth_sendRawTransaction") sent.add(call.params[0]);
          return call;
        },
      });
      const desk = new Desk(lab);
      const { runId } = await desk.begin(1, { finality: { kind: "depth", blocks: 4 } });
      while ((await desk.receipts(runId, "pay/0")).length === 0) await desk.drive(runId);
      const [[, left] = []] = await desk.receipts(runId, "pay/0");
      const [raw] = sent;
      await lab.mine();
      if (isSeenGone) {
        await lab.automine(false);
        await lab.reorg(2);
        while (!(await desk.story(runId, "pay/0")).includes("seen removed")) await desk.drive(runId);
        await lab.node.rpc("anvil_dropAllTransactions");
        await lab.node.rpc("eth_sendRawTransaction", raw);
        await lab.mine();
        // It is there again before it is final.
        while ((await desk.receipts(runId, "pay/0")).length === 1) await desk.drive(runId);
      } else await lab.node.rpc("anvil_reorg", 2, [[raw, 1]]);
      await lab.mine(3);
      assert.equal((await desk.finish(runId)).status, "succeeded");
      const { blockHash } = await lab.node.rpc<{ readonly blockHash: string }>("eth_getTransactionReceipt", keccak256(String(raw)));
      assert.notEqual(blockHash, left);
      assert.deepEqual(
        await desk.receipts(runId, "pay/0"),
        seen.map((what, at) => [what, at === 0 ? left : blockHash]),
      );
      // By MFM and by the test: the same bytes, and nothing else.
      assert.deepEqual([[...sent], (await balances())[0], await lab.count()], [[raw], 1n, 1]);
    });
});
