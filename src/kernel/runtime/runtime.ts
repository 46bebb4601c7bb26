/** The runtime: starts, drives, resumes, cancels and signals runs of certified specs, on any store. The command line, workers and libraries use this. */
import type * as z from "zod";
import { type ArtifactSource, readJsonArtifact } from "../artifacts.ts";
import type { Digest } from "../canonical.ts";
import type { CertifiedSpec } from "../certify.ts";
import { MfmError } from "../errors.ts";
import { digestInvocationKey } from "../identity.ts";
import type { Json } from "../json.ts";
import type { DefinitionId, RunId } from "../names.ts";
import { type Op, type OutputOf, type Outputs, type Plan, planOp } from "../op.ts";
import type { Clock, Random, RecoverSigner, Watch } from "../ports.ts";
import type { Act } from "../progress.ts";
import type { Registry } from "../registry.ts";
import { type Run, hasEnded } from "../run.ts";
import type { Spec } from "../spec.ts";
import type { Claimed, RunLimits, StoredRun } from "../leases.ts";
import type { Store } from "../store.ts";
import { ValueCodec } from "../value.ts";
import type { SignedResolution } from "../saga/signed-file.ts";
import type { ResolutionStatement } from "../saga/statement.ts";
import { type CandidateWish, type Explanation, explainLane, requestCandidate } from "./effect-acts.ts";
import { cancelRun, runEnded, signalRun, unpauseRun } from "./acts.ts";
import { admit } from "./admission.ts";
import { type ApprovalGiven, type ApprovalRequest, approveRun, readApprovals } from "./approve.ts";
import { type Context, type LeaseTerms, defaultLeaseTerms } from "./context.ts";
import { type DriveTerms, Drives, type RunChoice, assertBackends, getStored } from "./drives.ts";
import { SpecCache, artifactsOf, loadFold } from "./history.ts";
import { Looks } from "./looks.ts";
import { type OpenObligations, type ResolutionWords, draftResolution, readObligations, resolveRun } from "./resolve.ts";

export interface RuntimeOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly watch?: Watch;
  /** Needed to take in approvals and decisions; without it, nobody's signature is known. */
  readonly recoverSigner?: RecoverSigner;
  /** Names this process in leases; unique among processes that share the store. */
  readonly owner: string;
  /** Thirty seconds with a heartbeat every ten, unless said otherwise. */
  readonly lease?: LeaseTerms;
  /** Whether an owner in a lease certainly lives no more: then a run that is asked for by name is taken over at once. Absent: never. */
  readonly isGone?: (owner: string) => boolean;
}

export interface StartOptions {
  /** Names the intent: starting again with the same key and config attaches to the same run. */
  readonly key: string;
  /** Admit the run and leave the driving to a worker. */
  readonly detach?: boolean;
  readonly signal?: AbortSignal;
  /** Told as soon as the run exists, before it is driven, with how it stands then. */
  readonly onRun?: (runId: RunId, outcome: "admitted" | "attached", run: Run) => void;
}

/** What came of a start: with the typed output exactly when the run succeeded. */
export type Outcome<T> =
  | { readonly kind: "succeeded"; readonly run: Run; readonly output: T }
  | { readonly kind: "unfinished" | "ended"; readonly run: Run };

const never = new AbortController().signal;

export class Runtime {
  readonly store: Store;
  readonly registry: Registry;
  readonly #context: Context;
  readonly #drives: Drives;

