/** Runs of a store that is older than its signer, on a real node: what was sent since is taken up again, and nothing unknown is passed over (case 47). */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { MfmError } from "../../src/kernel/errors.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { openStoredEvent } from "../../src/kernel/runtime/history.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { NonceRange } from "../../src/keystore/signer-port.ts";
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

  it("gives nothing up that was signed, whatever keeps it from being begun now; what was not is given up", async () => {
    assert.equal(await new Desk(lab).pay(1), "succeeded");
    const refuse = async (): Promise<never> => Promise.reject(new MfmError("POLICY_REFUSED", "on purpose"));
    const options = {
      signer: { check: refuse, sign: refuse, signedNonces: (range: NonceRange) => lab.signer.signedNonces(range) },
    };
    const restored = new Desk(lab, options);
    assert.equal(await restored.pay(1), "SIGNED_OTHERWISE");
    assert.deepEqual(await restored.effects(), ["intended"]);
    const fresh = new Desk(lab, options);
    assert.equal(await fresh.pay(2), "POLICY_REFUSED");
    assert.deepEqual(await fresh.effects(), ["abandoned"]);
  });

  it("gives nothing up because the configuration cannot be read", async () => {
    const unread = new Desk(lab, { sourcesOf: async () => Promise.reject(new MfmError("CONFIG_INVALID", "on purpose")) });
    assert.equal(await unread.pay(1), "CONFIG_INVALID");
    assert.deepEqual(await unread.effects(), ["intended"]);
  });

  it("takes up that one of several candidates which was included, or else the newest", async () => {
    await lab.automine(false);
    const lost = lab.sending("payment");
    const first = await lost.make();
    await lost.dispatch();
    const replaced = await lost.make("replacement");
    const newest = lab.sending("payment");
    assert.deepEqual((await newest.make()).seal, replaced.seal);
    await lab.mine();
    const included = lab.sending("payment");
    assert.deepEqual(await included.acquire({ next: 1 }), { kind: "slot", slot: 0 });
    assert.deepEqual((await included.make()).seal, first.seal);
    assert.equal((await included.look()).kind, "final");
  });

  for (const code of ["GUARD_CORRUPT", "SIGNER_DENIED", "FILE_UNSAFE", "VALUE_INVALID"] as const)
    it(`gives nothing up where the signer cannot say what it signed: ${code}`, async () => {
      assert.equal(await new Desk(lab).pay(1), "succeeded");
      const broken = async (): Promise<never> => Promise.reject(new MfmError(code, "on purpose"));
      const restored = new Desk(lab, { signer: { check: broken, sign: broken, signedNonces: broken } });
      assert.equal(await restored.pay(1), code);
      assert.deepEqual(await restored.effects(), ["intended"]);
    });
});
