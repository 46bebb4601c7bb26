/** A node, servers before it that can misbehave, a signer, and a wallet with the same key that somebody uses beside MFM. */
import { rmSync } from "node:fs";
import { type TransactionLike, Wallet } from "ethers";
import type { EffectBackend } from "../../src/kernel/effects/backend.ts";
import { NonceGuard } from "../../src/keystore/guard/guard-file.ts";
import { VaultSigner } from "../../src/keystore/vault-signer.ts";
import { SignerLab, noon, senderOf } from "../keystore/signer-lab.ts";
import { type Anvil, startAnvil } from "./anvil.ts";
import { providerAt } from "./asking.ts";
import { type FaultServer, startFaultServer } from "./fault-server.ts";
import { Sending, type Submitting, intentOf, submitterOver } from "./sending.ts";

type Hex = `0x${string}`;

/** anvil's first account. */
export const stranger = new Wallet("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

export type LabSubmitting = Partial<Submitting> & { readonly servers?: number };

export class ChainLab {
  readonly node: Anvil;
  readonly servers: readonly FaultServer[];
  /** The signer's account, in another wallet. */
  readonly wallet = new Wallet(`0x${"01".repeat(32)}`);
  from: Hex = "0x";
  signer!: VaultSigner;
  #vault: Awaited<ReturnType<typeof SignerLab.open>> | undefined;
  #closeSigner: () => Promise<void> = async () => undefined;
  #snapshot = "";

  private constructor(node: Anvil, servers: readonly FaultServer[]) {
    [this.node, this.servers] = [node, servers];
  }

  static async open(...args: readonly string[]): Promise<ChainLab> {
    const node = await startAnvil(...args);
    const lab = new ChainLab(node, [await startFaultServer(node.url), await startFaultServer(node.url)]);
    await lab.#openSigner();
    await node.rpc("anvil_setBalance", lab.from, "0xde0b6b3a7640000");
    await node.rpc("anvil_mine", "0x5");
    lab.#snapshot = await node.rpc<string>("evm_snapshot");
    return lab;
  }

  /** As at the start: a signer that has signed nothing, a chain on which nothing happened. */
  async reset(): Promise<void> {
    for (const server of this.servers) {
      server.misbehave();
      server.forget();
    }
    // In this order: what is left in the pool would be mined into what comes next.
    await this.node.rpc("anvil_dropAllTransactions");
    await this.node.rpc("evm_revert", this.#snapshot);
    await this.node.rpc("evm_setAutomine", true);
    this.#snapshot = await this.node.rpc<string>("evm_snapshot");
    await this.#closeSigner();
    await this.#openSigner();
  }

  async close(): Promise<void> {
    await this.#closeSigner();
    await this.#vault?.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.node.stop();
  }

  /** One effect, sent through the first server, or through as many as are named. */
  sending(name: string, change: Parameters<typeof intentOf>[1] = {}, options: LabSubmitting = {}): Sending {
    return this.sendingBy(this.submitter(options), name, change);
  }

  /** One effect, sent by a backend that has sent others. */
  sendingBy(backend: EffectBackend, name: string, change: Parameters<typeof intentOf>[1] = {}): Sending {
    return new Sending(name, intentOf(this.from, change), backend);
  }

  submitter({ servers = 1, ...options }: LabSubmitting = {}): EffectBackend {
    const providers = this.servers.slice(0, servers).map(({ url }, index) => providerAt(url, { ref: `node-${index + 1}`, batchItems: 1 }));
    return submitterOver(providers, { signer: this.signer, ...options });
  }

  /** As `sendBeside`, and waits until the node has mined it. */
  async includeBeside(fields: TransactionLike = {}, wallet = this.wallet): Promise<string> {
    const hash = await this.sendBeside(fields, wallet);
    while ((await this.node.rpc("eth_getTransactionReceipt", hash)) === null) await new Promise((resolve) => setImmediate(resolve));
    return hash;
  }

  /** Sends with the other wallet, and mines nothing by itself. */
  async sendBeside(fields: TransactionLike = {}, wallet = this.wallet): Promise<string> {
    const common = { type: 2, chainId: 31_337n, to: stranger.address, value: 7n, gasLimit: 100_000n };
    const fees = { maxFeePerGas: 50_000_000_000n, maxPriorityFeePerGas: 5_000_000_000n };
    const nonce = fields.nonce ?? (await this.count("pending", wallet.address));
    return this.node.rpc<string>("eth_sendRawTransaction", await wallet.signTransaction({ ...common, ...fees, nonce, ...fields }));
  }

  async count(tag = "latest", account: string = this.from): Promise<number> {
    return Number(await this.node.rpc<string>("eth_getTransactionCount", account, tag));
  }

  async balance(account: string): Promise<bigint> {
    return BigInt(await this.node.rpc<string>("eth_getBalance", account, "latest"));
  }

  automine(on: boolean): Promise<unknown> {
    return this.node.rpc("evm_setAutomine", on);
  }

  mine(blocks = 1): Promise<unknown> {
    return this.node.rpc("anvil_mine", `0x${blocks.toString(16)}`);
  }

  /** Takes the last blocks away, and puts as many others in their place. */
  reorg(depth: number): Promise<unknown> {
    return this.node.rpc("anvil_reorg", depth, []);
  }

  /** With the same key, and nothing that it ever signed. */
  async #openSigner(): Promise<void> {
    this.#vault ??= await SignerLab.open();
    const { lab, session } = this.#vault;
    rmSync(lab.guardPath, { force: true });
    const guard = await NonceGuard.open({ path: lab.guardPath });
    this.signer = new VaultSigner({ session, guard, now: () => noon, agree: async () => true });
    this.#closeSigner = () => guard.close();
    this.from = await senderOf(this.signer);
  }
}
