/** What a use case is told about where it runs: the working folder, the environment, and what flags say in place of both. */
import type { Signer } from "../keystore/signer-port.ts";

export interface Place {
  /** Absolute. */
  readonly folder: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly configFile: string | undefined;
  readonly storeUrl: string | undefined;
  /** One more network, by flags. */
  readonly rpc?: RpcFlag | undefined;
  /** Who signs what is sent from here; none: the signer process that runs. */
  readonly signer?: Signer | undefined;
  /** Takes what nobody who runs this may miss, for the log. */
  readonly report?: Report | undefined;
}

export type Report = (level: "warn" | "error", message: string, fields: { readonly [name: string]: unknown }) => void;

/** `--rpc URL --chain-id N`: the URL was checked. */
export interface RpcFlag {
  readonly network: `eip155:${string}`;
  readonly url: string;
}

/** An environment variable that is set to something. */
export function readVariable(place: Place, name: string): string | undefined {
  const value = place.env[name];
  return value === "" ? undefined : value;
}
