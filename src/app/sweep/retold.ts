/** A run as its stream says that it is: the fold, the rows of its effects, and what it did to lanes. */
import type { Digest } from "../../kernel/canonical.ts";
import { Fold } from "../../kernel/fold.ts";
import { EffectChanges } from "../../kernel/runtime/effect-changes.ts";
import { applyStored, artifactsOf, openStoredEvent, readSpecOf } from "../../kernel/runtime/history.ts";
import type { EffectRow, LaneMove } from "../../kernel/lanes.ts";
import type { StoredRun } from "../../kernel/leases.ts";
import type { Store } from "../../kernel/store.ts";
import { failure } from "../failure.ts";

export interface Waiting {
  readonly lane: string;
  readonly effect: Digest;
  /** The place of the event that put it into the queue, in the order of commits; of one event's effects, the order in which it did. */
  readonly since: number;
  readonly position: number;
}

export interface Retold {
  readonly stored: StoredRun;
  readonly fold: Fold;
  readonly effects: readonly EffectRow[];
  readonly moves: readonly LaneMove[];
  readonly queued: readonly Waiting[];
}

const eventsAtOnce = 500;

/** Up to the head that the run's row names. @throws HISTORY_INVALID, STORE_CORRUPT */
export async function retell(store: Store, stored: StoredRun): Promise<Retold> {
  const { runId, head } = stored.run;
  const changes = new EffectChanges();
  const waiting = new Map<Digest, Waiting>();
  let fold: Fold | undefined;
  let position = 0;
  for (let from = 0; from <= head.seq;) {
    const page = await store.readEvents(runId, from, Math.min(eventsAtOnce, head.seq + 1 - from));
    for (const event of page) {
      const sealed = openStoredEvent(runId, event);
      fold ??= new Fold(runId, await readSpecOf(sealed, artifactsOf(store)));
      applyStored(fold, sealed);
      for (const { effect, lane, place } of changes.take(fold, sealed.event)) {
        if (place !== "queued" || lane === null) waiting.delete(effect);
        else if (!waiting.has(effect)) waiting.set(effect, { lane, effect, since: event.order, position: position++ });
      }
    }
    if (page.length === 0) break;
    from += page.length;
  }
  if (fold?.head?.digest !== head.digest)
    throw failure("STORE_CORRUPT", `the stream of ${runId} does not lead to the head of its row`, { runId });
  return { stored, fold, effects: changes.effects, moves: changes.lanes, queued: [...waiting.values()] };
}
