/** The runtime: starts, drives, resumes, cancels and signals runs of certified specs, on any store. The command line, workers and libraries use this. */
import type * as z from "zod";
import { type ArtifactSource, readJsonArtifact } from "../artifacts.ts";
import type { Digest } from "../canonical.ts";
import { type CertifiedSpec, assertCertified } from "../certify.ts";
import { MfmError } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import type { Fold } from "../fold.ts";
import { digestInvocationKey } from "../identity.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import { type Op, type OutputOf, type Outputs, type Plan, planOp } from "../op.ts";
import type { Clock, Random, Watch } from "../ports.ts";
import type { Registry } from "../registry.ts";
import { type Run, hasEnded } from "../run.ts";
import type { Spec } from "../spec.ts";
import type { Lease, Store, StoredRun } from "../store.ts";
import { ValueCodec } from "../value.ts";
import { type Act, cancelChildrenOf, cancelRun, signalRun, unpauseRun } from "./acts.ts";
import { admit } from "./admission.ts";
import { Batch, settleAppend } from "./batch.ts";
import { followParent } from "./children.ts";
import { type Context, type LeaseTerms, defaultLeaseTerms } from "./context.ts";
import { Driver, type DriveOptions } from "./drive.ts";
import { SpecCache, artifactsOf, loadFold } from "./history.ts";
import { LeaseKeeper } from "./leases.ts";

/** Claims of a run without anything recorded between them, after which it is paused. */
export const claimsWithoutProgress = 5;

export interface RuntimeOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly watch?: Watch;
  /** Names this process in leases; unique among processes that share the store. */
  readonly owner: string;
  /** Thirty seconds with a heartbeat every ten, unless said otherwise. */
  readonly lease?: LeaseTerms;
}

export interface StartOptions {
  /** Names the intent: starting again with the same key and config attaches to the same run. */
  readonly key: string;
  /** Admit the run and leave the driving to a worker. */
  readonly detach?: boolean;
  readonly signal?: AbortSignal;
  /** Told as soon as the run exists, before it is driven. */
  readonly onRun?: (runId: RunId, outcome: "admitted" | "attached") => void;
}

/** What came of a start: with the typed output exactly when the run succeeded. */
export type Outcome<T> = { readonly kind: "succeeded"; readonly run: Run; readonly output: T } | { readonly kind: "unfinished" | "ended"; readonly run: Run };

/** A run that was claimed: the lease, and what the store knows beside the stream. */
export type Claimed = { readonly lease: Lease; readonly stored: StoredRun };

export interface DriveTerms {
  readonly idle: DriveOptions["idle"];
  readonly signal: AbortSignal;
  /** Claim the run, and the children it waits for, even while another's lease holds: fencing makes it safe. */
  readonly takeOver?: boolean;
}

const never = new AbortController().signal;

export class Runtime {
  readonly store: Store;
  readonly registry: Registry;
  readonly #context: Context;
  readonly #leases: LeaseKeeper;

  constructor(options: RuntimeOptions) {
    const { store, registry, clock, random, owner, watch = () => undefined, lease = defaultLeaseTerms } = options;
    this.store = store;
    this.registry = registry;
    this.#context = { store, registry, specs: new SpecCache(registry), backends: registry.backends, clock, random, watch, owner, terms: lease };
    this.#leases = new LeaseKeeper(this.#context);
  }

