/** Claiming runs, driving them under their lease, and giving the lease back where that is certainly right. */
import { type CertifiedSpec, assertCertified } from "../certify.ts";
import { cancelDrafts } from "../effects/closing.ts";
import { MfmError } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import type { Fold } from "../fold.ts";
import type { RunId } from "../names.ts";
import { type Run, hasEnded, isBeforePeople } from "../run.ts";
import type { ClaimNextRequest, ClaimRequest, Claimed, Lease, StoredRun } from "../leases.ts";
import type { Store } from "../store.ts";
import { cancelChildrenOf } from "./acts.ts";
import { Batch, settleAppend } from "./batch.ts";
import { followParent } from "./children.ts";
import type { Context } from "./context.ts";
import { Driver, type DriveOptions } from "./drive.ts";
import { loadFold } from "./history.ts";
import { LeaseKeeper } from "./leases.ts";

/** Claims of a run without anything recorded between them, after which it is paused. */
export const claimsWithoutProgress = 5;

export interface DriveTerms {
  readonly idle: DriveOptions["idle"];
  readonly signal: AbortSignal;
  /** Claim the run, and the children it waits for, even while another's lease holds: fencing makes it safe. */
  readonly takeOver?: boolean;
}

/** Which runs to claim. */
export type RunChoice = Omit<ClaimNextRequest, keyof ClaimRequest>;

export class Drives {
  readonly #context: Context;
  readonly #leases: LeaseKeeper;

  constructor(context: Context) {
    this.#context = context;
    this.#leases = new LeaseKeeper(context);
  }

  /** Claims runs that are due, as the store's `claimNext` does. */
  claimNext(request: RunChoice): Promise<Claimed[]> {
    const { owner, terms, store } = this.#context;
    return store.claimNext({ owner, milliseconds: terms.leaseMs, ...request });
  }

