/**
 * Driving one run under a lease: a thin shell around `decide`. It launches what is decided, commits what has landed, in the decided
 * order, and sleeps until something can have changed. Losing the lease, a conflict or a stop loses no committed thing.
 */
import { nullArtifact } from "../artifacts.ts";
import type { CertifiedSpec } from "../certify.ts";
import { decide } from "../decide.ts";
import { unreachable } from "../errors.ts";
import { cancelDrafts } from "../effects/closing.ts";
import type { Fold } from "../fold.ts";
import type { RunId } from "../names.ts";
import { earliest, nextDue } from "../next-due.ts";
import type { Act } from "../progress.ts";
import { type Run, hasEnded, isBeforePeople } from "../run.ts";
import type { Lease } from "../leases.ts";
import { Batch, batchLimit, settleAppend } from "./batch.ts";
import { ChildDrives } from "./child-drives.ts";
import { admitChild, followParent } from "./children.ts";
import { cancelChildrenOf } from "./acts.ts";
import type { Context } from "./context.ts";
import { type Call, EffectCalls } from "./effect-calls.ts";
import type { Flight } from "./flight.ts";
import { Flights } from "./flights.ts";
import { loadFold, snapshotInterval, writeSnapshot } from "./history.ts";
import { type Landed, landNext } from "./landing.ts";
import { takenOver } from "./leases.ts";
import { type Making, startChild, stepWork, succeed } from "./making.ts";
import { Values } from "./values.ts";
import { Wake } from "./wake.ts";

export interface DriveOptions {
  /** `stay`: wait for timers, signals and children. `leave`: return when nothing can be done now, so that a waiting run costs a row, not memory. */
  readonly idle: "stay" | "leave";
  /** Drives a child in this process while its parent stays; resolves when it ended or stands still. */
  readonly driveChild?: (runId: RunId, signal: AbortSignal) => Promise<Run>;
  /** Drives another run that is before this one in a lane, if nobody does, until it has nothing to do now. */
  readonly driveAhead?: (runId: RunId, signal: AbortSignal) => Promise<void>;
  /** Aborted to stop driving; the reason is thrown. */
  readonly signal: AbortSignal;
}

/** How often a driver looks for what others appended to its run, and for children that others drive. */
const pollMs = 250;
/** A run under a lease, and the code for it. */
export interface Leased {
  readonly lease: Lease;
  readonly certified: CertifiedSpec;
  readonly fold: Fold;
}

export class Driver {
  readonly #context: Context;
  readonly #lease: Lease;
  readonly #options: DriveOptions;
  readonly #wake = new Wake();
  readonly #values: Values;
  readonly #making: Making;
  readonly #flights = new Flights();
  readonly #children: ChildDrives;
  readonly #calls: EffectCalls;
  /** Who ends the run because its parent ended meanwhile. */
  #ending: Act | undefined;
  #endsChildren = false;
  #fold: Fold;
  #lastSnapshot: number;
  #lookAround = true;
  /** What stopped a flight, such as a store that fails: it stops this driver too. */
  #failure: { readonly error: unknown } | undefined;

