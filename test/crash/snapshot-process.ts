/**
 * A process of the crash tests that takes a portfolio snapshot through one provider, and kills itself at a named point.
 * Arguments: one JSON document, `SnapshotOrder`.
 */
import { boxedDefinitions } from "../../src/app/box.ts";
import { machineRandom, machineTime, nameOwner } from "../../src/app/machine.ts";
import { Registry } from "../../src/kernel/registry.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import type { SnapshotRequest } from "../../src/ops/portfolio/snapshot-config.ts";
import { snapshot } from "../../src/ops/portfolio/snapshot.ts";
import { openSqliteStore } from "../../src/storages/sqlite/open.ts";
import { httpProvider } from "../../src/transports/evm/http-provider.ts";
import { evmReader } from "../../src/transports/evm/reader.ts";
import { nameOf } from "./points.ts";

export interface SnapshotOrder {
  readonly path: string;
  readonly url: string;
  readonly config: SnapshotRequest;
  readonly key: string;
  /** Kill this process with SIGKILL at its n-th moment, counted from 0; negative: never. One that comes to its end prints all by name. */
  readonly killAt: number;
}

const { path, url, config, key, killAt } = JSON.parse(process.argv[2] ?? "") as SnapshotOrder;
const provider = httpProvider({ ref: "primary", url, clock: machineTime, random: machineRandom });
const backend = evmReader({ sourcesOf: async () => [provider], clock: machineTime, random: machineRandom });
const store = await openSqliteStore({ path });
const moments: string[] = [];
/** The kind of the step that is at work: what is appended is about it. */
let kind = "";
const runtime = new Runtime({
  store,
  registry: new Registry(...boxedDefinitions(), backend),
  clock: machineTime,
  random: machineRandom,
  owner: nameOwner(),
  watch(moment) {
    if ("step" in moment) kind = moment.step.replace(/\/.*/, "");
    const { length } = moments;
    moments.push(moment.kind === "append.after" ? `${nameOf(moment)} ${kind}` : nameOf(moment));
    if (length === killAt) process.kill(process.pid, "SIGKILL");
  },
});
await runtime.startUntyped(snapshot, config, { key });
process.stdout.write(JSON.stringify(moments));
await store.close();
await provider.close();
