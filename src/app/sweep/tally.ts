/** What the streams of all runs did to lanes, added up. */
import type { Digest } from "../../kernel/canonical.ts";
import type { Retold, Waiting } from "./retold.ts";

export interface Told {
  readonly seq: number;
  readonly next: number | null;
  /** In turn. */
  readonly queue: readonly Digest[];
}

interface Sum {
  seq: number;
  next: number | null;
  readonly queue: Waiting[];
}

export class LaneTally {
  readonly #lanes = new Map<string, Sum>();

  get names(): string[] {
    return [...this.#lanes.keys()];
  }

  add({ moves, queued }: Retold): void {
    for (const { lane, take, next } of moves) {
      const sum = this.#sum(lane);
      sum.seq += take?.slots ?? 0;
      if (next !== null) sum.next = Math.max(sum.next ?? next, next);
    }
    for (const waiting of queued) this.#sum(waiting.lane).queue.push(waiting);
  }

  told(lane: string): Told | undefined {
    const sum = this.#lanes.get(lane);
    if (sum === undefined) return undefined;
    const queue = sum.queue.toSorted((left, right) =>
      left.since === right.since ? left.position - right.position : left.since - right.since,
    );
    return { seq: sum.seq, next: sum.next, queue: queue.map(({ effect }) => effect) };
  }

  #sum(lane: string): Sum {
    const sum = this.#lanes.get(lane) ?? { seq: 0, next: null, queue: [] };
    this.#lanes.set(lane, sum);
    return sum;
  }
}
