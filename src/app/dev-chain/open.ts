/** A development chain for a person: started, its token list written where that is asked for, and held until a signal ends it. */
import { resolve } from "node:path";
import { MfmError } from "../../kernel/errors.ts";
import { writeNewFile } from "../new-file.ts";
import type { Place } from "../place.ts";
import { type DevChain, type DevChainOptions, startDevChain } from "./dev-chain.ts";
import { tokenListOf } from "./token-list.ts";

export interface DevChainRequest extends DevChainOptions {
  /** The file to make with the tokens. */
  readonly tokenListOut: string | undefined;
}

export interface OpenChain {
  readonly chain: DevChain;
  /** Absolute. */
  readonly tokenList: string | undefined;
}

/** @throws DEV_CHAIN_UNAVAILABLE, DEV_CHAIN_FAILED; FILE_EXISTS, FILE_UNWRITABLE */
export async function openDevChain(place: Place, { tokenListOut, ...options }: DevChainRequest): Promise<OpenChain> {
  const chain = await startDevChain(options);
  if (tokenListOut === undefined) return { chain, tokenList: undefined };
  try {
    const tokenList = resolve(place.folder, tokenListOut);
    writeNewFile(tokenList, [tokenListOf(chain, Date.now())]);
    return { chain, tokenList };
  } catch (error) {
    await chain.stop();
    throw error;
  }
}

/**
 * Waits until the signal says so, and ends the chain.
 * @throws DEV_CHAIN_FAILED when the chain ended by itself
 */
export async function holdDevChain(chain: DevChain, signal: AbortSignal): Promise<void> {
  const asked = new Promise<"asked">((resolve) => {
    if (signal.aborted) resolve("asked");
    signal.addEventListener("abort", () => resolve("asked"), { once: true });
  });
  const end = await Promise.race([asked, chain.ended.then(() => "gone" as const)]);
  await chain.stop();
  if (end === "gone") throw new MfmError("DEV_CHAIN_FAILED", "the chain ended by itself", { pid: chain.pid });
}
