/** The networks of a place over the real transport, whose code is loaded with the first question. */
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import type { Backend, Capability } from "../../kernel/capability.ts";
import type { Provider } from "../../transports/evm/provider.ts";
import { type Configuration, readConfiguration } from "../configuration.ts";
import { machineRandom, machineTime } from "../machine.ts";
import type { Place } from "../place.ts";
import type { Endpoint } from "./endpoints.ts";
import { type KnownChains, Networks } from "./networks.ts";

export function networksOf(place: Place, { networks }: Pick<Configuration, "networks">): Networks {
  return new Networks({ place, tables: networks, chains, connect });
}

const chains: KnownChains = {
  find: async (which) => (await import("../../transports/evm/known-networks.ts")).findKnownNetwork(which),
  names: async () => (await import("../../transports/evm/known-networks.ts")).knownNetworkNames(),
};

/** The backend of EVM reads, for this place's networks. */
export function evmReads(place: Place): Backend {
  return lazily(evmRead, async () => {
    const [{ evmReader }, options] = await Promise.all([import("../../transports/evm/reader.ts"), readOptions(place)]);
    return evmReader(options);
  });
}

/** The backend that simulates transactions, for this place's networks. */
export function evmSimulations(place: Place): Backend {
  return lazily(evmSimulate, async () => {
    const [{ evmSimulator }, options] = await Promise.all([import("../../transports/evm/simulator.ts"), readOptions(place)]);
    return evmSimulator(options);
  });
}

/** Until it is asked something, it reads no configuration and loads no code. */
function lazily(capability: Capability, open: () => Promise<Backend>): Backend {
  let backend: Promise<Backend> | undefined;
  return {
    type: "backend",
    capability,
    async answer(method, request, context) {
      backend ??= open().catch((error: unknown) => {
        // What was wrong may be mended while a worker goes on.
        backend = undefined;
        throw error;
      });
      return (await backend).answer(method, request, context);
    },
  };
}

async function readOptions(place: Place) {
  const { providersOf } = networksOf(place, await readConfiguration(place));
  return { sourcesOf: providersOf, clock: machineTime, random: machineRandom };
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