  constructor(context: Context, { lease, certified, fold }: Leased, options: DriveOptions) {
    this.#context = context;
    this.#values = new Values(context.store);
    this.#calls = new EffectCalls(context);
    this.#lease = lease;
    this.#fold = fold;
    this.#making = { context, certified, values: this.#values, fold: () => this.#fold };
    this.#options = options;
    this.#children = new ChildDrives(options.driveChild, () => {
      this.#lookAround = true;
      this.#wake.notify();
    });
    this.#lastSnapshot = fold.head?.seq ?? 0;
  }

  /**
   * Drives until the run ends, pauses, or (with `leave`) waits.
   * @throws RUN_TAKEN_OVER when another driver claimed the run; STORE_* when the store fails; the reason of the signal when stopped
   */
  async drive(): Promise<Fold> {
    const stop = (): void => this.#wake.notify();
    this.#options.signal.addEventListener("abort", stop, { once: true });
    try {
      for (const index of this.#fold.stepsThat("child")) await admitChild(this.#context, this.#fold, index);
      while (!(await this.#turn()));
      return this.#fold;
    } finally {
      this.#options.signal.removeEventListener("abort", stop);
      this.#flights.abandon();
      this.#calls.abandon();
      await this.#children.stop();
    }
  }

  /** When a worker should look again if this driver leaves now. */
  get wakeAt(): number | null {
    if (this.#fold.phase.is !== "driving") return null;
    const run = this.#fold.run();
    const { status, waitingFor } = run;
    if (isBeforePeople(run)) return null;
    return status === "waiting" || status === "blocked" || (status === "compensating" && waitingFor.length > 0)
      ? earliest(nextDue(this.#fold), this.#calls.nextDue(this.#fold))
      : this.#context.clock.now();
  }

  /** Commits what there is, launches what is next, waits. True when there is nothing more to do here. */
  async #turn(): Promise<boolean> {
    this.#options.signal.throwIfAborted();
    const failure = this.#failure ?? this.#children.failure;
    if (failure !== undefined) throw failure.error;
    const batch = new Batch(this.#fold, this.#context.clock.now());
    const landed: Landed = { flights: [], calls: [] };
    const wakeAt = await this.#advance(batch, landed);
    if (batch.events.length > 0 && !(await this.#commit(batch, landed))) return false;
    if (this.#fold.phase.is !== "driving") return true;
    for (const work of [...this.#flights.unlaunched(), ...this.#calls.unlaunched()]) this.#launch(work);
    // What was committed may have made more possible at once.
    if (batch.events.length >= batchLimit || this.#flights.hasLanded || this.#calls.hasLanded) return false;
    const isIdle = this.#flights.size === 0 && this.#calls.size === 0;
    if (isIdle && this.#options.idle === "leave") {
      // After a commit, a child may have ended meanwhile: look once more before leaving.
      this.#lookAround = batch.events.length > 0;
      return batch.events.length === 0;
    }
    if (isIdle && (this.#children.areAllAtRest(this.#fold) || this.#fold.run().status === "blocked")) return true;
    await this.#driveAhead();
    await this.#sleep(wakeAt);
    return false;
  }

  /** Fills the batch with everything that can be said now, in the one legal order. */
  async #advance(batch: Batch, landed: Landed): Promise<number | null> {
    if (this.#ending !== undefined && !this.#fold.ended) batch.addAll(cancelDrafts(this.#fold, this.#ending), []);
    else if (this.#lookAround) await this.#children.collect(this.#context.store, this.#fold, batch);
    if (this.#lookAround && this.#fold.awaitsChildren) await this.#endChildren();
    this.#lookAround = false;
    for (;;) {
      const inFlight = new Set([...this.#flights.indices, ...this.#calls.indices]);
      const decision = decide(this.#fold, inFlight, this.#context.clock.now(), nullArtifact.ref);
      switch (decision.kind) {
        case "rest":
          return null;
        case "stop":
          batch.add(decision.draft);
          return null;
        case "succeed":
          await succeed(this.#making, batch);
          return null;
        case "close": {
          this.#flights.abandon();
          this.#calls.abandonVain(this.#fold);
          batch.addAll(decision.drafts, []);
          const due = this.#calls.start(this.#fold, decision.moves);
          if (this.#landNext(batch, landed, "calls") || decision.drafts.length > 0) break;
          return due;
        }
        case "continue": {
          for (const draft of decision.drafts) {
            const artifacts = draft.type === "StepCompleted" ? [nullArtifact.artifact] : [];
            batch.add(draft, ...artifacts);
            this.#values.bring(artifacts);
          }
          for (const index of decision.children) await startChild(this.#making, batch, index);
          for (const index of decision.start) this.#flights.start(this.#fold, index);
          const due = earliest(decision.wakeAt, this.#calls.start(this.#fold, decision.moves));
          // A child that could not be planned has closed the run: then no attempt lands any more.
          const lands = decision.children.length === 0 && this.#landNext(batch, landed, "all");
          if (!lands && decision.drafts.length === 0 && decision.children.length === 0) return due;
          if (batch.events.length >= batchLimit) return null;
          break;
        }
        default:
          return unreachable(decision);
      }
    }
  }

  /** What children have sent comes to rest before what took effect here is undone. Those that stand still have something to do by that. */
  async #endChildren(): Promise<void> {
    await cancelChildrenOf(this.#context, this.#fold.runId);
    if (!this.#endsChildren) this.#children.wakeAll();
    this.#endsChildren = true;
  }

  #landNext(batch: Batch, landed: Landed, what: "calls" | "all"): boolean {
    return landNext({ fold: this.#fold, flights: this.#flights, calls: this.#calls, values: this.#values }, { batch, landed, what });
  }

  async #commit(batch: Batch, landed: Landed): Promise<boolean> {
    const append = batch.append(this.#lease.fence, this.#wakeAtAfterCommit(batch));
    const result = await settleAppend(this.#context.store, append, this.#context.watch);
    this.#values.settle();
    switch (result.kind) {
      case "appended":
        return this.#committed(batch);
      case "fenced":
        throw takenOver(this.#lease);
      case "conflict":
      case "laneMoved":
        await this.#reload(landed);
        return false;
      default:
        return unreachable(result);
    }
  }

  /** When the run must be looked at if this process ends right after the commit: now, if there is a step to do or a child to admit. */
  #wakeAtAfterCommit(batch: Batch): number | null {
    const unfinished = this.#flights.size > 0 || this.#calls.size > 0 || batch.events.some(({ event }) => event.type === "ChildStarted");
    return unfinished ? this.#context.clock.now() : this.wakeAt;
  }

  async #committed(batch: Batch): Promise<true> {
    for (const { event } of batch.events) {
      if (event.type !== "ChildStarted") continue;
      await admitChild(this.#context, this.#fold, this.#fold.indexOf(event.data.step) ?? -1);
      this.#children.drive(event.data.runId as RunId);
    }
    const seq = this.#fold.head?.seq ?? 0;
    if (seq - this.#lastSnapshot >= snapshotInterval && !this.#fold.ended) {
      this.#lastSnapshot = seq;
      // A snapshot is a cache: a store that cannot take it now is no reason to stop.
      await writeSnapshot(this.#context.store, this.#fold).catch(() => undefined);
    }
    return true;
  }

  /** Somebody else appended (a signal, a cancel): takes the stream as it is, and keeps what landed if it still fits. */
  async #reload(landed: Landed): Promise<void> {
    this.#fold = await loadFold(this.#context.store, this.#fold.runId, { trustSnapshot: true });
    this.#flights.reload(this.#fold, landed.flights);
    this.#calls.reload(this.#fold, landed.calls);
    this.#lookAround = true;
  }

  #launch(work: Flight | Call): void {
    const launched =
      "indices" in work
        ? work.launch(
            this.#context,
            work.indices.map((index) => stepWork(this.#making, index)),
          )
        : work.launch(this.#context, stepWork(this.#making, work.index));
    void launched.catch((error: unknown) => (this.#failure ??= { error })).finally(() => this.#wake.notify());
  }

  async #sleep(wakeAt: number | null): Promise<void> {
    const { clock, store } = this.#context;
    const untilDue = wakeAt === null ? pollMs : Math.max(0, wakeAt - clock.now());
    const cancel = clock.timer(Math.min(untilDue, pollMs), () => {
      this.#lookAround = true;
      this.#children.lookAgain();
      this.#calls.lookAgain();
      this.#wake.notify();
    });
    await this.#wake.wait();
    cancel();
    if (!this.#lookAround || this.#options.signal.aborted) return;
    const stored = await store.readRun(this.#fold.runId);
    if (stored === undefined) return;
    if (stored.lease?.fence !== this.#lease.fence && !hasEnded(stored.run.status)) throw takenOver(this.#lease);
    // The end of a parent pokes its children.
    if (stored.poked) this.#ending = await followParent(store, stored);
    if (stored.run.head.digest !== this.#fold.head?.digest) await this.#reload({ flights: [], calls: [] });
  }

  /** Whoever is before this run in a lane may be driven by nobody: then it is driven from here, until it lets go. */
  async #driveAhead(): Promise<void> {
    const { driveAhead, signal } = this.#options;
    if (driveAhead === undefined) return;
    for (const runId of this.#calls.ahead) await driveAhead(runId, signal);
  }
}
