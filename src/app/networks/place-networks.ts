/** The networks of a place over the real transport, whose code is loaded with the first question. */
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import type { Backend } from "../../kernel/capability.ts";
import type { EffectBackend } from "../../kernel/effects/backend.ts";
import type { Provider } from "../../transports/evm/provider.ts";
import type { SubmitterOptions } from "../../transports/evm/submit/submitter.ts";
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

/** The backend of EVM reads, for this place's networks. Until it is asked something, it reads no configuration and loads no code. */
export function evmReads(place: Place): Backend {
  let reader: Promise<Backend> | undefined;
  return {
    type: "backend",
    capability: evmRead,
    async answer(method, request, context) {
      reader ??= openReader(place).catch((error: unknown) => {
        // What was wrong may be mended while a worker goes on.
        reader = undefined;
        throw error;
      });
      return (await reader).answer(method, request, context);
    },
  };
}

/** The backend of EVM transactions, for this place's networks; as lazy as `evmReads`. `signer` is asked for when something is to be signed. */
export function evmSubmits(place: Place, options: Pick<SubmitterOptions, "signer" | "alarm" | "log">): EffectBackend {
  let submitter: Promise<EffectBackend> | undefined;
  return {
    type: "effect-backend",
    effect: evmTransaction,
    async call(name, given, context) {
      submitter ??= openSubmitter(place, options).catch((error: unknown) => {
        submitter = undefined;
        throw error;
      });
      return (await submitter).call(name, given, context);
    },
  };
}

async function openSubmitter(place: Place, options: Pick<SubmitterOptions, "signer" | "alarm" | "log">): Promise<EffectBackend> {
  const [{ evmSubmitter }, configuration] = await Promise.all([
    import("../../transports/evm/submit/submitter.ts"),
    readConfiguration(place),
  ]);
  const { writersOf } = networksOf(place, configuration);
  return evmSubmitter({ ...options, sourcesOf: writersOf, clock: machineTime, random: machineRandom });
}

async function openReader(place: Place): Promise<Backend> {
  const [{ evmReader }, configuration] = await Promise.all([import("../../transports/evm/reader.ts"), readConfiguration(place)]);
  const { providersOf } = networksOf(place, configuration);
  return evmReader({ sourcesOf: providersOf, clock: machineTime, random: machineRandom });
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
