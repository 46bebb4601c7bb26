/** `--rpc URL --chain-id N`: one more network for one command. The command line is no place for a secret: other users of the machine can read it. */
import { codecs } from "../../kernel/codecs.ts";
import { failure, usage } from "../failure.ts";
import type { RpcFlag } from "../place.ts";
import { variableOf } from "./networks.ts";
import { carriesSecret, readRpcUrl } from "./rpc-url.ts";

/** @throws USAGE when one flag stands without the other or holds nothing usable; URL_HAS_SECRET naming the variable to use instead */
export function readRpcFlag(url: string | undefined, chainId: string | undefined): RpcFlag | undefined {
  if (url === undefined && chainId === undefined) return undefined;
  if (url === undefined) throw usage("--chain-id needs --rpc: to name a known chain, write --network eip155:N", { option: "--chain-id" });
  if (chainId === undefined) throw usage("--rpc needs --chain-id: an endpoint that is on another chain is refused", { option: "--rpc" });
  const network = codecs.network.decode(`eip155:${chainId}`) as RpcFlag["network"] | undefined;
  if (network === undefined)
    throw usage(`--chain-id ${JSON.stringify(chainId)} is no chain id: a whole number from 1`, { option: "--chain-id" });
  const read = readRpcUrl(url);
  if (typeof read === "string") throw usage(`the URL of --rpc ${read}`, { option: "--rpc" });
  if (!carriesSecret(read)) return { network, url };
  const variable = variableOf(network);
  throw failure(
    "URL_HAS_SECRET",
    `the URL of --rpc seems to hold a key or a password; put it into ${variable} and name --network ${network}`,
    {
      option: "--rpc",
      variable,
    },
  );
}
