/**
 * A process of the crash tests: drives a run in the foreground, or works on whatever is due, and kills itself at a named point.
 * Arguments: one JSON document, `ProcessOrder`. A drive that comes to its end prints the points that it came past.
 */
import { machineRandom, nameOwner } from "../../src/app/machine.ts";
import { followStoreClock } from "../../src/app/store-clock.ts";
import { Watchdog } from "../../src/app/watchdog.ts";
import type { LeaseTerms } from "../../src/kernel/runtime/context.ts";
import { Runtime } from "../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../src/kernel/runtime/worker.ts";
import { crashRegistry } from "./ops.ts";
import { type Place, openPlace } from "./places.ts";
import { nameOf } from "./points.ts";

export interface ProcessOrder {
  readonly path: Place;
  readonly work:
    | { readonly kind: "start"; readonly op: string; readonly config: unknown; readonly key: string }
    | { readonly kind: "worker"; readonly concurrency: number };
  /** End this process with SIGKILL at its n-th moment, counted from 0; negative: never. */
  readonly killAt: number;
  /** Stop this process with SIGSTOP right before its first append is sent; it goes on with SIGCONT. */
  readonly stopsBeforeAppend?: boolean;
  /** How far this machine's clock is ahead. */
  readonly clockAheadMs?: number;
  readonly lease?: LeaseTerms;
  /** Where the bank is reached, for ops that pay. */
  readonly bank?: string;
}

/** As in `mfm worker`: ends the process when a step blocks it. */
const watchdog = new Watchdog("text");
const order = JSON.parse(process.argv[2] ?? "") as ProcessOrder;
const { clockAheadMs = 0 } = order;
const ownClock = Date.now;
Date.now = () => ownClock() + clockAheadMs;
const store = await openPlace(order.path);
const { clock, stop: stopClock } = await followStoreClock(store);
const moments: string[] = [];
let isToStop = order.stopsBeforeAppend === true;
const runtime = new Runtime({
  store,
  registry: crashRegistry(order.bank),
  clock,
  random: machineRandom,
  owner: nameOwner(),
  watch(moment) {
    watchdog.watch(moment);
    const { length } = moments;
    moments.push(nameOf(moment));
    if (length === order.killAt) process.kill(process.pid, "SIGKILL");
    if (isToStop && moment.kind === "append.before") {
      isToStop = false;
      process.kill(process.pid, "SIGSTOP");
    }
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
stopClock();
await watchdog.stop();
await store.close();
