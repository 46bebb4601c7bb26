/** Networks that need no configuration for reading: viem's chain definitions, with their public endpoints. */
import type { Chain } from "viem";

export interface KnownNetwork {
  /** CAIP-2. */
  readonly network: `eip155:${string}`;
  /** The one it was found by, or the most usual, first. */
  readonly names: readonly string[];
  readonly nativeCurrency: { readonly name: string; readonly symbol: string; readonly decimals: number };
  /** Public endpoints under the names `public-1`, `public-2` and so on. */
  readonly providers: readonly { readonly ref: string; readonly url: string }[];
  /** The tag behind which a block is taken as final. */
  readonly finality: "finalized" | "latest";
  readonly isTestnet: boolean;
}

/** A chain of one's own machine: its last block is as final as any. */
const devChains: ReadonlySet<number> = new Set([1337, 31_337]);
const aliases: ReadonlyMap<string, string> = new Map([["mainnet", "ethereum"]]);

/** The network of a chain id (`1`, `eip155:1`) or name (`base`, `arbitrum-nova`, `ethereum`); undefined where viem has none. */
export async function findKnownNetwork(which: string): Promise<KnownNetwork | undefined> {
  const chains = await loadChains();
  const id = /^(?:eip155:)?([1-9][0-9]{0,15})$/.exec(which)?.[1];
  const wanted = which.toLowerCase();
  const matching =
    id === undefined ? chains.filter(({ names }) => names.includes(wanted)) : chains.filter(({ chain }) => String(chain.id) === id);
  // Several chains claim one id: one with real value first.
  const found = matching.find(({ chain }) => chain.testnet !== true) ?? matching[0];
  return found === undefined ? undefined : describeNetwork(found, chains);
}

/** Every name that `findKnownNetwork` knows, for suggestions. */
export async function knownNetworkNames(): Promise<readonly string[]> {
  return (await loadChains()).flatMap(({ names }) => names);
}

interface NamedChain {
  readonly names: readonly string[];
  readonly chain: Chain;
}

let loaded: Promise<readonly NamedChain[]> | undefined;

/** Costs a third of a second, so only those who ask for it pay, and once. */
function loadChains(): Promise<readonly NamedChain[]> {
  return (loaded ??= importChains());
}

async function importChains(): Promise<readonly NamedChain[]> {
  const exports: { readonly [name: string]: Chain } = await import("viem/chains");
  return Object.entries(exports).map(([exported, chain]) => {
    const name = kebabCase(exported);
    const alias = aliases.get(name);
    return { names: alias === undefined ? [name] : [alias, name], chain };
  });
}

function describeNetwork({ names, chain }: NamedChain, chains: readonly NamedChain[]): KnownNetwork {
  const { name, symbol, decimals } = chain.nativeCurrency;
  const isSame = (other: Chain): boolean =>
    other.id === chain.id && other.nativeCurrency.symbol === symbol && other.testnet === chain.testnet;
  const others = chains.filter((other) => isSame(other.chain)).flatMap((other) => other.names);
  return {
    network: `eip155:${chain.id}`,
    names: [...new Set([...names, ...others])],
    nativeCurrency: { name, symbol, decimals },
    providers: chain.rpcUrls.default.http.map((url, index) => ({ ref: `public-${index + 1}`, url })),
    finality: devChains.has(chain.id) ? "latest" : "finalized",
    isTestnet: chain.testnet === true || devChains.has(chain.id),
  };
}

/** `arbitrumNova` is arbitrum-nova, `opBNB` op-bnb, `polygonZkEvm` polygon-zk-evm. */
function kebabCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}