  constructor(options: RuntimeOptions) {
    const {
      store,
      registry,
      clock,
      random,
      owner,
      watch = () => undefined,
      recoverSigner = async () => undefined,
      lease = defaultLeaseTerms,
    } = options;
    this.store = store;
    this.registry = registry;
    this.#context = {
      store,
      registry,
      specs: new SpecCache(registry),
      backends: registry.backends,
      looks: new Looks(),
      clock,
      random,
      watch,
      recoverSigner,
      owner,
      terms: lease,
      isGone: options.isGone ?? (() => false),
    };
    this.#drives = new Drives(this.#context);
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  /** Plans and certifies; starts nothing. @throws VALUE_INVALID, PLAN_FAILED, CERTIFICATION_FAILED */
  plan(op: Op, config: unknown): { readonly plan: Plan; readonly certified: CertifiedSpec } {
    const plan = planOp(op, config);
    return { plan, certified: this.#context.specs.certify(plan.spec, plan.specRef) };
  }

  /**
   * Starts a run of an op, or attaches to the one that this key started, and drives it until it ends or stands still.
   * @throws INVOCATION_KEY_REUSED when the key was used with another config
   * @throws CAPABILITY_UNAVAILABLE when a backend that the spec needs is missing here; and all that `plan` throws
   */
  async start<C extends z.ZodType, O extends Outputs, D extends z.ZodType | undefined>(
    op: Op<C, O, D>,
    config: z.output<C> | z.input<C>,
    options: StartOptions,
  ): Promise<Outcome<OutputOf<O>>> {
    const outcome = await this.startUntyped(op, config, options);
    return outcome as Outcome<OutputOf<O>>;
  }

  /** `start` for callers that know the op only at run time. */
  async startUntyped(op: Op, config: unknown, options: StartOptions): Promise<Outcome<unknown>> {
    const invocation = digestInvocationKey(options.key);
    const { plan, certified } = this.plan(op, config);
    assertBackends(this.#context, certified);
    const lease = options.detach === true ? null : { milliseconds: this.#context.terms.leaseMs };
    const admitted = await admit(this.#context, { ...plan, invocation, parent: null, lease });
    if (admitted.kind === "exists") return this.#attach(admitted.runId, plan.configDigest, options);
    options.onRun?.(admitted.fold.runId, "admitted", admitted.fold.run());
    if (admitted.lease === null) return this.#join(await this.getStored(admitted.fold.runId), options);
    const { fold, lease: held } = admitted;
    const drive = { idle: "stay", signal: options.signal ?? never } as const;
    return this.outcome(await this.#drives.driveAdmitted(held, fold, certified, drive), plan.spec);
  }

  async #attach(runId: RunId, configDigest: Digest, options: StartOptions): Promise<Outcome<unknown>> {
    const stored = await this.getStored(runId);
    if (stored.configDigest !== configDigest) {
      throw new MfmError("INVOCATION_KEY_REUSED", `the key was used before with another config, by ${runId}`, {
        runId,
        configDigest: stored.configDigest,
        given: configDigest,
      });
    }
    options.onRun?.(runId, "attached", stored.run);
    return this.#join(stored, options);
  }

  async #join({ run }: StoredRun, options: StartOptions): Promise<Outcome<unknown>> {
    if (hasEnded(run.status) || options.detach === true) return this.outcome(run);
    return this.outcome(await this.drive(run.runId, { idle: "stay", signal: options.signal ?? never }));
  }

  /**
   * Claims a run and drives it until it ends, stands still, or (with idle `leave`) waits.
   * @throws RUN_UNKNOWN; RUN_BUSY when another drives it and takeOver is false
   */
  drive(runId: RunId, options: DriveTerms): Promise<Run> {
    return this.#drives.drive(runId, options);
  }

  /** Claims runs that are due, as the store's `claimNext` does. */
  claimNext(request: RunChoice): Promise<Claimed[]> {
    return this.#drives.claimNext(request);
  }

  /** Milliseconds until claimNext may find a run of these entry points within these limits; null when none will be due by itself. */
  async untilDue(entryPoints: readonly DefinitionId[], limits?: RunLimits): Promise<number | null> {
    const due = await this.store.nextDue(entryPoints, limits);
    return due === null ? null : due - (await this.store.now());
  }

  /** Drives a run that was claimed, and gives the lease back. */
  driveClaimed(claimed: Claimed, options: DriveTerms): Promise<Run> {
    return this.#drives.driveClaimed(claimed, options);
  }

  /**
   * Resumes a run: it and its descendants go on where they are paused, recorded with who and why; then it is taken over and driven.
   * @throws RUN_ENDED when it has ended
   */
  async resume(runId: RunId, act: Act, options: { readonly detach?: boolean; readonly signal?: AbortSignal } = {}): Promise<Run> {
    const stored = await this.getStored(runId);
    if (hasEnded(stored.run.status)) throw runEnded(stored.run);
    const run = await unpauseRun(this.#context, runId, act);
    if (options.detach === true) return run;
    return this.drive(runId, { takeOver: true, idle: "stay", signal: options.signal ?? never });
  }

  /**
   * Ends a run for good, with who and why; its children are cancelled too. Where effects of it may be out there, it ends once a driver has
   * brought them to rest. @throws RUN_ENDED when it has ended
   */
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

  /** Every effect of a run that people have to agree to. @throws RUN_UNKNOWN; CERTIFICATION_FAILED where the code of its states is not here */
  approvals(runId: RunId): Promise<ApprovalRequest[]> {
    return readApprovals(this.#context, runId);
  }

  /**
   * Records that somebody agrees to what an effect intends.
   * @throws APPROVAL_NOT_AWAITED, APPROVAL_EXPIRED, OPERATOR_SIGNATURE_WRONG, OPERATOR_UNKNOWN, OPERATOR_SIGNATURE_REPEATED
   */
  approve(given: ApprovalGiven): Promise<Run> {
    return approveRun(this.#context, given);
  }

  /** What people have to decide about a run, from its verified stream. @throws RUN_UNKNOWN, HISTORY_INVALID */
  obligations(runId: RunId): Promise<OpenObligations> {
    return readObligations(this.#context, runId);
  }

  /** A decision about everything that is open, to be signed. @throws RESOLUTION_NOT_AWAITED, RESOLUTION_INCOMPLETE */
  draftResolution(runId: RunId, words: ResolutionWords): Promise<ResolutionStatement> {
    return draftResolution(this.#context, runId, words);
  }

  /**
   * Ends a run that stands before a person by what a quorum has signed.
   * @throws RESOLUTION_NOT_AWAITED, RESOLUTION_DIVERGES, RESOLUTION_FOREIGN, RESOLUTION_OUTDATED, RESOLUTION_INCOMPLETE, RESOLUTION_QUORUM_MISSING,
   * OPERATOR_SIGNATURE_WRONG, OPERATOR_UNKNOWN, OPERATOR_SIGNATURE_REPEATED
   */
  resolve(runId: RunId, signed: readonly SignedResolution[]): Promise<Run> {
    return resolveRun(this.#context, runId, signed);
  }

  /** Records what is known of a lane that is quarantined. @throws LANE_NOT_AWAITED */
  explainLane(explanation: Explanation): Promise<Run> {
    return explainLane(this.#context, explanation);
  }

  /** Asks for another candidate of an effect that is under way; whoever drives the run makes it. @throws EFFECT_NOT_OPEN, RUN_ENDED */
  requestCandidate(wish: CandidateWish): Promise<Run> {
    return requestCandidate(this.#context, wish);
  }

  /** @throws RUN_UNKNOWN */
  getStored(runId: RunId): Promise<StoredRun> {
    return getStored(this.store, runId);
  }

  /** The `Run` document from the verified stream. @throws RUN_UNKNOWN, HISTORY_INVALID */
  async status(runId: RunId): Promise<Run> {
    return (await loadFold(this.store, runId, { trustSnapshot: false })).run();
  }

  /** The output of a run that succeeded, as data. @throws OUTPUT_NOT_READY */
  async output(run: Run): Promise<Json> {
    if (run.outputs === null)
      throw new MfmError("OUTPUT_NOT_READY", `${run.runId} is ${run.status}`, { runId: run.runId, status: run.status });
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
}
