/**
 * The networks of a place: where each is read (flag over environment over file over public endpoints), by which names people call it, and
 * what its own asset is. Nothing is resolved and no code of a transport is loaded before somebody asks.
 */
import { codecs } from "../../kernel/codecs.ts";
import type { KnownNetwork } from "../../transports/evm/known-networks.ts";
import type { Provider } from "../../transports/evm/provider.ts";
import { failure } from "../failure.ts";
import { type Place, readVariable } from "../place.ts";
import { didYouMean, suggest } from "../suggest.ts";
import type { Broadcast, Finality, NativeAsset, NetworkId, NetworkTable } from "./network-table.ts";
import type { TermsTable } from "./terms-table.ts";
import { type Endpoint, endpointOf, endpointsOfTable, endpointsOfVariable } from "./endpoints.ts";

export type NetworkOrigin = "flag" | "environment" | "file" | "public" | "none";

/** Where a network is read. */
export interface Sources {
  readonly origin: NetworkOrigin;
  /** The environment variable, where that is the origin. */
  readonly variable: string | null;
  readonly endpoints: readonly Endpoint[];
}

/** A network as a person calls it. */
export interface NetworkView {
  readonly id: NetworkId;
  /** The id again where it has no name. */
  readonly name: string;
  readonly native: NativeAsset;
  /** The block that reads name where nobody says which. */
  readonly finality: Finality;
}

export interface NetworksOptions {
  readonly place: Place;
  readonly tables: readonly NetworkTable[];
  readonly chains: KnownChains;
  readonly connect: (endpoint: Endpoint) => Promise<Provider>;
}

/** Chains that are known without any configuration. Asking costs time: their definitions are many. */
export interface KnownChains {
  /** By id or name. */
  readonly find: (which: string) => Promise<KnownNetwork | undefined>;
  readonly names: () => Promise<readonly string[]>;
}

const prefix = "MFM_RPC_";

/** The environment variable that says where a network is read: by its chain id, or by a name of it. */
export function variableOf(nameOrId: string): string {
  return prefix + nameOrId.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
}

export class Networks {
  readonly #place: Place;
  readonly #tables: readonly NetworkTable[];
  readonly #chains: KnownChains;
  readonly #connect: (endpoint: Endpoint) => Promise<Provider>;
  readonly #providers = new Map<string, Promise<readonly Provider[]>>();

  constructor({ place, tables, chains, connect }: NetworksOptions) {
    this.#place = place;
    this.#tables = tables;
    this.#chains = chains;
    this.#connect = connect;
  }

  /** Those of the configuration file, in its order. */
  get configured(): readonly NetworkTable[] {
    return this.#tables;
  }

