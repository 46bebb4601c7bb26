/** What pays in the money test: the payout op over a real node, signed by a vault with its nonce guard on disk. Only the provider's patience is short. */
import { machineRandom, machineTime } from "../../../src/app/machine.ts";
import { type Definitions, Registry } from "../../../src/kernel/registry.ts";
import { type Run, hasEnded } from "../../../src/kernel/run.ts";
import type { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import { NonceGuard } from "../../../src/keystore/guard/guard-file.ts";
import { VaultSigner } from "../../../src/keystore/vault-signer.ts";
import { openVault } from "../../../src/keystore/vault/open-vault.ts";
import { type TransferConfig, transfer, transferDefinitions } from "../../../src/ops/evm/transfer.ts";
import { httpProvider } from "../../../src/transports/evm/http-provider.ts";
import { evmReader } from "../../../src/transports/evm/reader.ts";
import { evmSimulator } from "../../../src/transports/evm/simulator.ts";
import { evmSubmitter } from "../../../src/transports/evm/submit/submitter.ts";
import { guardPath, passphrase, vaultPlace } from "./treasury.ts";

/** A registry that can pay, and what ends it. The vault is opened when something is signed for the first time. */
export function openPayer(
  url: string,
  folder: string,
  definitions: Definitions = transferDefinitions,
): { readonly registry: Registry; readonly close: () => Promise<void> } {
  const provider = httpProvider({ ref: "node", url, clock: machineTime, random: machineRandom, timeoutMs: 2000 });
  const networks = { sourcesOf: async () => [provider], clock: machineTime, random: machineRandom, patienceMs: 10_000 };
  let opening: ReturnType<typeof openSigner> | undefined;
  const signer = async (): Promise<VaultSigner> => (await (opening ??= openSigner(folder))).signer;
  return {
    registry: new Registry(definitions, evmReader(networks), evmSimulator(networks), evmSubmitter({ ...networks, signer })),
    async close() {
      await (await opening)?.close();
      await provider.close();
    },
  };
}

async function openSigner(folder: string) {
  const session = await openVault({ ...vaultPlace(folder), passphrase: Buffer.from(passphrase) });
  const guard = await NonceGuard.open({ path: guardPath(folder) });
  return {
    signer: new VaultSigner({ session, guard, now: () => machineTime.now(), agree: async () => true }),
    async close() {
      session.close();
      await guard.close();
    },
  };
}

/** Starts the payout of this store, or goes on with it. Killed after the last fact of all there is nothing left to do; killed before the first there is no run yet. */
export async function payOut(runtime: Runtime, config: TransferConfig): Promise<Run> {
  const [stored] = await runtime.store.listRuns({ limit: 1 });
  if (stored === undefined) return (await runtime.start(transfer, config, { key: "payout" })).run;
  const { run } = stored;
  return hasEnded(run.status) ? run : runtime.resume(run.runId, { actor: "test", reason: "crashed" });
}
