/** Effects and lanes as the model keeps them: plain rows, looked through from end to end. */
import type { RunId } from "../../kernel/names.ts";
import type { EffectFilter, EffectRow, Lane, LaneRepair, ListedEffect, PlacedEffect } from "../../kernel/lanes.ts";
import type { Append } from "../../kernel/store.ts";

interface ModelEffect {
  readonly number: number;
  readonly runId: RunId;
  row: EffectRow;
  /** The order in which it came into the queue. */
  ticket: number;
}

interface ModelLane {
  seq: number;
  next: number | null;
}

export class ModelLanes {
  readonly #effects = new Map<string, ModelEffect>();
  readonly #lanes = new Map<string, ModelLane>();
  #tickets = 0;

  /** The lane in which somebody else was given a slot since; undefined: none. */
  movedIn({ lanes = [] }: Append): string | undefined {
    return lanes.find(({ lane, take }) => take !== null && take.seq !== (this.#lanes.get(lane)?.seq ?? 0))?.lane;
  }

  /** Takes an append in that holds. @returns the runs whose turn it is now in its lanes */
  write({ runId, effects = [], lanes = [] }: Append): RunId[] {
    for (const row of effects) this.#put(runId, row);
    for (const { lane, take, next } of lanes) {
      const known = this.#lanes.get(lane) ?? { seq: 0, next: null };
      known.seq += take?.slots ?? 0;
      if (next !== null) known.next = Math.max(known.next ?? next, next);
      this.#lanes.set(lane, known);
    }
    return lanes.flatMap(({ lane }) => {
      const first = this.#placed(lane).some(({ row }) => row.place === "held") ? undefined : this.#queue(lane)[0];
      return first === undefined || first.runId === runId ? [] : [first.runId];
    });
  }

  #put(runId: RunId, row: EffectRow): void {
    const known = this.#effects.get(row.effect);
    const becomesQueued = row.place === "queued" && known?.row.place !== "queued";
    const ticket = becomesQueued ? ++this.#tickets : (known?.ticket ?? 0);
    this.#effects.set(row.effect, { number: known?.number ?? this.#effects.size + 1, runId, row: { ...row }, ticket });
  }

  #placed(lane: string): ModelEffect[] {
    return [...this.#effects.values()].filter(({ row }) => row.lane === lane && row.place !== null);
  }

  #queue(lane: string): ModelEffect[] {
    return this.#placed(lane)
      .filter(({ row }) => row.place === "queued")
      .toSorted((left, right) => left.ticket - right.ticket);
  }

  /** The rows of a run are these, and no others. */
  repairRun(runId: RunId, rows: readonly EffectRow[]): void {
    for (const [effect, { runId: owner }] of this.#effects)
      if (owner === runId && !rows.some((row) => row.effect === effect)) this.#effects.delete(effect);
    for (const row of rows) this.#put(runId, row);
  }

  repairLane({ lane, seq, next, queue }: LaneRepair): boolean {
    const queued = this.#queue(lane);
    if (queued.length !== queue.length || queued.some(({ row }) => !queue.includes(row.effect))) return false;
    for (const effect of queue) {
      const found = this.#effects.get(effect);
      if (found !== undefined) found.ticket = ++this.#tickets;
    }
    this.#lanes.set(lane, { seq, next });
    return true;
  }

  readLane(lane: string, queued: number): Lane | undefined {
    const known = this.#lanes.get(lane);
    if (known === undefined) return undefined;
    const queue = this.#queue(lane);
    const taken = this.#placed(lane).filter(({ row }) => row.place !== "queued");
    return {
      lane,
      ...known,
      taken: taken.toSorted((left, right) => (left.row.slot ?? 0) - (right.row.slot ?? 0)).map(placedOf),
      queue: queue.slice(0, queued).map(placedOf),
      queued: queue.length,
    };
  }

  listLanes(): string[] {
    return [...this.#lanes.keys()].toSorted();
  }

  listEffects({ runId, lane, is, identity, before, limit }: EffectFilter): ListedEffect[] {
    return [...this.#effects.values()]
      .filter((effect) => runId === undefined || effect.runId === runId)
      .filter(({ row }) => lane === undefined || row.lane === lane)
      .filter(({ row }) => is === undefined || row.is === is)
      .filter(({ row }) => identity === undefined || row.identity?.startsWith(identity) === true)
      .filter(({ number }) => before === undefined || number < before)
      .toSorted((left, right) => right.number - left.number)
      .slice(0, limit)
      .map(({ number, runId: owner, row }) => Object.assign({ runId: owner, number }, row));
  }
}

function placedOf({ runId, row: { step, effect, slot, place } }: ModelEffect): PlacedEffect {
  return { runId, step, effect, slot, place: place ?? "queued" };
}
