/** What somebody wants a snapshot of, in their own words: from flags, or from `[portfolio.NAME]`. Networks have names here, not ids. */
import type { Finality } from "../networks/network-table.ts";

export type Address = `0x${string}`;

export interface WishedAccount {
  readonly address: Address;
  readonly label: string | undefined;
}

export interface WishedToken {
  /** None: the only network there is. */
  readonly network: string | undefined;
  readonly address: Address;
}

export interface WishedPrice {
  readonly symbol: string;
  readonly quote: string;
  readonly from:
    | { readonly kind: "fixed"; readonly unitPrice: string }
    | {
        readonly kind: "feed";
        /** None: the only network there is. */
        readonly network: string | undefined;
        readonly address: Address;
        readonly maxAgeSeconds: number;
      };
}

/** One block for good, or a tag that is resolved when the snapshot is taken. */
export type WishedBlock =
  | { readonly kind: "tag"; readonly tag: Finality }
  | { readonly kind: "number"; readonly number: string }
  | { readonly kind: "hash"; readonly hash: `0x${string}` };

export interface Wish {
  /** Names or ids; none: those of the configuration, else Ethereum. */
  readonly networks: readonly string[];
  readonly accounts: readonly WishedAccount[];
  readonly tokens: readonly WishedToken[];
  /** Paths, `builtin` or `none`; none at all: `builtin`. */
  readonly tokenLists: readonly string[];
  readonly prices: readonly WishedPrice[];
  /** None: what each network's configuration says, else finalized. */
  readonly block: WishedBlock | undefined;
  readonly prove: boolean;
  readonly onSourceFailure: "pause" | "partial";
}

/** A feed that updates once a day does so a little late. */
export const usualMaxAgeSeconds = 25 * 3600;
