/** A worker: drives whatever is due (timers, abandoned runs, new runs without a driver) until it is told to stop. Any number may share a store. */
import type { Digest } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { Claimed } from "../leases.ts";
import type { DefinitionId } from "../names.ts";
import type { Runtime } from "./runtime.ts";
import { type EntryPointTerms, type Turn, Turns } from "./turns.ts";
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
      const places = options.concurrency - active.size;
      const claimed = places > 0 ? await claim(runtime, options, { places, turns, exceptSpecs }) : "full";
      if (typeof claimed === "string") {
        await sleep(runtime, wake, claimed === "none" ? await untilDue(runtime, turns) : claimed === "failed" ? storeBackoffMs : pollMs);
        continue;
      }
      for (const one of claimed) {
        const drive = driveOne(runtime, options, one, exceptSpecs).finally(() => {
          active.delete(drive);
          wake.notify();
        });
        active.add(drive);
      }
    }
  } finally {
    signal.removeEventListener("abort", look);
    endHints();
    await Promise.all(active);
  }
}

/** What limits the choice of the next runs. */
interface Choice {
  readonly places: number;
  readonly turns: Turns;
  /** Specs whose code is missing here. */
  readonly exceptSpecs: ReadonlySet<Digest>;
}

async function claim(
  runtime: Runtime,
  options: WorkerOptions,
  { places, turns, exceptSpecs }: Choice,
): Promise<readonly Claimed[] | "none" | "failed"> {
  try {
    const find = (turn: Turn): Promise<Claimed[]> => runtime.claimNext({ ...turn, exceptSpecs: [...exceptSpecs], limits: turns.limits });
    const claimed = await turns.take(places, find, ({ stored }) => stored.run.entryPoint);
    return claimed.length > 0 ? claimed : "none";
  } catch (error) {
    options.onError(error, null);
    return "failed";
  }
}

async function untilDue(runtime: Runtime, { entryPoints, limits }: Turns): Promise<number> {
  const milliseconds = await runtime.untilDue(entryPoints, limits).catch(() => null);
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