  /** Variables of the environment that say where a network is read. */
  get variables(): readonly string[] {
    return Object.keys(this.#place.env).filter((name) => name.startsWith(prefix) && readVariable(this.#place, name) !== undefined);
  }

  /** Providers of a network in order of preference; none where nobody knows any. @throws NETWORK_NOT_READY, CONFIG_INVALID */
  readonly providersOf = (id: string): Promise<readonly Provider[]> => {
    const known = this.#providers.get(id);
    if (known !== undefined) return known;
    const made = this.sourcesOf(id as NetworkId).then(({ endpoints }) => Promise.all(endpoints.map(this.#connect)));
    this.#providers.set(id, made);
    return made;
  };

  /** @throws NETWORK_NOT_READY when a variable that the file names is not set; CONFIG_INVALID when one holds no usable URL */
  async sourcesOf(id: NetworkId): Promise<Sources> {
    const { rpc } = this.#place;
    if (rpc?.network === id) return { origin: "flag", variable: null, endpoints: [endpointOf(rpc.url, "flag")] };
    const variable = await this.#variableFor(id);
    if (variable !== undefined) return { origin: "environment", variable, endpoints: this.endpointsOf(variable) };
    const table = this.#tableOf(id);
    if (table !== undefined && table.providers.length > 0)
      return { origin: "file", variable: null, endpoints: endpointsOfTable(table, this.#place) };
    const providers = (await this.#chains.find(id))?.providers ?? [];
    const endpoints = providers.map(({ ref, url }) => endpointOf(url, ref));
    return { origin: providers.length === 0 ? "none" : "public", variable: null, endpoints };
  }

  /** @throws CONFIG_INVALID when the variable holds no usable URL */
  endpointsOf(variable: string): readonly Endpoint[] {
    return endpointsOfVariable(variable, readVariable(this.#place, variable) ?? "");
  }

  /** A network by a name of the file or a known chain, or by its id. @throws NETWORK_UNKNOWN with the name that was probably meant */
  async resolve(given: string): Promise<NetworkId> {
    const table = this.#tables.find(({ name }) => name === given);
    if (table !== undefined) return table.id;
    if (codecs.network.decode(given) !== undefined) return given as NetworkId;
    const known = await this.#chains.find(given);
    if (known !== undefined) return known.network;
    const names = [...this.#tables.map(({ name }) => name), ...(await this.#chains.names())];
    throw failure("NETWORK_UNKNOWN", `no network ${JSON.stringify(given)} is known${didYouMean(given, names)}`, {
      network: given,
      suggestion: suggest(given, names) ?? null,
    });
  }

  async view(id: NetworkId): Promise<NetworkView> {
    const table = this.#tableOf(id);
    const known = table?.native === undefined || table.finality === undefined ? await this.#chains.find(id) : undefined;
    const { symbol, decimals } = known?.nativeCurrency ?? unnamedAsset;
    return {
      id,
      name: table?.name ?? known?.names[0] ?? id,
      native: table?.native ?? { symbol, decimals },
      finality: table?.finality ?? known?.finality ?? "finalized",
    };
  }

  broadcastOf(id: NetworkId): Broadcast {
    return this.#tableOf(id)?.broadcast ?? "one";
  }

  /** What the file says of what transactions may cost, and when they are final. */
  termsOf(id: NetworkId): TermsTable {
    return this.#tableOf(id)?.terms ?? { fees: {}, gas: {} };
  }

  /** Whether transactions may be sent: where the file says so; where it says nothing, on test networks. */
  async mayWrite(id: NetworkId): Promise<boolean> {
    const written = this.#tableOf(id)?.writes;
    return written ?? (await this.#chains.find(id))?.isTestnet === true;
  }

  /** Variables of the environment that name no network. */
  async strayVariables(): Promise<readonly string[]> {
    const stray = this.variables.filter((variable) => this.#idOfVariable(variable) === undefined);
    if (stray.length === 0) return [];
    const known = new Set((await this.#chains.names()).map(variableOf));
    return stray.filter((variable) => !known.has(variable));
  }

  /** By chain id or by a name of the file. */
  #idOfVariable(variable: string): NetworkId | undefined {
    const [, chainId] = /^MFM_RPC_EIP155_([1-9][0-9]*)$/.exec(variable) ?? [];
    if (chainId !== undefined) return `eip155:${chainId}`;
    return this.#tables.find(({ name }) => variableOf(name) === variable)?.id;
  }

  /** The chain id's own variable wins over those by name. Known chains are asked only where a variable is left that may be meant. */
  async #variableFor(id: NetworkId): Promise<string | undefined> {
    const { variables } = this;
    const own = variables.find((variable) => variable === variableOf(id)) ?? variables.find((name) => this.#idOfVariable(name) === id);
    if (own !== undefined || variables.every((name) => this.#idOfVariable(name) !== undefined)) return own;
    const names = new Set(((await this.#chains.find(id))?.names ?? []).map(variableOf));
    return variables.find((name) => names.has(name) && this.#idOfVariable(name) === undefined);
  }

  #tableOf(id: NetworkId): NetworkTable | undefined {
    return this.#tables.find((table) => table.id === id);
  }
}

/** Of a chain that nobody described: a node cannot be asked what its asset is called, and 18 decimals are what every EVM chain counts wei with. */
const unnamedAsset: NativeAsset = { symbol: "NATIVE", decimals: 18 };
