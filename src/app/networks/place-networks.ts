/** The networks of a place over the real transport, whose code is loaded with the first question. */
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import type { Backend, Capability } from "../../kernel/capability.ts";
import type { Network } from "../../transports/evm/network.ts";
import type { Provider } from "../../transports/evm/provider.ts";
import { type Configuration, readConfiguration } from "../configuration.ts";
import { machineRandom, machineTime } from "../machine.ts";
import type { Place } from "../place.ts";
import type { Endpoint } from "./endpoints.ts";
import type { NetworkId } from "./network-table.ts";
import { type KnownChains, Networks } from "./networks.ts";

export function networksOf(place: Place, { networks }: Pick<Configuration, "networks">): Networks {
  return new Networks({ place, tables: networks, chains, connect });
}

const chains: KnownChains = {
  find: async (which) => (await import("../../transports/evm/known-networks.ts")).findKnownNetwork(which),
  names: async () => (await import("../../transports/evm/known-networks.ts")).knownNetworkNames(),
};

/** What asks EVM chains for this place. */
export interface EvmQuestions {
  readonly reads: Backend;
  readonly simulations: Backend;
  /** The transport below both, for what no run asks. */
  readonly network: (id: NetworkId) => Promise<Network>;
}

/** The backends of EVM reads and of simulations, for this place's networks: one connection to each provider for both. */
export function evmQuestions(place: Place): EvmQuestions {
  const networks = onceOpened(async () => {
    const [{ Networks }, configuration] = await Promise.all([import("../../transports/evm/networks.ts"), readConfiguration(place)]);
    const { providersOf } = networksOf(place, configuration);
    return new Networks({ sourcesOf: providersOf, clock: machineTime, random: machineRandom });
  });
  return {
    reads: lazily(evmRead, async () => (await import("../../transports/evm/reader.ts")).evmReader(await networks())),
    simulations: lazily(evmSimulate, async () => (await import("../../transports/evm/simulator.ts")).evmSimulator(await networks())),
    network: async (id) => (await networks()).get(id),
  };
}

/** Until it is asked something, it reads no configuration and loads no code. */
function lazily(capability: Capability, open: () => Promise<Backend>): Backend {
  const backend = onceOpened(open);
  return {
    type: "backend",
    capability,
    answer: async (method, request, context) => (await backend()).answer(method, request, context),
  };
}

/** What was wrong may be mended while a worker goes on: then it is opened again. */
function onceOpened<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

async function connect({ ref, url, headers, batchItems, concurrency, timeoutMs }: Endpoint): Promise<Provider> {
  const { httpProvider } = await import("../../transports/evm/http-provider.ts");
  return httpProvider({
    ref,
    url,
    headers,
    ...(batchItems === undefined ? {} : { batchItems }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    clock: machineTime,
    random: machineRandom,
  });
}
