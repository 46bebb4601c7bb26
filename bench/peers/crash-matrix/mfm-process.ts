/**
 * The process that `mfm.ts` starts: `node mfm-process.js FOLDER URL` begins the run that the order in the folder asks for, or resumes it. The
 * parts are those of production: SQLite with full synchronisation, a vault with its nonce guard, the live backends of one provider.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withSigner } from "../../../src/app/keystore/signers.ts";
import { machineRandom, machineTime, nameOwner } from "../../../src/app/machine.ts";
import type { RunId } from "../../../src/kernel/names.ts";
import type { Run } from "../../../src/kernel/run.ts";
import { Registry } from "../../../src/kernel/registry.ts";
import { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import type { Signer } from "../../../src/keystore/signer-port.ts";
import { contractLifecycle, lifecycleDefinitions } from "../../../src/ops/contracts/lifecycle.ts";
import { submitTransfer } from "../../../src/states/evm/submit-transfer.ts";
import { openSqliteStore } from "../../../src/storages/sqlite/open.ts";
import { httpProvider } from "../../../src/transports/evm/http-provider.ts";
import { evmReader } from "../../../src/transports/evm/reader.ts";
import { evmSimulator } from "../../../src/transports/evm/simulator.ts";
import { evmSubmitter } from "../../../src/transports/evm/submit/submitter.ts";
import { deployAndPay, type Order } from "./mfm-order.ts";
import { files } from "./mfm.ts";

const [folder = "", url = ""] = process.argv.slice(2);
const at = (name: string): string => join(folder, name);
const ports = { clock: machineTime, random: machineRandom };

async function drive(signer: Signer): Promise<Run> {
  const provider = httpProvider({ ...ports, ref: "chain", url });
  const networks = { ...ports, sourcesOf: async () => [provider] };
  const backends = [evmReader(networks), evmSimulator(networks), evmSubmitter({ ...networks, signer: async () => signer })];
  const registry = new Registry(lifecycleDefinitions, { deployAndPay, submitTransfer }, ...backends);
  const store = await openSqliteStore({ path: at(files.store) });
  try {
    return await begin(new Runtime({ ...ports, store, registry, owner: nameOwner() }));
  } finally {
    await store.close();
    await provider.close();
  }
}

async function begin(runtime: Runtime): Promise<Run> {
  if (existsSync(at(files.runId)))
    return runtime.resume(readFileSync(at(files.runId), "utf8") as RunId, { actor: "bench", reason: "it broke off" });
  const { op, config } = JSON.parse(readFileSync(at(files.order), "utf8")) as Order;
  const onRun = (runId: RunId): void => writeFileSync(at(files.runId), runId);
  return (await runtime.startUntyped(op === "lifecycle" ? contractLifecycle : deployAndPay, config, { key: "bench", onRun })).run;
}

const place = { folder, env: process.env, configFile: undefined, storeUrl: undefined };
const choice = {
  isNamed: true,
  keystore: at(files.vault),
  unlock: { kind: "file", path: at(files.passphrase) },
  agree: async () => true,
} as const;
const { status, runId } = await withSigner(place, choice, drive);
process.stdout.write(`${runId} ${status}\n`);
if (status !== "succeeded") process.exitCode = 1;
