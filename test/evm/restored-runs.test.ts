/** Runs of a store that is older than its signer, on a real node: what was sent since is taken up again, and nothing unknown is passed over (case 47). */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { MfmError } from "../../src/kernel/errors.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { openStoredEvent } from "../../src/kernel/runtime/history.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { payAll, paymentDefinitions } from "../simulation/chain/payments.ts";
import { machine } from "./asking.ts";
import { ChainLab } from "./chain-lab.ts";
import { intentOf } from "./sending.ts";

const receivers = Array.from({ length: 3 }, (_, index) => `0x${(0xc0de_0000n + BigInt(index)).toString().padStart(40, "0")}` as const);

/** A store that is always the same one, as it was before anything happened. */
class Desk {
  readonly #store = openModelStore({ clock: () => machine.clock.now(), scope: "ab".repeat(16) });
  readonly #runtime: Runtime;
  readonly #lab: ChainLab;

  constructor(lab: ChainLab, options: Parameters<ChainLab["submitter"]>[0] = {}) {
    this.#lab = lab;
    const registry = new Registry(paymentDefinitions, lab.submitter(options));
    this.#runtime = new Runtime({ store: this.#store, registry, ...machine, owner: "desk" });
  }

  /** Starts a payment, or goes on with it, until it ends, fails for now or has to wait for its turn; how it stands. */
  async pay(receiver: number): Promise<string> {
    const lines = [intentOf(this.#lab.from, { to: receivers[receiver] ?? "0x" })];
    const { run } = await this.#runtime.start(payAll, { lines }, { key: `pay ${receiver}`, detach: true });
    for (;;) {
      const { status, waitingFor } = await this.#runtime.drive(run.runId, { idle: "leave", signal: new AbortController().signal });
      const code = await this.#failedSince(run.runId, run.head.seq);
      if (code !== undefined || status === "succeeded") return code ?? status;
      if (waitingFor.some(({ kind }) => kind === "lane") && run.status === "running") return "waits";
      await this.#lab.mine();
    }
  }

  async #failedSince(runId: RunId, seq: number): Promise<string | undefined> {
    const events = (await this.#store.readEvents(runId, seq + 1, 10_000)).map((stored) => openStoredEvent(runId, stored).event);
    const failed = events.findLast(({ type }) => type === "StepFailed");
    return failed?.type === "StepFailed" ? failed.data.code : undefined;
  }

  async effects(): Promise<readonly string[]> {
    return (await this.#store.listEffects({ limit: 10 })).map(({ is }) => is);
  }
}

describe("a store that was restored", () => {
  let lab: ChainLab;
  before(async () => {
    lab = await ChainLab.open();
  });
  beforeEach(() => lab.reset());
  after(() => lab.close());

  it("passes over no nonce that was signed for what it does not know, and goes on once it does", async () => {
    const lost = new Desk(lab);
    for (const receiver of [0, 1, 2]) assert.equal(await lost.pay(receiver), "succeeded");
    const restored = new Desk(lab);
    assert.equal(await restored.pay(0), "succeeded");
    assert.equal(await restored.pay(2), "LANE_QUARANTINED");
    assert.deepEqual(await restored.effects(), ["intended", "settled"]);
    // Behind it in the queue; but now it is known what the nonce is of.
    assert.equal(await restored.pay(1), "waits");
    for (const receiver of [2, 1]) assert.equal(await restored.pay(receiver), "succeeded");
    assert.equal(await lab.count(), 3);
    for (const receiver of receivers) assert.equal(await lab.balance(receiver), 1n);
  });

  for (const code of ["GUARD_CORRUPT", "SIGNER_DENIED"] as const)
    it(`gives nothing up where the signer cannot say what it signed: ${code}`, async () => {
      assert.equal(await new Desk(lab).pay(1), "succeeded");
      const broken = async (): Promise<never> => Promise.reject(new MfmError(code, "on purpose"));
      const restored = new Desk(lab, { signer: { check: broken, sign: broken, signedNonces: broken } });
      assert.equal(await restored.pay(1), code);
      assert.deepEqual(await restored.effects(), ["intended"]);
    });
});
