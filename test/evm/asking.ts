/** Asks the EVM reader as the runtime does: what comes back has passed the capability's schema, and who answered is noted. */
import { machineRandom, machineTime } from "../../src/app/machine.ts";
import { evmRead } from "../../src/capabilities/evm/read.ts";
import type { Backend, Client } from "../../src/kernel/capability.ts";
import type { FailureEntry } from "../../src/transports/evm/network.ts";
import type { Provider } from "../../src/transports/evm/provider.ts";
import { type HttpProvider, httpProvider, type HttpProviderOptions } from "../../src/transports/evm/http-provider.ts";
import { evmReader, type ReaderOptions } from "../../src/transports/evm/reader.ts";

export type EvmClient = Client<typeof evmRead.methods>;

export interface Asking {
  readonly chain: EvmClient;
  /** Who the answers were attributed to, in order. */
  readonly answeredBy: readonly string[];
  readonly log: readonly FailureEntry[];
}

/** The ports of this machine. */
export const machine = { clock: machineTime, random: machineRandom };

/** A reader of one network over these providers. */
export function asking(providers: readonly Provider[], options: Partial<ReaderOptions> & { readonly signal?: AbortSignal } = {}): Asking {
  const log: FailureEntry[] = [];
  const reader = evmReader({
    ...machine,
    patienceMs: 10_000,
    sourcesOf: async () => providers,
    log: (entry) => log.push(entry),
    ...options,
  });
  const answeredBy: string[] = [];
  const signal = options.signal ?? new AbortController().signal;
  return { chain: clientOf(reader, { signal, attribute: (ref) => answeredBy.push(ref) }), answeredBy, log };
}

export function providerAt(url: string, options: Partial<HttpProviderOptions> = {}): HttpProvider {
  return httpProvider({ ...machine, ref: "node", url, ...options });
}

function clientOf(reader: Backend, context: Parameters<Backend["answer"]>[2]): EvmClient {
  const methods = [...evmRead.compiled].map(([name, { response }]) => {
    const ask = async (request: unknown): Promise<unknown> =>
      response.decode(JSON.parse(response.encode(await reader.answer(name, request, context))));
    return [name, ask] as const;
  });
  return Object.fromEntries(methods) as unknown as EvmClient;
}
