/** The children that a process drives along with their parent, while it stays. */
import { MfmError } from "../errors.ts";
import type { Fold } from "../fold.ts";
import type { RunId } from "../names.ts";
import { type Run, childWindow, hasEnded } from "../run.ts";
import type { Store } from "../store.ts";
import type { Batch } from "./batch.ts";
import { collectChild } from "./children.ts";

export class ChildDrives {
  readonly #driveChild: ((runId: RunId, signal: AbortSignal) => Promise<Run>) | undefined;
  readonly #settled: () => void;
  readonly #under = new Map<RunId, Promise<void>>();
  readonly #atRest = new Set<RunId>();
  readonly #elsewhere = new Set<RunId>();
  readonly #stop = new AbortController();
  /** What stopped the driving of a child here, such as a store that fails. */
  failure: { readonly error: unknown } | undefined;

  /** `driveChild` resolves when the child ended or stands still; without it, nothing is driven here. `settled` is told after each. */
  constructor(driveChild: ((runId: RunId, signal: AbortSignal) => Promise<Run>) | undefined, settled: () => void) {
    this.#driveChild = driveChild;
    this.#settled = settled;
  }

  /** Drives a child unless it is being driven, stands still, or was busy elsewhere since the last look. */
  drive(runId: RunId): void {
    if (this.#driveChild === undefined || this.#under.has(runId) || this.#atRest.has(runId) || this.#elsewhere.has(runId)) return;
    const settle = (where: Set<RunId> | undefined): void => {
      where?.add(runId);
      this.#under.delete(runId);
      this.#settled();
    };
    const driven = this.#driveChild(runId, this.#stop.signal).then(
      (run) => settle(hasEnded(run.status) ? undefined : this.#atRest),
      (error: unknown) => {
        if (!isElsewhere(error)) this.failure ??= { error };
        settle(this.#elsewhere);
      },
    );
    this.#under.set(runId, driven);
  }

  /** Takes in the ends of children, and drives those that go on. */
  async collect(store: Store, fold: Fold, batch: Batch): Promise<void> {
    for (const index of fold.stepsThat("child")) {
      if (fold.phase.is !== "driving") return;
      const draft = await collectChild(store, fold, index);
      const progress = fold.progressAt(index);
      if (draft !== undefined) batch.add(draft);
      else if (progress.is === "child") this.drive(progress.runId);
    }
  }

  /** Whether everything that is left waits for children that stand still until a person acts, or for their turn among them. */
  areAllAtRest(fold: Fold): boolean {
    if (fold.awaitsChildren && fold.effects.isAtRest) return fold.stepsThat("child").every((index) => this.#isAtRest(fold, index));
    const awaited = fold.stepsThat("child").length;
    return fold.ready.every((index) => {
      const progress = fold.progressAt(index);
      if (progress.is === "child") return this.#isAtRest(fold, index);
      return progress.is === "open" && fold.stepAt(index).kind === "child" && awaited >= childWindow;
    });
  }

  #isAtRest(fold: Fold, index: number): boolean {
    const progress = fold.progressAt(index);
    return progress.is === "child" && this.#atRest.has(progress.runId);
  }

  /** Those that stood still may go on. */
  wakeAll(): void {
    this.#atRest.clear();
  }

  /** Those that were busy elsewhere may be free by now. */
  lookAgain(): void {
    this.#elsewhere.clear();
  }

  /** The parent is not driven here any more, so neither are its children: their leases are given back to whoever comes next. */
  async stop(): Promise<void> {
    if (this.#under.size === 0) return;
    this.#stop.abort(new Error("the parent is not driven here any more"));
    await Promise.all(this.#under.values());
  }
}

/** Driven by another process, or not even admitted yet by the one that took the parent over. */
function isElsewhere(error: unknown): boolean {
  return error instanceof MfmError && (error.code === "RUN_BUSY" || error.code === "RUN_TAKEN_OVER" || error.code === "RUN_UNKNOWN");
}
