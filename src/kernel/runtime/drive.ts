/**
 * Driving one run under a lease: a thin shell around `decide`. It launches what is decided, commits what has landed, in the decided
 * order, and sleeps until something can have changed. Losing the lease, a conflict or a stop loses no committed thing.
 */
import { jsonArtifact, nullArtifact } from "../artifacts.ts";
import { toCanonical } from "../canonical.ts";
import type { CertifiedSpec } from "../certify.ts";
import { decide } from "../decide.ts";
import { MfmError, unreachable } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import { type Fold, nextDue } from "../fold.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import { type Run, childWindow, hasEnded } from "../run.ts";
import type { Lease } from "../store.ts";
import { Batch, settleAppend } from "./batch.ts";
import { ChildDrives } from "./child-drives.ts";
import { admitChild, collectChild, followParent, planChild } from "./children.ts";
import type { Context } from "./context.ts";
import { Flight, type Landing } from "./flight.ts";
import { loadFold, snapshotInterval, writeSnapshot } from "./history.ts";
import { takenOver } from "./leases.ts";
import { Values } from "./values.ts";
import { Wake } from "./wake.ts";

export interface DriveOptions {
  /** `stay`: wait for timers, signals and children. `leave`: return when nothing can be done now, so that a waiting run costs a row, not memory. */
  readonly idle: "stay" | "leave";
  /** Drives a child in this process while its parent stays; resolves when it ended or stands still. */
  readonly driveChild?: (runId: RunId, signal: AbortSignal) => Promise<Run>;
  /** Aborted to stop driving; the reason is thrown. */
  readonly signal: AbortSignal;
}

/** How often a driver looks for what others appended to its run, and for children that others drive. */
const pollMs = 250;
const batchLimit = 256;

/** A run under a lease, and the code for it. */
export interface Leased {
  readonly lease: Lease;
  readonly certified: CertifiedSpec;
  readonly fold: Fold;
}

export class Driver {
  readonly #context: Context;
  readonly #lease: Lease;
  readonly #certified: CertifiedSpec;
  readonly #options: DriveOptions;
  readonly #wake = new Wake();
  readonly #values: Values;
  /** In the order they were started, which is the order they are committed in. */
  #flights = new Map<number, Flight>();
  readonly #children: ChildDrives;
  /** What ends the run because its parent ended meanwhile. */
  #cancelled: EventDraft | undefined;
  #fold: Fold;
  #lastSnapshot: number;
  #lookAround = true;
  /** What stopped a flight, such as a store that fails: it stops this driver too. */
  #failure: { readonly error: unknown } | undefined;

  constructor(context: Context, { lease, certified, fold }: Leased, options: DriveOptions) {
    this.#context = context;
    this.#values = new Values(context.store);
    this.#lease = lease;
    this.#certified = certified;
    this.#fold = fold;
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
      for (const flight of this.#flights.values()) flight.abandon();
      await this.#children.stop();
    }
  }

