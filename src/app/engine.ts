/** Assembly: from a place to a runtime over the configured store with the production registry. */
import type { Clock, Watch } from "../kernel/ports.ts";
import { Registry } from "../kernel/registry.ts";
import { Runtime } from "../kernel/runtime/runtime.ts";
import type { Store } from "../kernel/store.ts";
import { closing } from "./closing.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { isOwnerGone, machineRandom, machineTime, nameOwner } from "./machine.ts";
import type { Place } from "./place.ts";
import { recoverSigner } from "./recover-signer.ts";
import { type Assembly, assembleRegistry } from "./registry.ts";
import { type StoreClock, followStoreClock } from "./store-clock.ts";
import { getStore, openStore } from "./stores.ts";

export interface Engine {
  readonly configuration: Configuration;
  readonly assembly: Assembly;
  readonly runtime: Runtime;
  /** Names this process in leases. */
  readonly owner: string;
}

export interface EngineTerms {
  readonly place: Place;
  readonly watch: Watch;
  /** The only op that is driven, where that is known. */
  readonly op?: string;
}

const noWatch: Watch = () => undefined;

/**
 * Works with a runtime that can drive runs; the store is made where it is not there yet, and closed at the end.
 * @throws CONFIG_INVALID, MODULE_INVALID, REGISTRY_CONFLICT, STORE_*
 */
export async function withEngine<T>({ place, watch, op }: EngineTerms, work: (engine: Engine) => Promise<T>): Promise<T> {
  const configuration = await readConfiguration(place);
  const assembly = await assembleRegistry(configuration.modules, place, op);
  const store = await openStore(configuration.store);
  return closing(store, async () => {
    const owner = nameOwner();
    // A file is of this machine, as its clock is.
    const { clock, stop } = configuration.store.kind === "postgres" ? await followStoreClock(store) : machine;
    try {
      return await work({
        configuration,
        assembly,
        owner,
        runtime: runtimeOver({ store, registry: assembly.registry, clock, owner, watch }),
      });
    } finally {
      stop();
    }
  });
}

const machine: StoreClock = { clock: machineTime, stop: () => undefined };

/** A runtime for what needs no code: status, events, output, export, signal, cancel. */
export interface Records {
  readonly configuration: Configuration;
  readonly runtime: Runtime;
}

/** @throws CONFIG_INVALID, STORE_*; STORE_UNAVAILABLE when there is no store yet */
export async function withRecords<T>(place: Place, work: (records: Records) => Promise<T>): Promise<T> {
  const configuration = await readConfiguration(place);
  const store = await getStore(configuration.store);
  return closing(store, () =>
    work({
      configuration,
      runtime: runtimeOver({ store, registry: new Registry(), clock: machineTime, owner: nameOwner(), watch: noWatch }),
    }),
  );
}

function runtimeOver(parts: {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly owner: string;
  readonly watch: Watch;
}): Runtime {
  return new Runtime({ ...parts, random: machineRandom, isGone: isOwnerGone, recoverSigner });
}
