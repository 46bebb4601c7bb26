/** MFM as its users run it: the SQLite store with its full durability, the production clock and randomness. */
import { join } from "node:path";
import { machineRandom, machineTime, nameOwner } from "../src/app/machine.ts";
import type { Watch } from "../src/kernel/ports.ts";
import { Runtime } from "../src/kernel/runtime/runtime.ts";
import type { Store } from "../src/kernel/store.ts";
import { openSqliteStore } from "../src/storages/sqlite/open.ts";
import { benchRegistry, chain, chainTotal } from "./workload.ts";

export interface Engine {
  readonly path: string;
  readonly store: Store;
  readonly runtime: Runtime;
}

export function runtimeOver(store: Store, watch: Watch = () => undefined): Runtime {
  return new Runtime({ store, registry: benchRegistry, clock: machineTime, random: machineRandom, owner: nameOwner(), watch });
}

/** Works with a store in the folder, made where it is not there yet, and closes it. */
export async function withEngine<T>(folder: string, work: (engine: Engine) => Promise<T>, watch?: Watch): Promise<T> {
  const path = join(folder, "mfm.db");
  const store = await openSqliteStore({ path });
  try {
    return await work({ path, store, runtime: runtimeOver(store, watch) });
  } finally {
    await store.close();
  }
}

let started = 0;

/** Start, steps, result: refuses a result that is not the sum of all steps. */
export async function runChain(runtime: Runtime, steps: number): Promise<void> {
  const run = started++;
  const outcome = await runtime.start(chain, { run, steps }, { key: `chain-${run}` });
  if (outcome.kind !== "succeeded" || outcome.output.total !== chainTotal(run, steps))
    throw new Error("a run lost or repeated a step's result");
}
