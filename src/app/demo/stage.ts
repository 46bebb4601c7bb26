/** Where the demonstration plays: a folder of its own, a chain behind a gate, and the command `mfm`, which sees nothing of yours. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DevChain, startDevChain } from "../dev-chain/dev-chain.ts";
import { tokenListOf } from "../dev-chain/token-list.ts";
import type { Place } from "../place.ts";
import { Gate } from "./gate.ts";
import { type OwnCommand, startOwnCommand } from "./own-command.ts";

export interface StageOptions {
  /** Of the caller: what of it concerns MFM is left out. */
  readonly env: Place["env"];
  readonly signal: AbortSignal;
  readonly keep: boolean;
}

export class Stage {
  /** The place that its commands see. */
  readonly place: Place;
  readonly chain: DevChain;
  readonly gate: Gate;
  readonly #signal: AbortSignal;

  private constructor(parts: { readonly place: Place; readonly chain: DevChain; readonly gate: Gate; readonly signal: AbortSignal }) {
    this.place = parts.place;
    this.chain = parts.chain;
    this.gate = parts.gate;
    this.#signal = parts.signal;
  }

  /** Plays on a new stage, of which nothing is left afterwards but the folder, where that is to be kept. @throws DEV_CHAIN_UNAVAILABLE, DEV_CHAIN_FAILED */
  static async use<T>({ env, signal, keep }: StageOptions, play: (stage: Stage) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(tmpdir(), "mfm-demo-"));
    try {
      const chain = await startDevChain();
      try {
        const gate = await Gate.open(chain.url);
        try {
          // Of its own, so that none above the folder is found.
          writeFileSync(join(folder, "mfm.toml"), '[store]\nurl = "sqlite:./mfm.db"\n');
          writeFileSync(join(folder, "tokens.json"), tokenListOf(chain, Date.now()));
          const place = { folder, env: ownEnvironment(env, chain.chainId, gate.url), configFile: undefined, storeUrl: undefined };
          return await play(new Stage({ place, chain, gate, signal }));
        } finally {
          await gate.close();
        }
      } finally {
        await chain.stop();
      }
    } finally {
      if (!keep) rmSync(folder, { recursive: true, force: true });
    }
  }

  start(args: readonly string[]): OwnCommand {
    return startOwnCommand(args, { folder: this.place.folder, env: this.place.env, signal: this.#signal });
  }

  /** The chain is gone from here on. */
  async stopChain(): Promise<void> {
    await this.gate.close();
    await this.chain.stop();
  }
}

/** The variable that says where a network is read. */
export function rpcVariable(chainId: number): string {
  return `MFM_RPC_EIP155_${chainId}`;
}

function ownEnvironment(env: Place["env"], chainId: number, url: string): Place["env"] {
  const others = Object.entries(env).filter(([name]) => !name.startsWith("MFM_"));
  return { ...Object.fromEntries(others), [rpcVariable(chainId)]: url };
}
