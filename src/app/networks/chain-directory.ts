/** Chains that are known without any configuration: viem's definitions, loaded only when one is asked for. */
import type { Finality, NativeAsset, NetworkId } from "./network-table.ts";

export interface KnownChain {
  readonly id: NetworkId;
  /** The first is the one to show. */
  readonly names: readonly string[];
  readonly native: NativeAsset;
  readonly publicUrls: readonly string[];
  readonly finality: Finality;
}

export interface ChainDirectory {
  readonly byId: (id: NetworkId) => KnownChain | undefined;
  readonly byName: (name: string) => KnownChain | undefined;
  readonly names: () => readonly string[];
}
