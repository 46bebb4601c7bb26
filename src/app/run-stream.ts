/** Following what changes in a store: the events of one run, or the runs themselves. The store is polled: its order is the only truth about order. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "../kernel/canonical.ts";
import type { RunEvent } from "../kernel/events.ts";
import type { RunId } from "../kernel/names.ts";
import { type Run, hasEnded } from "../kernel/run.ts";
import { openStoredEvent } from "../kernel/runtime/history.ts";
import type { Store } from "../kernel/store.ts";
import { withRecords } from "./engine.ts";
import type { Place } from "./place.ts";
import { resolveRunId } from "./run-ids.ts";
import { type RunQuery, filterOf } from "./run-list.ts";

const page = 500;
const pollMs = 250;

/** An event with the digest of its canonical bytes, as in a bundle. */
export interface ShownEvent {
  readonly digest: Digest;
  readonly event: RunEvent;
}

export interface EventsRequest {
  readonly run: string;
  /** Goes on until the run has ended. */
  readonly follow: boolean;
  readonly onEvents: (events: readonly ShownEvent[]) => Promise<void> | void;
}

/** Tells the events of a run in order; returns its id. @throws RUN_UNKNOWN, HISTORY_INVALID */
export async function readRunEvents(place: Place, request: EventsRequest): Promise<RunId> {
  return withRecords(place, async ({ runtime: { store } }) => {
    const runId = await resolveRunId(store, request.run);
    for (let from = 0; ;) {
      const run = await store.readRun(runId);
      from = await tellFrom(store, runId, { from, tell: request.onEvents });
      // Read before the events: an end that came meanwhile is told in the next round.
      if (!request.follow || run === undefined || (hasEnded(run.run.status) && from > run.run.head.seq)) return runId;
      await sleep(pollMs);
    }
  });
}

async function tellFrom(
  store: Store,
  runId: RunId,
  reading: { readonly from: number; readonly tell: EventsRequest["onEvents"] },
): Promise<number> {
  for (let from = reading.from; ;) {
    const events = await store.readEvents(runId, from, page);
    if (events.length > 0)
      await reading.tell(events.map((stored) => ({ digest: stored.digest, event: openStoredEvent(runId, stored).event })));
    from += events.length;
    if (events.length < page) return from;
  }
}

/** Tells the runs that match, oldest first, and each again when it changed; until the signal. */
export async function watchRuns(
  place: Place,
  query: RunQuery,
  watching: { readonly signal: AbortSignal; readonly onRun: (run: Run) => Promise<void> },
): Promise<void> {
  const filter = filterOf(query);
  await withRecords(place, async ({ runtime: { store } }) => {
    const seen = new Map<RunId, Digest>();
    while (!watching.signal.aborted) {
      for (const { run } of (await store.listRuns(filter)).toReversed()) {
        if (seen.get(run.runId) === run.head.digest) continue;
        seen.set(run.runId, run.head.digest);
        await watching.onRun(run);
      }
      await sleep(pollMs, undefined, { signal: watching.signal }).catch(() => undefined);
    }
  });
}
