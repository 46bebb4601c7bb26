/** The scene of the tests of faults: a node, two servers before it that can misbehave, and a block that is pinned, after which things happened. */
import assert from "node:assert/strict";
import type { BlockRef } from "../../src/capabilities/evm/block.ts";
import type { HttpProvider, HttpProviderOptions } from "../../src/transports/evm/http-provider.ts";
import { type Anvil, startAnvil } from "./anvil.ts";
import { type Asking, asking, providerAt } from "./asking.ts";
import { type FaultServer, startFaultServer } from "./fault-server.ts";
import { LeapClock } from "./leap-clock.ts";

export const network = "eip155:31337";
export const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
export const target = "0x00000000000000000000000000000000000C0DE0";

/** Longer than any answer takes, however busy the machine is. */
const noLimitMs = 10_000;

export class Scene {
  readonly node: Anvil;
  readonly bad: FaultServer;
  readonly good: FaultServer;
  /** The pinned block. */
  at: BlockRef = { number: 0n, hash: "0x" };
  /** The account's balance at that block. */
  balance = 0n;
  #open: HttpProvider[] = [];

  private constructor(node: Anvil, bad: FaultServer, good: FaultServer) {
    [this.node, this.bad, this.good] = [node, bad, good];
  }

  static async set(): Promise<Scene> {
    const node = await startAnvil();
    const scene = new Scene(node, await startFaultServer(node.url), await startFaultServer(node.url));
    await node.rpc("anvil_mine", "0x5");
    scene.at = await pinLatest(scene.both());
    scene.balance = BigInt(await node.rpc<string>("eth_getBalance", account, `0x${scene.at.number.toString(16)}`));
    await node.rpc("eth_sendTransactionSync", { from: account, to: target, value: "0xde0b6b3a7640000" });
    await node.rpc("anvil_mine", "0x3");
    await scene.reset();
    return scene;
  }

  provider(ref: string, { url }: { readonly url: string }, options: Partial<HttpProviderOptions> = {}): HttpProvider {
    const made = providerAt(url, { ref, ...options });
    this.#open.push(made);
    return made;
  }

  /** A reader over the bad one, and behind it the good one. */
  both(timeoutMs: number = noLimitMs): Asking {
    return asking([this.provider("bad", this.bad, { timeoutMs }), this.provider("good", this.good)]);
  }

  /** A reader over the bad one, whose waits take no time. */
  alone(timeoutMs: number = noLimitMs): Asking {
    return asking([this.provider("bad", this.bad, { timeoutMs })], { clock: new LeapClock() });
  }

  /** As at the start, for the next test. */
  async reset(): Promise<void> {
    for (const server of [this.bad, this.good]) {
      server.misbehave();
      server.forget();
    }
    await Promise.all(this.#open.map((made) => made.close()));
    this.#open = [];
  }

  async end(): Promise<void> {
    await this.reset();
    await Promise.all([this.bad.stop(), this.good.stop()]);
    await this.node.stop();
  }
}

/** The newest block, by number and hash. */
export async function pinLatest({ chain }: Asking): Promise<BlockRef> {
  const pin = await chain.block({ network, block: { kind: "tag", tag: "latest" } });
  assert.equal(pin.kind, "ok");
  return { number: pin.header.number, hash: pin.hash };
}
