/**
 * A process of the crash tests: drives a run in the foreground, or works on whatever is due, and kills itself at a named point.
 * Arguments: one JSON document, `ProcessOrder`. A drive that comes to its end prints the points that it came past.
 */
import { machineRandom, machineTime, nameOwner } from "../../src/app/machine.ts";
import { Watchdog } from "../../src/app/watchdog.ts";
import type { LeaseTerms } from "../../src/kernel/runtime/context.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import { crashRegistry } from "./ops.ts";
import { type Place, openPlace } from "./places.ts";

export interface ProcessOrder {
  readonly path: Place;
  readonly work:
    | { readonly kind: "start"; readonly op: string; readonly config: unknown; readonly key: string }
    | { readonly kind: "worker"; readonly concurrency: number };
  /** Kill this process with SIGKILL at its n-th moment, counted from 0; negative: never. */
  readonly killAt: number;
  readonly lease?: LeaseTerms;
  /** Where the bank is reached, for ops that pay. */
  readonly bank?: string;
}

/** As in `mfm worker`: ends the process when a step blocks it. */
const watchdog = new Watchdog("text");
const order = JSON.parse(process.argv[2] ?? "") as ProcessOrder;
const store = await openPlace(order.path);
const moments: string[] = [];
const runtime = new Runtime({
  store,
  registry: crashRegistry(order.bank),
  clock: machineTime,
  random: machineRandom,
  owner: nameOwner(),
  watch(moment) {
    watchdog.watch(moment);
    const { kind } = moment;
    const { length } = moments;
    moments.push(kind === "effect.before" || kind === "effect.after" ? `${moment.call} ${kind.slice(7)}` : kind);
    if (length === order.killAt) process.kill(process.pid, "SIGKILL");
  },
  ...(order.lease === undefined ? {} : { lease: order.lease }),
});
if (order.work.kind === "start") {
  await runtime.startUntyped(runtime.registry.op(order.work.op), order.work.config, { key: order.work.key });
  process.stdout.write(JSON.stringify(moments));
} else {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));
  await runWorker(runtime, {
    concurrency: order.work.concurrency,
    signal: stop.signal,
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
}
await watchdog.stop();
await store.close();
