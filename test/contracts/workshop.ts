/** A workshop for lifecycles: a real node, a vault that signs, and runs over the production definitions in a store in memory. */
import assert from "node:assert/strict";
import type { OutputOf } from "../../src/kernel/op.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { type Outcome, Runtime } from "../../src/kernel/runtime/runtime.ts";
import { type History, readHistory } from "../../src/kernel/verify/history.ts";
import { verifyHistory } from "../../src/kernel/verify/verify.ts";
import { contractLifecycle, lifecycleDefinitions } from "../../src/ops/contracts/lifecycle.ts";
import type { LifecycleRequest } from "../../src/ops/contracts/lifecycle-config.ts";
import type { LifecycleReport } from "../../src/states/contracts/report-lifecycle.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import type { HttpProvider } from "../../src/transports/evm/http-provider.ts";
import { evmReader } from "../../src/transports/evm/reader.ts";
import { evmSimulator } from "../../src/transports/evm/simulator.ts";
import { evmSubmitter } from "../../src/transports/evm/submit/submitter.ts";
import { type Anvil, startAnvil } from "../evm/anvil.ts";
import { machine, providerAt } from "../evm/asking.ts";
import { SignerLab, senderOf } from "../keystore/signer-lab.ts";

type Hex = `0x${string}`;

export interface Ran {
  readonly outcome: Outcome<OutputOf<ReturnType<typeof contractLifecycle.plan>>>;
  readonly history: History;
}

export class Workshop {
  readonly node: Anvil;
  readonly from: Hex;
  readonly registry: Registry;
  readonly store = openModelStore({ clock: () => machine.clock.now() });
  readonly #lab: Awaited<ReturnType<typeof SignerLab.open>>;
  readonly #provider: HttpProvider;
  readonly #runtime: Runtime;

  private constructor(node: Anvil, lab: Awaited<ReturnType<typeof SignerLab.open>>, from: Hex) {
    this.node = node;
    this.#lab = lab;
    this.from = from;
    this.#provider = providerAt(node.url);
    const options = { ...machine, sourcesOf: async () => [this.#provider], patienceMs: 10_000 };
    this.registry = new Registry(
      lifecycleDefinitions,
      evmReader(options),
      evmSimulator(options),
      evmSubmitter({ ...options, signer: async () => lab.signer }),
    );
    this.#runtime = new Runtime({ store: this.store, registry: this.registry, ...machine, owner: "workshop" });
  }

  static async open(...flags: readonly string[]): Promise<Workshop> {
    const [node, lab] = await Promise.all([startAnvil(...flags), SignerLab.open()]);
    const from = await senderOf(lab.signer);
    await node.rpc("anvil_setBalance", from, "0x3635c9adc5dea00000");
    return new Workshop(node, lab, from);
  }

  /** Runs it to its end or pause; its history verifies. */
  async run(key: string, request: LifecycleRequest): Promise<Ran> {
    const outcome = await this.#runtime.start(contractLifecycle, request, { key });
    const history = await readHistory(this.store, outcome.run.runId);
    const report = await verifyHistory(history, this.registry, { head: outcome.run.head.digest });
    assert.equal(report.result, "verified", JSON.stringify(report));
    return { outcome, history };
  }

  /** The report of a run that succeeds. */
  async report(key: string, request: LifecycleRequest): Promise<LifecycleReport> {
    const { outcome } = await this.run(key, request);
    if (outcome.kind !== "succeeded") assert.fail(JSON.stringify(outcome.run));
    return outcome.output.report;
  }

  nonce(): Promise<number> {
    return this.node.rpc<string>("eth_getTransactionCount", this.from, "latest").then(Number);
  }

  async close(): Promise<void> {
    await this.#provider.close();
    await this.#lab.close();
    await this.node.stop();
  }
}