  /** Claims whatever run has been due longest and can be driven here; undefined when there is none. */
  claimNext(exceptSpecs: readonly Digest[]): Promise<Claimed | undefined> {
    const { owner, terms } = this.#context;
    return this.store.claimNext({ owner, milliseconds: terms.leaseMs, entryPoints: [...this.registry.ops.keys()], exceptSpecs });
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  /** Plans and certifies; starts nothing. @throws VALUE_INVALID, PLAN_FAILED, CERTIFICATION_FAILED, EFFECTS_NOT_AVAILABLE */
  plan(op: Op, config: unknown): { readonly plan: Plan; readonly certified: CertifiedSpec } {
    const plan = planOp(op, config);
    return { plan, certified: this.#context.specs.certify(plan.spec, plan.specRef) };
  }

  /**
   * Starts a run of an op, or attaches to the one that this key started, and drives it until it ends or stands still.
   * @throws INVOCATION_KEY_REUSED when the key was used with another config
   * @throws CAPABILITY_UNAVAILABLE when a backend that the spec needs is missing here; and all that `plan` throws
   */
  async start<C extends z.ZodType, O extends Outputs, D extends z.ZodType | undefined>(op: Op<C, O, D>, config: z.output<C> | z.input<C>, options: StartOptions): Promise<Outcome<OutputOf<O>>> {
    const outcome = await this.startUntyped(op as unknown as Op, config, options);
    return outcome as Outcome<OutputOf<O>>;
  }

  /** `start` for callers that know the op only at run time. */
  async startUntyped(op: Op, config: unknown, options: StartOptions): Promise<Outcome<unknown>> {
    const invocation = digestInvocationKey(options.key);
    const { plan, certified } = this.plan(op, config);
    this.#assertBackends(certified);
    const lease = options.detach === true ? null : { milliseconds: this.#context.terms.leaseMs };
    const admitted = await admit(this.#context, { ...plan, invocation, parent: null, lease });
    if (admitted.kind === "exists") return this.#attach(admitted.runId, plan.configDigest, options);
    options.onRun?.(admitted.fold.runId, "admitted");
    if (admitted.lease === null) return this.#join(await this.getStored(admitted.fold.runId), options);
    const { fold, lease: held } = admitted;
    const drive = { idle: "stay", signal: options.signal ?? never } as const;
    return this.outcome(await this.#underLease(held, drive.signal, () => this.#drive(held, fold, certified, drive)), plan.spec);
  }

  async #attach(runId: RunId, configDigest: Digest, options: StartOptions): Promise<Outcome<unknown>> {
    const stored = await this.getStored(runId);
    if (stored.configDigest !== configDigest) {
      throw new MfmError("INVOCATION_KEY_REUSED", `the key was used before with another config, by ${runId}`, { runId, configDigest: stored.configDigest, given: configDigest });
    }
    options.onRun?.(runId, "attached");
    return this.#join(stored, options);
  }

  async #join({ run }: StoredRun, options: StartOptions): Promise<Outcome<unknown>> {
    if (hasEnded(run.status) || options.detach === true) return this.outcome(run);
    return this.outcome(await this.drive(run.runId, { idle: "stay", signal: options.signal ?? never }));
  }

  /**
   * Claims a run and drives it until it ends, stands still, or (with idle `leave`) waits.
   * @throws RUN_BUSY when another drives it and takeOver is false
   */
  async drive(runId: RunId, options: DriveTerms): Promise<Run> {
    const claim = await this.store.claim(runId, { owner: this.#context.owner, milliseconds: this.#context.terms.leaseMs, takeOver: options.takeOver === true });
    switch (claim.kind) {
      case "unknown":
        throw new MfmError("RUN_UNKNOWN", `no run ${runId} in this store`, { runId });
      case "ended":
        return (await this.getStored(runId)).run;
      case "busy":
        throw new MfmError("RUN_BUSY", `${runId} is driven by ${claim.lease.owner}`, { runId, owner: claim.lease.owner });
      case "claimed":
        return this.driveClaimed(claim, options);
    }
  }

  /** Drives a run that was claimed, and gives the lease back. */
  driveClaimed({ lease, stored }: Claimed, options: DriveTerms): Promise<Run> {
    return this.#underLease(lease, options.signal, async () => {
      const fold = await loadFold(this.store, lease.runId, { trustSnapshot: true });
      if (fold.ended) return this.#giveBack(lease, fold, null);
      const cancelled = await followParent(this.store, stored);
      if (cancelled !== undefined) return this.#appendAsDriver(lease, fold, cancelled);
      if (fold.phase.is === "paused") return this.#giveBack(lease, fold, null);
      if (stored.claims > claimsWithoutProgress) return this.#appendAsDriver(lease, fold, { type: "RunPaused", data: { code: "NO_PROGRESS" } });
      const certified = this.#context.specs.certify(fold.spec, stored.specRef);
      this.#assertBackends(certified);
      return this.#drive(lease, fold, certified, options);
    });
  }

  async #underLease(lease: Lease, stop: AbortSignal, work: () => Promise<Run>): Promise<Run> {
    try {
      return await work();
    } catch (error) {
      // Whoever ends a run takes the lease with it: that is no takeover.
      const ended = error instanceof MfmError && error.code === "RUN_TAKEN_OVER" ? await this.#foldIfEnded(lease.runId).catch(() => undefined) : undefined;
      if (ended !== undefined) return this.#giveBack(lease, ended, null);
      await this.#releaseAfter(lease, error, stop);
      throw error;
    }
  }

  async #foldIfEnded(runId: RunId): Promise<Fold | undefined> {
    const fold = await loadFold(this.store, runId, { trustSnapshot: true });
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
    const driver = new Driver(this.#context, lease, certified, fold, { idle: options.idle, signal, ...(options.idle === "stay" ? { driveChild } : {}) });
    watch({ kind: "drive.before", runId });
    try {
      const found = fold.head;
      const rested = await driver.drive();
      const unsuccessful = rested.phase.is === "failed" || rested.phase.is === "cancelled";
      if (options.idle === "stay" && unsuccessful && rested.spec.children.length > 0) await cancelChildrenOf(this.#context, runId);
      const wakeAt = rested.head?.seq === found?.seq ? await this.#wakeAtOfStore(driver.wakeAt) : driver.wakeAt;
      return await this.#giveBack(lease, rested, wakeAt);
    } finally {
      this.#leases.drop(lease);
    }
  }

  /**
   * A run that was due and had nothing to do: this process's clock is behind the store's. It waits as long as it does by its own clock, or
   * it would be claimed and given back until the clocks agree.
   */
  async #wakeAtOfStore(wakeAt: number | null): Promise<number | null> {
    return wakeAt === null ? null : (await this.store.now()) + wakeAt - this.#context.clock.now();
  }

  async #giveBack(lease: Lease, fold: Fold, wakeAt: number | null): Promise<Run> {
    const run = fold.run();
    if (!fold.ended) await this.store.release(lease, wakeAt);
    this.#context.watch({ kind: "drive.after", runId: fold.runId, run });
    return run;
  }

  /**
   * Gives a lease back where that is certain to be right: a stop, or code that is missing here, leaves the run due for others at once; a
   * history that does not verify is due for nobody. After anything else the lease expires, so that the claim counts as one without progress.
   */
  async #releaseAfter(lease: Lease, error: unknown, stop: AbortSignal): Promise<void> {
    const code = error instanceof MfmError ? error.code : undefined;
    const missing = code === "CERTIFICATION_FAILED" || code === "EFFECTS_NOT_AVAILABLE" || code === "CAPABILITY_UNAVAILABLE";
    if (code === "HISTORY_INVALID") await this.store.release(lease, null).catch(() => undefined);
    else if (missing || (stop.aborted && code !== "RUN_TAKEN_OVER")) await this.store.release(lease, this.#context.clock.now()).catch(() => undefined);
  }

  async #appendAsDriver(lease: Lease, fold: Fold, draft: EventDraft): Promise<Run> {
    const batch = new Batch(fold, this.#context.clock.now());
    batch.add(draft);
    const result = await settleAppend(this.store, batch.append(lease.fence, null), this.#context.watch);
    switch (result.kind) {
      case "appended":
        return this.#giveBack(lease, fold, null);
      case "conflict":
        // Somebody acted on the run meanwhile: it is looked at again, as it is now.
        return this.#giveBack(lease, await loadFold(this.store, lease.runId, { trustSnapshot: true }), this.#context.clock.now());
      case "fenced":
        throw new MfmError("RUN_TAKEN_OVER", `another driver claimed ${lease.runId}`, { runId: lease.runId });
    }
  }

  /**
   * Resumes a paused run, recording who and why, and drives it; a run that is not paused is taken over and driven.
   * @throws RUN_ENDED when it has ended
   */
  async resume(runId: RunId, act: Act, options: { readonly detach?: boolean; readonly signal?: AbortSignal } = {}): Promise<Run> {
    const stored = await this.getStored(runId);
    if (hasEnded(stored.run.status)) throw new MfmError("RUN_ENDED", `${runId} ${stored.run.status}`, { runId, status: stored.run.status });
    const run = stored.run.status === "paused" ? await unpauseRun(this.#context, runId, act) : stored.run;
    if (options.detach === true) return run;
    return this.drive(runId, { takeOver: true, idle: "stay", signal: options.signal ?? never });
  }

  /** Ends a run for good, with who and why; its children are cancelled too. @throws RUN_ENDED when it has ended */
  cancel(runId: RunId, act: Act): Promise<Run> {
    return cancelRun(this.#context, runId, act);
  }

  /**
   * Sends a value to a signal step; recorded with who and why.
   * @throws SIGNAL_UNKNOWN, SIGNAL_ALREADY_RECEIVED, RUN_ENDED; VALUE_INVALID when the payload does not match the step's schema
   */
  signal(runId: RunId, step: string, payload: unknown, act: Act): Promise<Run> {
    return signalRun(this.#context, { runId, step, payload, act });
  }

  /** @throws RUN_UNKNOWN */
  async getStored(runId: RunId): Promise<StoredRun> {
    const stored = await this.store.readRun(runId);
    if (stored === undefined) throw new MfmError("RUN_UNKNOWN", `no run ${runId} in this store`, { runId });
    return stored;
  }

  /** The `Run` document from the verified stream. @throws RUN_UNKNOWN, HISTORY_INVALID */
  async status(runId: RunId): Promise<Run> {
    return (await loadFold(this.store, runId, { trustSnapshot: false })).run();
  }

  /** The output of a run that succeeded, as data. @throws OUTPUT_NOT_READY */
  async output(run: Run): Promise<Json> {
    if (run.outputs === null) throw new MfmError("OUTPUT_NOT_READY", `${run.runId} is ${run.status}`, { runId: run.runId, status: run.status });
    return readJsonArtifact(this.artifacts(), run.outputs.digest);
  }

  artifacts(): ArtifactSource {
    return artifactsOf(this.store);
  }

  /** A run with its output decoded where it succeeded. */
  async outcome(run: Run, spec?: Spec): Promise<Outcome<unknown>> {
    if (run.status !== "succeeded") return { kind: hasEnded(run.status) ? "ended" : "unfinished", run };
    const { type } = (spec ?? (await loadFold(this.store, run.runId, { trustSnapshot: true })).spec).output;
    return { kind: "succeeded", run, output: new ValueCodec(type).decode(await this.output(run)) };
  }

  #assertBackends(certified: CertifiedSpec): void {
    for (const use of certified.spec.states) {
      for (const { id } of Object.values(use.capabilities)) {
        if (!this.#context.backends.has(id)) throw new MfmError("CAPABILITY_UNAVAILABLE", `no backend implements ${id}, which ${use.id} needs`, { capability: id, state: use.id });
      }
    }
  }
}
