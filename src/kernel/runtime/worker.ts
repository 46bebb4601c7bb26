/** A worker: drives whatever is due (timers, abandoned runs, new runs without a driver) until it is told to stop. Any number may share a store. */
import type { Digest } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { DefinitionId } from "../names.ts";
import type { Claimed } from "./drives.ts";
import type { Runtime } from "./runtime.ts";
import { type EntryPointTerms, Turns } from "./turns.ts";
import { Wake } from "./wake.ts";

export interface WorkerOptions {
  /** Runs driven at once. */
  readonly concurrency: number;
  /** What holds for single entry points; the others have no limit of their own, and priority 0. */
  readonly entryPoints?: ReadonlyMap<DefinitionId, EntryPointTerms> | undefined;
  /** Aborted to stop: drivers stop where they are, leases are given back, nothing that was committed is lost. */
  readonly signal: AbortSignal;
  /** Told of runs that could not be driven; the worker goes on. */
  readonly onError: (error: unknown, runId: string | null) => void;
}

/** How long a worker with nothing to do waits before it looks again; sooner where a timer ends sooner, but never at once: what is due may be nothing for this worker. */
const pollMs = 500;
const shortestPollMs = 25;
const storeBackoffMs = 1000;

export async function runWorker(runtime: Runtime, options: WorkerOptions): Promise<void> {
  const { signal } = options;
  const wake = new Wake();
  const active = new Set<Promise<void>>();
  const exceptSpecs = new Set<Digest>();
  const turns = new Turns(runtime.registry.ops.keys(), options.entryPoints);
  const look = (): void => wake.notify();
  signal.addEventListener("abort", look, { once: true });
  const endHints = runtime.store.onDue(look);
  try {
    while (!signal.aborted) {
      const claimed = active.size < options.concurrency ? await claim(runtime, options, { turns, exceptSpecs }) : "full";
      if (typeof claimed !== "object") {
        await sleep(runtime, wake, claimed === "none" ? await untilDue(runtime, turns) : claimed === "failed" ? storeBackoffMs : pollMs);
        continue;
      }
      const drive = driveOne(runtime, options, claimed, exceptSpecs).finally(() => {
        active.delete(drive);
        turns.end(claimed.stored.run.entryPoint);
        wake.notify();
      });
      active.add(drive);
    }
  } finally {
    signal.removeEventListener("abort", look);
    endHints();
    await Promise.all(active);
  }
}

/** What limits the choice of the next run. */
interface Choice {
  readonly turns: Turns;
  /** Specs whose code is missing here. */
  readonly exceptSpecs: ReadonlySet<Digest>;
}

async function claim(runtime: Runtime, options: WorkerOptions, { turns, exceptSpecs }: Choice): Promise<Claimed | "none" | "failed"> {
  try {
    const find = (entryPoints: readonly DefinitionId[]): Promise<Claimed | undefined> => runtime.claimNext([...exceptSpecs], entryPoints);
    return (await turns.next(find, ({ stored }) => stored.run.entryPoint)) ?? "none";
  } catch (error) {
    options.onError(error, null);
    return "failed";
  }
}

async function untilDue(runtime: Runtime, { open }: Turns): Promise<number> {
  const milliseconds = open.length === 0 ? null : await runtime.untilDue(open).catch(() => null);
  return Math.max(shortestPollMs, Math.min(milliseconds ?? pollMs, pollMs));
}

async function driveOne(runtime: Runtime, options: WorkerOptions, claimed: Claimed, exceptSpecs: Set<Digest>): Promise<void> {
  try {
    await runtime.driveClaimed(claimed, { idle: "leave", signal: options.signal });
  } catch (error) {
    if (options.signal.aborted) return;
    const code = error instanceof MfmError ? error.code : undefined;
    // Code that is missing here will not appear while this process lives; another worker may have it.
    if (code === "CERTIFICATION_FAILED" || code === "CAPABILITY_UNAVAILABLE") exceptSpecs.add(claimed.stored.specRef);
    options.onError(error, claimed.lease.runId);
  }
}

async function sleep(runtime: Runtime, wake: Wake, milliseconds: number): Promise<void> {
  const cancel = runtime.clock.timer(milliseconds, () => wake.notify());
  await wake.wait();
  cancel();
}
