/** What events of a run change in the store's rows of effects and lanes, gathered for the append that brings them. */
import type { Digest } from "../canonical.ts";
import { effectRow, joinMoves, laneMoveOf } from "../effects/lane-moves.ts";
import type { Effect } from "../effects/ledger.ts";
import { type EventDraft, isEffectEvent } from "../events.ts";
import type { Fold } from "../fold.ts";
import type { EffectRow, LaneMove } from "../lanes.ts";

export class EffectChanges {
  /** The effects that the events changed, or their places, as they are after them. */
  readonly #effects = new Map<Digest, EffectRow>();
  readonly #lanes = new Map<string, LaneMove>();

  get effects(): EffectRow[] {
    return [...this.#effects.values()];
  }

  get lanes(): LaneMove[] {
    return [...this.#lanes.values()];
  }

  /** Takes an event in that was applied to the fold. @returns the effects that it changed */
  take(fold: Fold, draft: EventDraft): EffectRow[] {
    if (isEffectEvent(draft)) {
      const index = fold.indexOf(draft.data.step) ?? -1;
      const effect = fold.effects.get(index);
      if (effect === undefined) return [];
      const move = laneMoveOf(draft, effect);
      if (move !== undefined) this.#move(move);
      return [this.#put(fold, index, effect)];
    }
    // A run that rests does not wait in queues, where others would wait behind it.
    if (draft.type !== "RunPaused" && draft.type !== "RunResumed" && draft.type !== "CancelRequested") return [];
    const changed: EffectRow[] = [];
    for (const index of fold.effects.open) {
      const effect = fold.effects.get(index);
      if (effect?.lane === null || effect?.lane === undefined || effect.place !== null) continue;
      changed.push(this.#put(fold, index, effect));
      this.#move({ lane: effect.lane, take: null, next: null });
    }
    return changed;
  }

  #put(fold: Fold, index: number, effect: Effect): EffectRow {
    const row = effectRow(fold.spec, fold.stepAt(index), effect, fold.phase.is === "driving");
    this.#effects.set(effect.id, row);
    return row;
  }

  #move(move: LaneMove): void {
    const known = this.#lanes.get(move.lane);
    this.#lanes.set(move.lane, known === undefined ? move : joinMoves(known, move));
  }
}
