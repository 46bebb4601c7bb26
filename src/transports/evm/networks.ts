/** The networks that somebody asked for, each with its sources. */
import type { Clock, Random } from "../../kernel/ports.ts";
import { type FailureEntry, Network } from "./network.ts";
import type { Provider } from "./provider.ts";
import { Source } from "./source.ts";

export interface NetworksOptions {
  /** The providers of a network (`eip155:1`), the preferred one first; none where nobody configured one. Asked once for each network. */
  readonly sourcesOf: (network: string) => Promise<readonly Provider[]>;
  readonly clock: Clock;
  readonly random: Random;
  /** How long one question is tried at most, in milliseconds. */
  readonly patienceMs?: number;
  /** Told of everything that a source did not answer. */
  readonly log?: (entry: FailureEntry) => void;
}

/** Those that somebody opened, so that what one backend found out about a source the others know too; or new ones. */
export function openNetworks(given: NetworksOptions | Networks): Networks {
  return given instanceof Networks ? given : new Networks(given);
}

export class Networks {
  readonly #options: NetworksOptions;
  readonly #opened = new Map<string, Promise<Network>>();

  constructor(options: NetworksOptions) {
    this.#options = options;
  }

  /** @throws what `sourcesOf` throws */
  get(id: string): Promise<Network> {
    const opened = this.#opened.get(id);
    if (opened !== undefined) return opened;
    const opening = this.#open(id);
    this.#opened.set(id, opening);
    opening.catch(() => this.#opened.delete(id));
    return opening;
  }

  async #open(id: string): Promise<Network> {
    const { sourcesOf, clock, random, patienceMs = 30_000, log = () => undefined } = this.#options;
    const chainId = BigInt(id.slice(id.indexOf(":") + 1));
    const sources = (await sourcesOf(id)).map((provider) => new Source(provider, chainId, random));
    return new Network(id, sources, { clock, random, patienceMs, log });
  }
}