  /** When a worker should look again if this driver leaves now. */
  get wakeAt(): number | null {
    if (this.#fold.phase.is !== "driving") return null;
    return this.#fold.run().status === "waiting" ? nextDue(this.#fold) : this.#context.clock.now();
  }

  /** Commits what there is, launches what is next, waits. True when there is nothing more to do here. */
  async #turn(): Promise<boolean> {
    this.#options.signal.throwIfAborted();
    const failure = this.#failure ?? this.#children.failure;
    if (failure !== undefined) throw failure.error;
    const batch = new Batch(this.#fold, this.#context.clock.now());
    const landed: Flight[] = [];
    const wakeAt = await this.#advance(batch, landed);
    if (batch.events.length > 0 && !(await this.#commit(batch, landed))) return false;
    if (this.#fold.phase.is !== "driving") return true;
    for (const flight of this.#flights.values()) if (!flight.launched) this.#launch(flight);
    // What was committed may have made more possible at once.
    if (batch.events.length >= batchLimit || this.#firstLanded() !== undefined) return false;
    if (this.#flights.size === 0 && this.#options.idle === "leave") {
      // After a commit, a child may have ended meanwhile: look once more before leaving.
      this.#lookAround = batch.events.length > 0;
      return batch.events.length === 0;
    }
    if (this.#flights.size === 0 && this.#allChildrenAtRest()) return true;
    await this.#sleep(wakeAt);
    return false;
  }

  #firstLanded(): Flight | undefined {
    const [first] = this.#flights.values();
    return first?.landing === undefined ? undefined : first;
  }

  /** Fills the batch with everything that can be said now, in the one legal order. */
  async #advance(batch: Batch, landed: Flight[]): Promise<number | null> {
    if (this.#cancelled !== undefined && !this.#fold.ended) batch.add(this.#cancelled);
    else if (this.#lookAround) await this.#collectChildren(batch);
    this.#lookAround = false;
    for (;;) {
      const decision = decide(this.#fold, new Set(this.#flights.keys()), this.#context.clock.now(), nullArtifact.ref);
      switch (decision.kind) {
        case "rest":
          return null;
        case "stop":
          batch.add(decision.draft);
          return null;
        case "succeed":
          await this.#succeed(batch);
          return null;
        case "continue": {
          for (const draft of decision.drafts) batch.add(draft, ...(draft.type === "StepCompleted" ? [nullArtifact.artifact] : []));
          for (const index of decision.children) await this.#startChild(batch, index);
          for (const index of decision.start) this.#flights.set(index, new Flight(index, this.#fold.attempts(index) + 1));
          const flight = this.#firstLanded();
          if (flight?.landing !== undefined && batch.events.length < batchLimit) {
            this.#flights.delete(flight.index);
            landed.push(flight);
            this.#land(batch, flight.landing);
          } else if (decision.drafts.length === 0 && decision.children.length === 0) return decision.wakeAt;
          if (batch.events.length >= batchLimit) return null;
          break;
        }
        default:
          return unreachable(decision);
      }
    }
  }

  /** What a step put out is remembered at once: the run's output may be made of it in the same batch. */
  #land(batch: Batch, { draft, artifacts }: Landing): void {
    batch.add(draft, ...artifacts);
    const body = draft.type === "StepCompleted" ? artifacts.at(-1)?.body : undefined;
    if (draft.type === "StepCompleted" && typeof body === "string")
      this.#values.remember(draft.data.output.digest, JSON.parse(body) as Json);
  }

  async #commit(batch: Batch, landed: readonly Flight[]): Promise<boolean> {
    const append = batch.append(this.#lease.fence, this.#wakeAtAfterCommit(batch));
    const result = await settleAppend(this.#context.store, append, this.#context.watch);
    switch (result.kind) {
      case "appended":
        return this.#committed(batch);
      case "fenced":
        throw takenOver(this.#lease);
      case "conflict":
        await this.#reload(landed);
        return false;
      default:
        return unreachable(result);
    }
  }

  /** When the run must be looked at if this process ends right after the commit: now, if there is a step to do or a child to admit. */
  #wakeAtAfterCommit(batch: Batch): number | null {
    const unfinished = this.#flights.size > 0 || batch.events.some(({ event }) => event.type === "ChildStarted");
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

  /**
   * Somebody else appended (a signal, a cancel): take the stream as it is, and keep what landed if it still fits. A flight that was not
   * launched may follow from what was not committed, so it is decided again.
   */
  async #reload(landed: readonly Flight[]): Promise<void> {
    this.#fold = await loadFold(this.#context.store, this.#fold.runId, { trustSnapshot: true });
    const all = [...landed, ...this.#flights.values()];
    this.#flights = new Map();
    for (const flight of all) {
      const progress = this.#fold.progressAt(flight.index);
      const fits = (progress.is === "open" || progress.is === "failed") && flight.attempt === this.#fold.attempts(flight.index) + 1;
      if (fits && flight.launched && this.#fold.phase.is === "driving") this.#flights.set(flight.index, flight);
      else flight.abandon();
    }
    this.#lookAround = true;
  }

  #launch(flight: Flight): void {
    const step = this.#fold.stepAt(flight.index);
    const state = this.#certified.states.get(step.key);
    if (step.kind !== "state" || state === undefined) throw new MfmError("INTERNAL", `step ${step.key} has no code`);
    const input = (): Promise<Json> => this.#values.resolve(this.#fold, step.input);
    void flight
      .launch(this.#context, { runId: this.#fold.runId, step, state, input })
      .catch((error: unknown) => (this.#failure ??= { error }))
      .finally(() => this.#wake.notify());
  }

  async #succeed(batch: Batch): Promise<void> {
    const data = await this.#values.resolve(this.#fold, this.#certified.spec.output.binding);
    const { ref, artifact } = jsonArtifact("output", toCanonical(data));
    batch.add({ type: "RunSucceeded", data: { output: ref } }, artifact);
  }

  async #startChild(batch: Batch, index: number): Promise<void> {
    const step = this.#fold.stepAt(index);
    if (step.kind !== "child") throw new MfmError("INTERNAL", `step ${step.key} is no child`);
    const { draft, artifacts } = planChild(this.#context, this.#fold.runId, {
      step,
      attempt: this.#fold.attempts(index) + 1,
      config: await this.#values.resolve(this.#fold, step.config),
    });
    batch.add(draft, ...artifacts);
  }

  async #collectChildren(batch: Batch): Promise<void> {
    for (const index of this.#fold.stepsThat("child")) {
      if (this.#fold.phase.is !== "driving") return;
      const draft: EventDraft | undefined = await collectChild(this.#context.store, this.#fold, index);
      const progress = this.#fold.progressAt(index);
      if (draft !== undefined) batch.add(draft);
      else if (progress.is === "child") this.#children.drive(progress.runId);
    }
  }

  /** Everything that is left waits for children that stand still until a person acts, or for their turn among them. */
  #allChildrenAtRest(): boolean {
    const awaited = this.#fold.stepsThat("child").length;
    return this.#fold.ready.every((index) => {
      const progress = this.#fold.progressAt(index);
      if (progress.is === "child") return this.#children.isAtRest(progress.runId);
      return progress.is === "open" && this.#fold.stepAt(index).kind === "child" && awaited >= childWindow;
    });
  }

  async #sleep(wakeAt: number | null): Promise<void> {
    const { clock, store } = this.#context;
    const untilDue = wakeAt === null ? pollMs : Math.max(0, wakeAt - clock.now());
    const cancel = clock.timer(Math.min(untilDue, pollMs), () => {
      this.#lookAround = true;
      this.#children.lookAgain();
      this.#wake.notify();
    });
    await this.#wake.wait();
    cancel();
    if (!this.#lookAround || this.#options.signal.aborted) return;
    const stored = await store.readRun(this.#fold.runId);
    if (stored === undefined) return;
    if (stored.lease?.fence !== this.#lease.fence && !hasEnded(stored.run.status)) throw takenOver(this.#lease);
    // The end of a parent pokes its children.
    if (stored.poked) this.#cancelled = await followParent(store, stored);
    if (stored.run.head.digest !== this.#fold.head?.digest) await this.#reload([]);
  }
}
