/** The calls for a run's effects that are under way in one drive. They land in any order: the order law speaks of runs without writes. */
import type { EffectMove } from "../effects/closing.ts";
import { isAtRest, isPastBoundary } from "../effects/ledger.ts";
import type { Fold } from "../fold.ts";
import type { Context } from "./context.ts";
import { EffectCall } from "./effect-call.ts";

/** Calls for effects at once in one run. */
const callWindow = 16;

export class EffectCalls {
  readonly #context: Context;
  readonly #calls = new Map<number, EffectCall>();

  constructor(context: Context) {
    this.#context = context;
  }

  get size(): number {
    return this.#calls.size;
  }

  get indices(): Iterable<number> {
    return this.#calls.keys();
  }

  get hasLanded(): boolean {
    return [...this.#calls.values()].some(({ landing }) => landing !== undefined);
  }

  /** Decides calls for what is due; those that do not fit into the window come when one lands. @returns when the next is due by itself */
  start(fold: Fold, moves: readonly EffectMove[]): number | null {
    const { clock, looks } = this.#context;
    const now = clock.now();
    let next: number | null = null;
    for (const one of moves) {
      const effect = fold.effects.get(one.index);
      if (effect === undefined || this.#calls.has(one.index) || this.#calls.size >= callWindow) continue;
      const due = looks.dueAt(fold.runId, fold.stepAt(one.index).key);
      if (isPastBoundary(effect) && due > now) next = Math.min(next ?? due, due);
      else this.#calls.set(one.index, new EffectCall(one, effect));
    }
    return next;
  }

  /** Those that were decided, and are launched once what they follow from is committed. */
  unlaunched(): EffectCall[] {
    return [...this.#calls.values()].filter(({ launched }) => !launched);
  }

  /** Takes out a call that has landed. */
  takeLanded(): EffectCall | undefined {
    for (const call of this.#calls.values()) {
      if (call.landing === undefined) continue;
      this.#calls.delete(call.index);
      return call;
    }
    return undefined;
  }

  /** To be told of a landed call, once its events are in the fold. */
  landed(fold: Fold, { index }: EffectCall): void {
    const effect = fold.effects.get(index);
    const step = fold.stepAt(index);
    if (effect === undefined || step.kind !== "state") return;
    if (isAtRest(effect)) this.#context.looks.forget(fold.runId, step.key);
    else if (isPastBoundary(effect)) this.#context.looks.looked(this.#context, fold.runId, step);
  }

  /** Somebody else appended: keeps what was launched and still follows from what is there. */
  reload(fold: Fold, landed: readonly EffectCall[]): void {
    const all = [...landed, ...this.#calls.values()];
    this.#calls.clear();
    for (const call of all) {
      const effect = fold.effects.get(call.index);
      const isSame = effect?.is === call.effect.is && effect.candidates.length === call.effect.candidates.length;
      if (isSame && call.launched && fold.phase.is === "driving") this.#calls.set(call.index, call);
      else call.abandon();
    }
  }

  /** Ends calls without a trace; with `preparations`, only those of which nothing can have left. */
  abandon(what: "all" | "preparations"): void {
    for (const call of this.#calls.values()) {
      if (what === "preparations" && call.move !== "prepare") continue;
      this.#calls.delete(call.index);
      call.abandon();
    }
  }

  /** When an effect is due by itself, in Unix milliseconds; null where none may be out there. */
  nextDue(fold: Fold): number | null {
    const { clock, looks } = this.#context;
    const times = fold.effects.open.flatMap((index) => {
      const effect = fold.effects.get(index);
      return effect !== undefined && isPastBoundary(effect) ? [Math.max(clock.now(), looks.dueAt(fold.runId, fold.stepAt(index).key))] : [];
    });
    return times.length === 0 ? null : Math.min(...times);
  }
}
