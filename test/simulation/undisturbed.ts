/** The same runs without any disturbance: one process, a store that always answers at once, every signal sent. What they end in is right. */
import { implement } from "../../src/kernel/capability.ts";
import { MfmError } from "../../src/kernel/errors.ts";
import { Registry } from "../../src/kernel/registry.ts";
import type { Run } from "../../src/kernel/run.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { Store } from "../../src/kernel/store.ts";
import { openModelStore } from "../../src/storages/model/model-store.ts";
import { interposeStore } from "../../src/testing/faulty-store.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { Chance, hashText } from "./chance.ts";
import { answerTo, definitions, levels, oracle } from "./ops.ts";
import type { RootPlan, Scenario } from "./scenario.ts";
import { tellerOf } from "./teller.ts";
import { Till } from "./till.ts";

/** Run ids depend on the scope: with one for all, the same start is the same run in every simulated store. */
export function withScope(store: Store): Store {
  return { ...interposeStore(store, (_operation, work) => work()), scope: "simulation" };
}

export function keyOf(index: number): string {
  return `root ${index}`;
}

/** What everybody sends who sends this signal. */
export function signalFor(runId: string, step: string): { readonly value: number } {
  return { value: hashText(`signal ${runId} ${step}`) };
}

/** Every run of the scenario's roots and their children, by id, as it ends undisturbed. */
export async function undisturbed(scenario: Scenario): Promise<ReadonlyMap<string, Run>> {
  const clock = new VirtualClock();
  const store = withScope(openModelStore({ clock: () => clock.now() }));
  const backend = implement(oracle, {
    ask({ question, nature }) {
      if (nature === "silent") return new Promise(() => undefined);
      if (nature === "refused") throw new MfmError("VALUE_INVALID", "refused for good, on purpose");
      return { answer: answerTo(question) };
    },
  });
  const calm = { chance: new Chance(0), clock, network: clock, trouble: () => 0, onSend: () => undefined };
  const registry = new Registry(definitions, backend, tellerOf({ ...calm, till: new Till(clock) }));
  const runtime = new Runtime({ store, registry, clock, random: () => 0.5, owner: "calm" });
  let driven = 0;
  const start = async ({ op, config }: RootPlan, index: number): Promise<void> => {
    await runtime.start(levels[op], config, { key: keyOf(index) });
    driven++;
  };
  for (const [index, plan] of scenario.roots.entries()) void start(plan, index);
  clock.timer(250, () => void sendSignals(runtime, clock));
  await clock.run(() => driven === scenario.roots.length, clock.now() + 3_600_000);
  if (driven < scenario.roots.length) throw new Error("an undisturbed run did not come to rest within an hour");
  const runs = await store.listRuns({ limit: 10_000 });
  return new Map(runs.map(({ run }) => [run.runId, run]));
}

async function sendSignals(runtime: Runtime, clock: VirtualClock): Promise<void> {
  for (const { run } of await runtime.store.listRuns({ limit: 10_000 })) {
    for (const wait of run.waitingFor) {
      if (wait.kind === "signal")
        await runtime.signal(run.runId, wait.step, signalFor(run.runId, wait.step), { actor: "calm", reason: "it waits" });
    }
  }
  clock.timer(250, () => void sendSignals(runtime, clock));
}
