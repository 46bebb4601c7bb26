/**
 * The process that `portfolio.ts` starts for one whole snapshot, so that its memory is its own. Its argument names a JSON document,
 * `SnapshotOrder`; what it prints is a `SnapshotMeasure`.
 */
import { readFileSync } from "node:fs";
import { boxedDefinitions } from "../src/app/box.ts";
import { machineRandom, machineTime, nameOwner } from "../src/app/machine.ts";
import { Registry } from "../src/kernel/registry.ts";
import type { Moment } from "../src/kernel/ports.ts";
import { Runtime } from "../src/kernel/runtime/runtime.ts";
import type { SnapshotRequest } from "../src/ops/portfolio/snapshot-config.ts";
import { snapshot } from "../src/ops/portfolio/snapshot.ts";
import { openSqliteStore } from "../src/storages/sqlite/open.ts";
import { httpProvider } from "../src/transports/evm/http-provider.ts";
import type { Provider } from "../src/transports/evm/provider.ts";
import { evmReader } from "../src/transports/evm/reader.ts";

export interface SnapshotOrder {
  readonly path: string;
  readonly url: string;
  readonly config: SnapshotRequest;
}

export interface SnapshotMeasure {
  readonly milliseconds: number;
  /** While at least one question to the chain was open. */
  readonly chainMs: number;
  readonly calls: number;
  /** The most that the process held at once, in MiB. */
  readonly peakMiB: number;
  readonly storedBytes: number;
}

/** How long at least one of several things that overlap was going on. */
class Busy {
  total = 0;
  #open = 0;
  #since = 0;

  take({ kind }: Moment): void {
    if (kind === "call.before" && this.#open++ === 0) this.#since = performance.now();
    if (kind === "call.after" && --this.#open === 0) this.total += performance.now() - this.#since;
  }
}

const order = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as SnapshotOrder;
const http = httpProvider({ ref: "chain", url: order.url, clock: machineTime, random: machineRandom });
let calls = 0;
const counting: Provider = {
  ref: http.ref,
  request(method, params, signal) {
    calls++;
    return http.request(method, params, signal);
  },
};
const backend = evmReader({ sourcesOf: async () => [counting], clock: machineTime, random: machineRandom });
const store = await openSqliteStore({ path: order.path });
const busy = new Busy();
const runtime = new Runtime({
  store,
  registry: new Registry(...boxedDefinitions(), backend),
  clock: machineTime,
  random: machineRandom,
  owner: nameOwner(),
  watch: (moment) => busy.take(moment),
});
const started = performance.now();
const { run } = await runtime.startUntyped(snapshot, order.config, { key: "bench" });
const milliseconds = performance.now() - started;
if (run.status !== "succeeded") throw new Error(`the snapshot is ${run.status}`);
const measure: SnapshotMeasure = {
  milliseconds,
  chainMs: busy.total,
  calls,
  peakMiB: process.resourceUsage().maxRSS / 1024,
  storedBytes: (await store.info()).bytes,
};
process.stdout.write(`${JSON.stringify(measure)}\n`);
await http.close();
await store.close();
