/** A process that pays out, in the foreground or as a worker, or carries a contract lifecycle through, and kills itself at a named point. Argument: one JSON document, `PayerOrder`. */
import { machineRandom, machineTime, nameOwner } from "../../../src/app/machine.ts";
import type { LeaseTerms } from "../../../src/kernel/runtime/context.ts";
import { Runtime } from "../../../src/kernel/runtime/runtime.ts";
import { runWorker } from "../../../src/kernel/runtime/worker.ts";
import type { LifecycleRequest } from "../../../src/ops/contracts/lifecycle-config.ts";
import { type Place, openPlace } from "../places.ts";
import { type LaterKill, LaterWatch } from "./later-points.ts";
import { openPayer, payOut } from "./payer.ts";
import { type Point, PointWatch } from "./points.ts";
import { type PayoutTerms, payoutOf } from "./treasury.ts";

export interface PayerOrder {
  readonly place: Place;
  readonly folder: string;
  readonly url: string;
  readonly work:
    | { readonly kind: "pay"; readonly lines: number; readonly terms?: PayoutTerms }
    | { readonly kind: "worker"; readonly concurrency: number }
    /** `steps`: those that send, in their order. */
    | { readonly kind: "lifecycle"; readonly request: LifecycleRequest; readonly steps: readonly string[] };
  readonly kill: { readonly point: Point; readonly transfer: number } | LaterKill | null;
  readonly lease?: LeaseTerms;
}

const order = JSON.parse(process.argv[2] ?? "") as PayerOrder;
const store = await openPlace(order.place);
const { work } = order;
// Loaded where it is needed: a payout starts faster without it.
const lifecycle = work.kind === "lifecycle" ? await import("../../../src/ops/contracts/lifecycle.ts") : undefined;
const payer = openPayer(order.url, order.folder, lifecycle?.lifecycleDefinitions);
const steps = work.kind === "lifecycle" ? work.steps : undefined;
const point = watchOf(order.kill);
const runtime = new Runtime({
  store,
  registry: payer.registry,
  clock: machineTime,
  random: machineRandom,
  owner: nameOwner(),
  watch(moment) {
    if (point?.isReached(moment) === true) process.kill(process.pid, "SIGKILL");
  },
  ...(order.lease === undefined ? {} : { lease: order.lease }),
});
if (work.kind === "pay") {
  if (point instanceof PointWatch) await recall(point);
  process.stdout.write(JSON.stringify(await payOut(runtime, payoutOf(work.lines, work.terms))));
} else if (work.kind === "lifecycle") {
  if (lifecycle !== undefined) await runtime.start(lifecycle.contractLifecycle, work.request, { key: "lifecycle" });
} else {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));
  const onError = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);
  await runWorker(runtime, { concurrency: work.concurrency, signal: stop.signal, onError });
}
await payer.close();
await store.close();

function watchOf(kill: PayerOrder["kill"]): PointWatch | LaterWatch | undefined {
  if (kill === null) return undefined;
  return "later" in kill ? new LaterWatch(kill) : new PointWatch(kill.point, kill.transfer, steps);
}

/** Transfers are counted from the first of the payout, whoever made it. */
async function recall(watch: PointWatch): Promise<void> {
  const [stored] = await store.listRuns({ limit: 1 });
  if (stored === undefined) return;
  const { readHistory } = await import("../../../src/kernel/verify/history.ts");
  for (const { event } of (await readHistory(store, stored.run.runId)).events) watch.remember(event.type);
}
