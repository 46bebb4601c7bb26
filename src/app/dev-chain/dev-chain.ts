/**
 * A chain on this machine, for trying things out and for tests: anvil in memory on a loopback port, with Multicall3 at its usual address,
 * ERC-20 tokens honest and odd, price feeds, and accounts with money whose keys anvil holds. It ends with whoever started it.
 */
import { startAnvil } from "./anvil.ts";
import { multicall3 } from "../../states/evm/multicall3.ts";
import type { DeployedFeed, DeployedToken, Furnished } from "./deploy.ts";
import { callBatch } from "./rpc.ts";

export interface DevChainOptions {
  /** Default 31337, as development chains of the field have it. */
  readonly chainId?: number;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Seconds between blocks. Without: a block for each transaction, and none otherwise. */
  readonly blockTime?: number;
}

export interface DevChain {
  readonly url: string;
  readonly chainId: number;
  /** Ten, with 10,000 ETH each (the first pays the deployment); anvil signs for them (`eth_sendTransaction`). */
  readonly accounts: readonly string[];
  /** The account that holds the tokens: the second. */
  readonly holder: string;
  readonly tokens: readonly DeployedToken[];
  readonly oddTokens: Furnished["oddTokens"];
  readonly feeds: readonly DeployedFeed[];
  readonly multicall3: string;
  /** Of anvil. */
  readonly pid: number;
  /** Resolves when the chain is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** The result of one JSON-RPC call. @throws DEV_CHAIN_CALL_FAILED when it is refused @throws DEV_CHAIN_GONE when nobody answers */
  rpc(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** Ends the chain; resolves when its process is gone. */
  stop(): Promise<void>;
}

/**
 * A chain that answers, with everything deployed in blocks that are finalized.
 * @throws DEV_CHAIN_UNAVAILABLE when anvil is not installed
 * @throws DEV_CHAIN_FAILED when it does not start, such as on a port that is taken
 */
export async function startDevChain({ chainId = 31337, port = 0, blockTime }: DevChainOptions = {}): Promise<DevChain> {
  // The ABI coder takes longer to load than anvil takes to start.
  const coder = import("./deploy.ts");
  const anvil = await startAnvil({ chainId, port });
  const { url, pid, ended } = anvil;
  const rpc = async (method: string, params: readonly unknown[] = []): Promise<unknown> => (await callBatch(url, [{ method, params }]))[0];
  try {
    const furnished = await (await coder).furnish(url);
    if (blockTime === undefined) await rpc("evm_setAutomine", [true]);
    else await rpc("evm_setIntervalMining", [blockTime]);
    const stop = async (): Promise<void> => anvil.stop();
    return { url, chainId, ...furnished, multicall3, pid, ended, rpc, stop };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}
