/** A batch: events and artifacts of one append, applied to the fold as they are made, and how its fate is settled. */
import { formatInstant } from "../codecs.ts";
import { MfmError } from "../errors.ts";
import type { EventDraft, Head, SealedEvent } from "../events.ts";
import { sealEvent } from "../events.ts";
import type { Fold } from "../fold.ts";
import type { Watch } from "../ports.ts";
import type { Lease, StoredRun } from "../leases.ts";
import type { Admission, Append, AppendResult, NewArtifact, Store } from "../store.ts";
import { EffectChanges } from "./effect-changes.ts";

/** Events of one append, about. */
export const batchLimit = 256;

export class Batch {
  readonly events: SealedEvent[] = [];
  readonly artifacts: NewArtifact[] = [];
  readonly #fold: Fold;
  readonly #expected: Head | null;
  readonly #at: string;
  readonly #changes = new EffectChanges();

  constructor(fold: Fold, now: number) {
    this.#fold = fold;
    this.#expected = fold.head;
    this.#at = formatInstant(now);
  }

  add(draft: EventDraft, ...artifacts: readonly NewArtifact[]): void {
    const sealed = sealEvent(draft, this.#fold.runId, this.#fold.head, this.#at);
    this.#fold.apply(sealed);
    this.events.push(sealed);
    this.artifacts.push(...artifacts);
    this.#changes.take(this.#fold, draft);
  }

  addAll(drafts: readonly EventDraft[], artifacts: readonly NewArtifact[]): void {
    for (const draft of drafts) this.add(draft);
    this.artifacts.push(...artifacts);
  }

  /** The append that commits this batch. */
  append(fence: number | null, wakeAt: number | null, admission: Admission | null = null): Append {
    const run = this.#fold.run();
    return {
      runId: this.#fold.runId,
      expected: this.#expected,
      fence,
      events: this.events,
      artifacts: this.artifacts,
      admission,
      run,
      wakeAt: this.#fold.ended ? null : wakeAt,
      effects: this.#changes.effects,
      lanes: this.#changes.lanes,
    };
  }
}

const tries = 5;

/**
 * Appends, and finds out what happened where the store's answer was lost: the digest of the last event decides, nothing is repeated blindly.
 * @throws STORE_FULL, STORE_UNAVAILABLE when the store does not answer
 */
export async function settleAppend(store: Store, append: Append, watch: Watch): Promise<AppendResult> {
  const { runId, events, run } = append;
  const last = events.at(-1);
  if (last === undefined) throw new MfmError("INTERNAL", "an append without events");
  const moment = { runId, seq: last.event.seq, types: events.map(({ event }) => event.type), run };
  watch({ kind: "append.before", ...moment });
  const result = await appendUntilKnown(store, append, last);
  if (result.kind === "appended") watch({ kind: "append.after", ...moment });
  return result;
}

async function appendUntilKnown(store: Store, append: Append, last: SealedEvent): Promise<AppendResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await store.append(append);
      if (attempt === 1 || result.kind === "appended") return result;
      // The try before may have arrived after it was looked for, and be the very thing that is in the way now.
      return (await lookUp(store, append, last)) ?? result;
    } catch (error) {
      if (!(error instanceof MfmError) || error.entry.retry !== "reconcile") throw error;
      const known = await lookUp(store, append, last);
      if (known !== undefined) return known;
      if (attempt === tries) throw error;
    }
  }
}

/** What became of an append whose answer was lost; undefined when nothing was written and it may be tried again. */
async function lookUp(store: Store, append: Append, last: SealedEvent): Promise<AppendResult | undefined> {
  const { seq } = last.event;
  const [written] = await store.readEvents(append.runId, seq, 1);
  const stored = await store.readRun(append.runId);
  if (written?.digest === last.digest)
    return { kind: "appended", order: written.order, lease: stored === undefined ? null : leaseOf(append, stored) };
  const head = stored?.run.head ?? null;
  if (head?.digest === append.expected?.digest) return undefined;
  // Something arrived between the two reads, and may be the append itself.
  if (written === undefined && head !== null && head.seq >= seq) return lookUp(store, append, last);
  return { kind: "conflict", head };
}

/** The lease that an admission came with; null when it has none, or when it was lost before this process heard of it. */
function leaseOf({ admission }: Append, { lease }: StoredRun): Lease | null {
  return lease?.fence === 1 && lease.owner === admission?.lease?.owner ? lease : null;
}
