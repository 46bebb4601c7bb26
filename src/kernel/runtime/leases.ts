/** Keeping leases: one heartbeat for all runs that this process drives. A lease that is lost stops its driver; the fence does the rest. */
import { MfmError } from "../errors.ts";
import type { Lease } from "../leases.ts";
import type { Context } from "./context.ts";

export class LeaseKeeper {
  readonly #context: Context;
  readonly #held = new Map<Lease, AbortController>();
  #cancel: (() => void) | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  get held(): number {
    return this.#held.size;
  }

  /** A signal that is aborted when the lease is lost, or with `stop`'s reason. */
  hold(lease: Lease, stop: AbortSignal): AbortSignal {
    const lost = new AbortController();
    this.#held.set(lease, lost);
    this.#schedule();
    return AbortSignal.any([lost.signal, stop]);
  }

  drop(lease: Lease): void {
    this.#held.delete(lease);
    if (this.#held.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): void {
    this.#cancel ??= this.#context.clock.timer(this.#context.terms.heartbeatMs, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const leases = [...this.#held.keys()];
    this.#cancel = undefined;
    try {
      const kept = new Set(await this.#context.store.heartbeat(leases, this.#context.terms.leaseMs));
      for (const lease of leases) {
        if (!kept.has(lease.runId)) this.#held.get(lease)?.abort(takenOver(lease));
      }
    } catch {
      // A store that does not answer: the next append or heartbeat tells; until then the fence protects the run.
    }
    if (this.#held.size > 0) this.#schedule();
  }
}

/** What a driver stops with when the lease is not its own any more. */
export function takenOver({ runId }: Lease): MfmError {
  return new MfmError("RUN_TAKEN_OVER", `another driver claimed ${runId}`, { runId });
}