  /**
   * Claims a run and drives it until it ends, stands still, or (with idle `leave`) waits.
   * @throws RUN_BUSY when another drives it and takeOver is false
   */
  async drive(runId: RunId, options: DriveTerms): Promise<Run> {
    const claim = await this.#context.store.claim(runId, {
      owner: this.#context.owner,
      milliseconds: this.#context.terms.leaseMs,
      takeOver: options.takeOver === true,
    });
    switch (claim.kind) {
      case "unknown":
        throw new MfmError("RUN_UNKNOWN", `no run ${runId} in this store`, { runId });
      case "ended":
        return (await getStored(this.#context.store, runId)).run;
      case "busy":
        // Its lease would expire by itself; who asks for this very run does not have to wait for that.
        if (this.#context.isGone(claim.lease.owner)) return this.drive(runId, { ...options, takeOver: true });
        throw new MfmError("RUN_BUSY", `${runId} is driven by ${claim.lease.owner}`, { runId, owner: claim.lease.owner });
      case "claimed":
        return this.driveClaimed(claim, options);
    }
  }

  /** Drives a run that was claimed, and gives the lease back. */
  driveClaimed({ lease, stored }: Claimed, options: DriveTerms): Promise<Run> {
    return this.#underLease(lease, options.signal, async () => {
      const fold = await loadFold(this.#context.store, lease.runId, { trustSnapshot: true });
      if (fold.ended) return this.#giveBack(lease, fold, null);
      const ending = await followParent(this.#context.store, stored);
      const drafts = ending === undefined ? [] : cancelDrafts(fold, ending);
      if (drafts.length > 0) {
        const run = await this.#appendAsDriver(lease, fold, drafts);
        if (run !== undefined) return run;
      }
      if (fold.phase.is === "paused" || isBeforePeople(fold.run())) return this.#giveBack(lease, fold, null);
      if (stored.claims > claimsWithoutProgress && !waitsForOthers(fold)) {
        const run = await this.#appendAsDriver(lease, fold, [{ type: "RunPaused", data: { code: "NO_PROGRESS" } }]);
        if (run !== undefined) return run;
      }
      const certified = this.#context.specs.certify(fold.spec, stored.specRef);
      assertBackends(this.#context, certified);
      return this.#drive(lease, fold, certified, options);
    });
  }

  /** Drives a run that was admitted with a lease. */
  driveAdmitted(lease: Lease, fold: Fold, certified: CertifiedSpec, options: DriveTerms): Promise<Run> {
    return this.#underLease(lease, options.signal, () => this.#drive(lease, fold, certified, options));
  }

  async #underLease(lease: Lease, stop: AbortSignal, work: () => Promise<Run>): Promise<Run> {
    try {
      return await work();
    } catch (error) {
      // Whoever ends a run takes the lease with it: that is no takeover.
      const ended =
        error instanceof MfmError && error.code === "RUN_TAKEN_OVER"
          ? await this.#foldIfEnded(lease.runId).catch(() => undefined)
          : undefined;
      if (ended !== undefined) return this.#giveBack(lease, ended, null);
      await this.#releaseAfter(lease, error, stop);
      throw error;
    }
  }

  async #foldIfEnded(runId: RunId): Promise<Fold | undefined> {
    const fold = await loadFold(this.#context.store, runId, { trustSnapshot: true });
    return fold.ended ? fold : undefined;
  }

  async #drive(lease: Lease, fold: Fold, certified: CertifiedSpec, options: DriveTerms): Promise<Run> {
    assertCertified(certified);
    const { runId } = lease;
    const { watch } = this.#context;
    const signal = this.#leases.hold(lease, options.signal);
    const known = new Set<RunId>();
    const driveChild = (child: RunId, signal: AbortSignal): Promise<Run> => {
      // Taken over once; whoever claims it after that knows that this process drives it.
      const takeOver = options.takeOver === true && !known.has(child);
      known.add(child);
      return this.drive(child, { ...options, takeOver, signal: AbortSignal.any([options.signal, signal]) });
    };
    const driver = new Driver(
      this.#context,
      { lease, certified, fold },
      {
        idle: options.idle,
        signal,
        ...(options.idle === "stay" ? { driveChild, driveAhead: (other: RunId, stop: AbortSignal) => this.#driveAhead(other, stop) } : {}),
      },
    );
    watch({ kind: "drive.before", runId });
    try {
      const found = fold.head;
      const rested = await driver.drive();
      const unsuccessful = rested.ended && rested.phase.is !== "succeeded";
      if (options.idle === "stay" && unsuccessful && rested.spec.children.length > 0) await cancelChildrenOf(this.#context, runId);
      const wakeAt = rested.head?.seq === found?.seq ? await this.#wakeAtOfStore(driver.wakeAt) : driver.wakeAt;
      return await this.#giveBack(lease, rested, wakeAt);
    } finally {
      this.#leases.drop(lease);
    }
  }

  /** Drives a run that others wait behind, where it goes on and nobody drives it. Its failures are its own. */
  async #driveAhead(runId: RunId, signal: AbortSignal): Promise<void> {
    const stored = await this.#context.store.readRun(runId);
    const isLeft = stored !== undefined && stored.lease !== null ? stored.lease.expiresAt <= (await this.#context.store.now()) : true;
    if (stored === undefined || !isLeft || stored.run.status === "paused" || hasEnded(stored.run.status)) return;
    await this.drive(runId, { idle: "leave", signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
  }

  /**
   * A run that was due and had nothing to do: this process's clock is behind the store's. It waits as long as it does by its own clock, or
   * it would be claimed and given back until the clocks agree.
   */
  async #wakeAtOfStore(wakeAt: number | null): Promise<number | null> {
    return wakeAt === null ? null : (await this.#context.store.now()) + wakeAt - this.#context.clock.now();
  }

  async #giveBack(lease: Lease, fold: Fold, wakeAt: number | null): Promise<Run> {
    const run = fold.run();
    if (!fold.ended) await this.#context.store.release(lease, wakeAt);
    this.#context.watch({ kind: "drive.after", runId: fold.runId, run });
    return run;
  }

  /**
   * Gives a lease back where that is certain to be right: a stop, or code that is missing here, leaves the run due for others at once; a
   * history that does not verify is due for nobody. After anything else the lease expires, so that the claim counts as one without progress.
   */
  async #releaseAfter(lease: Lease, error: unknown, stop: AbortSignal): Promise<void> {
    const code = error instanceof MfmError ? error.code : undefined;
    const missing = code === "CERTIFICATION_FAILED" || code === "CAPABILITY_UNAVAILABLE";
    if (code === "HISTORY_INVALID") await this.#context.store.release(lease, null).catch(() => undefined);
    else if (missing || (stop.aborted && code !== "RUN_TAKEN_OVER"))
      await this.#context.store.release(lease, this.#context.clock.now()).catch(() => undefined);
  }

  /** The run, where that is all there is to do now; undefined where effects are to be brought to rest. */
  async #appendAsDriver(lease: Lease, fold: Fold, drafts: readonly EventDraft[]): Promise<Run | undefined> {
    const batch = new Batch(fold, this.#context.clock.now());
    batch.addAll(drafts, []);
    const wakeAt = fold.phase.is === "driving" ? this.#context.clock.now() : null;
    const result = await settleAppend(this.#context.store, batch.append(lease.fence, wakeAt), this.#context.watch);
    switch (result.kind) {
      case "appended":
        return fold.phase.is === "driving" ? undefined : this.#giveBack(lease, fold, null);
      case "conflict":
      case "laneMoved":
        // Somebody acted on the run meanwhile: it is looked at again, as it is now.
        return this.#giveBack(lease, await loadFold(this.#context.store, lease.runId, { trustSnapshot: true }), this.#context.clock.now());
      case "fenced":
        throw new MfmError("RUN_TAKEN_OVER", `another driver claimed ${lease.runId}`, { runId: lease.runId });
    }
  }
}

/** A run that waits for signals and children only has nothing to record: what is at fault pauses itself. */
function waitsForOthers(fold: Fold): boolean {
  return fold.ready.every((index) => fold.progressAt(index).is === "child" || fold.stepAt(index).kind === "signal");
}

/** @throws RUN_UNKNOWN */
export async function getStored(store: Store, runId: RunId): Promise<StoredRun> {
  const stored = await store.readRun(runId);
  if (stored === undefined) throw new MfmError("RUN_UNKNOWN", `no run ${runId} in this store`, { runId });
  return stored;
}

/** @throws CAPABILITY_UNAVAILABLE when a backend that the spec needs is missing here */
export function assertBackends(context: Context, certified: CertifiedSpec): void {
  for (const use of certified.spec.states) {
    for (const { id, kind } of Object.values(use.capabilities)) {
      if (!(kind === "read" ? context.registry.backends : context.registry.effectBackends).has(id))
        throw new MfmError("CAPABILITY_UNAVAILABLE", `no backend implements ${id}, which ${use.id} needs`, {
          capability: id,
          state: use.id,
        });
    }
  }
}
