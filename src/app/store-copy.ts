/**
 * Moving a store to another database: every run with its whole stream, checked as it is read and again when all is there. The copy keeps the
 * identity of the store, and with it the ids of its runs; what is there already is not copied again, so that an interrupted copy goes on.
 */
import type { Digest } from "../kernel/canonical.ts";
import { MfmError } from "../kernel/errors.ts";
import type { SealedEvent } from "../kernel/events.ts";
import { Fold } from "../kernel/fold.ts";
import { limits } from "../kernel/json.ts";
import type { RunId } from "../kernel/names.ts";
import { EffectChanges } from "../kernel/runtime/effect-changes.ts";
import { applyStored, artifactsOf, openStoredEvent, readSpecOf } from "../kernel/runtime/history.ts";
import type { LaneMove } from "../kernel/lanes.ts";
import type { StoredRun } from "../kernel/leases.ts";
import type { NewArtifact, Store } from "../kernel/store.ts";
import { referencesOf } from "../kernel/verify/history.ts";
import { readConfiguration } from "./configuration.ts";
import { type CopyNames, assertApart, assertIdle, assertPart, openCopy } from "./copy-target.ts";
import { failure } from "./failure.ts";
import type { Place } from "./place.ts";
import { type StoreLocation, showStore } from "./store-location.ts";
import { closing } from "./closing.ts";
import { retell } from "./sweep/retold.ts";
import { getStore } from "./stores.ts";

export interface CopyReport {
  readonly from: string;
  readonly to: string;
  readonly runs: number;
  readonly events: number;
  readonly artifacts: number;
  /** Runs that were there already. */
  readonly known: number;
}

export interface CopyRequest {
  /** URLs of stores. */
  readonly from: string;
  readonly to: string;
  /** Stops the copy between two runs. */
  readonly signal?: AbortSignal;
}

const eventsAtOnce = 500;
/** Of artifacts in one append, unless a single event has more. */
const bytesAtOnce = 8 * 1024 * 1024;

/**
 * What is refused leaves the destination as it was: none where there was none.
 * @throws COPY_REFUSED when the destination is the same store, another one or one that went on by itself, or runs are driven in either
 * @throws HISTORY_INVALID, STORE_CORRUPT when what was read or written is damaged; STORE_*
 * @throws INTERRUPTED when the signal came before all was written: the same copy goes on where this one was
 */
export async function copyStore(place: Place, { from, to, signal }: CopyRequest): Promise<CopyReport> {
  const [source, target] = await Promise.all([locate(place, from), locate(place, to)]);
  const names: CopyNames = { from: showStore(source), to: showStore(target) };
  const original = await getStore(source);
  return closing(original, async () => {
    await assertApart(source, target);
    await assertIdle(original);
    const copy = await openCopy(target, original.scope);
    return closing(copy, async () => {
      await assertIdle(copy);
      await assertPart(original, copy, names);
      const known = await copyRuns(original, copy, () => assertGoesOn(signal, names.to));
      return { ...names, ...(await compare(original, copy, names)), known };
    });
  });
}

/** Nothing marks what is there: it looks like a store that is whole. @throws INTERRUPTED when the signal came */
function assertGoesOn(signal: AbortSignal | undefined, to: string): void {
  if (signal?.aborted !== true) return;
  const { message, details } = signal.reason instanceof MfmError ? signal.reason : failure("INTERRUPTED", "stopped");
  throw failure("INTERRUPTED", `${message}: the copy in ${to} is not whole; repeat it to go on, before anybody uses it`, {
    ...details,
    to,
  });
}

async function locate(place: Place, storeUrl: string): Promise<StoreLocation> {
  return (await readConfiguration({ ...place, storeUrl })).store;
}

/**
 * Run by run, in the order in which they were admitted, so that parents come before their children; and then what put effects into queues that
 * they still stand in, in the order in which it happened, so that they stand there as they stood. `assertGoesOn` is asked before
 * each. @returns how many were there already
 */
async function copyRuns(original: Store, copy: Store, assertGoesOn: () => void): Promise<number> {
  let known = 0;
  const late: Part[] = [];
  for (let after: string | null = null; ;) {
    const page = await original.readCommits(after, eventsAtOnce);
    for (const { runId, seq } of page.events) {
      if (seq !== 0) continue;
      assertGoesOn();
      const [first, ...rest] = await partsOf(original, runId);
      if (first !== undefined && !(await copyPart(original, copy, first))) known++;
      late.push(...rest);
    }
    if (page.events.length === 0) break;
    after = page.next;
  }
  for (const part of late.toSorted((left, right) => left.from - right.from)) {
    assertGoesOn();
    await copyPart(original, copy, part);
  }
  return known;
}

/** Events of a run up to some place in the order of commits; those before `from` are in the copy by then. */
interface Part {
  readonly runId: RunId;
  readonly from: number;
  readonly before: number;
}

/** One part, and another from each event that put an effect where it still waits. */
async function partsOf(store: Store, runId: RunId): Promise<Part[]> {
  const stored = await store.readRun(runId);
  const intended = stored === undefined ? [] : await store.listEffects({ runId, is: "intended", limit: limits.stepsPerSpec });
  const isQueued = intended.some(({ place }) => place === "queued");
  const queued = stored !== undefined && isQueued ? (await retell(store, stored)).queued : [];
  const cuts = [...new Set(queued.map(({ since }) => since))].toSorted((left, right) => left - right);
  return [0, ...cuts].map((from, index) => ({ runId, from, before: cuts[index] ?? Infinity }));
}

/** @returns false when the run was there already, whole */
async function copyPart(original: Store, copy: Store, { runId, before }: Part): Promise<boolean> {
  const stored = await original.readRun(runId);
  const there = await copy.readRun(runId);
  if (stored === undefined || stored.run.head.digest === there?.run.head.digest) return false;
  const writer = new RunWriter(copy, stored, there);
  const { head } = stored.run;
  let fold: Fold | undefined;
  for (let from = 0; from <= head.seq;) {
    const page = await original.readEvents(runId, from, Math.min(eventsAtOnce, head.seq + 1 - from));
    if (page.length === 0) throw failure("STORE_CORRUPT", `${runId} has fewer events than its row says`, { runId });
    const part = page.filter(({ order }) => order < before);
    for (const event of part) {
      const sealed = openStoredEvent(runId, event);
      fold ??= new Fold(runId, await readSpecOf(sealed, artifactsOf(original)));
      applyStored(fold, sealed);
      await writer.add(sealed, fold, await readArtifacts(original, sealed));
    }
    if (part.length < page.length) break;
    from += page.length;
  }
  await writer.end(fold);
  return true;
}

async function readArtifacts(store: Store, { event }: SealedEvent): Promise<NewArtifact[]> {
  const artifacts: NewArtifact[] = [];
  for (const digest of new Set<Digest>(referencesOf(event).map((reference) => reference.digest))) {
    const body = await store.readArtifact(digest);
    if (body === undefined)
      throw failure("STORE_CORRUPT", `an artifact of ${event.runId} is missing: ${digest}`, { runId: event.runId, artifact: digest });
    artifacts.push({ digest, body });
  }
  return artifacts;
}

/** Appends what the copy does not have, in parts; the row of each part is the fold at its end. */
class RunWriter {
  readonly #copy: Store;
  readonly #stored: StoredRun;
  #head: StoredRun["run"]["head"] | null;
  #events: SealedEvent[] = [];
  #artifacts: NewArtifact[] = [];
  #changes = new EffectChanges();
  #bytes = 0;

  constructor(copy: Store, stored: StoredRun, there: StoredRun | undefined) {
    this.#copy = copy;
    this.#stored = stored;
    this.#head = there?.run.head ?? null;
  }

  async add(sealed: SealedEvent, fold: Fold, artifacts: readonly NewArtifact[]): Promise<void> {
    if (this.#head !== null && sealed.event.seq <= this.#head.seq) {
      if (sealed.event.seq === this.#head.seq && sealed.digest !== this.#head.digest) throw this.#wentOn();
      return;
    }
    this.#events.push(sealed);
    this.#changes.take(fold, sealed.event);
    this.#artifacts.push(...artifacts);
    this.#bytes += artifacts.reduce((sum, { body }) => sum + body.length, 0);
    if (this.#events.length >= eventsAtOnce || this.#bytes >= bytesAtOnce) await this.end(fold);
  }

  /** Appends what was added since. */
  async end(fold: Fold | undefined): Promise<void> {
    const last = this.#events.at(-1);
    if (fold === undefined || last === undefined) return;
    const { specRef, configDigest, parent, wakeAt } = this.#stored;
    const run = fold.run();
    const result = await this.#copy.append({
      runId: run.runId,
      expected: this.#head,
      fence: null,
      events: this.#events,
      artifacts: this.#artifacts,
      admission: this.#head === null ? { entryPoint: run.entryPoint, specRef, configDigest, parent, lease: null } : null,
      run,
      wakeAt: fold.ended ? null : wakeAt,
      effects: this.#changes.effects,
      lanes: await this.#moves(),
    });
    if (result.kind !== "appended") throw this.#wentOn();
    this.#head = { seq: last.event.seq, digest: last.digest };
    this.#events = [];
    this.#artifacts = [];
    this.#changes = new EffectChanges();
    this.#bytes = 0;
  }

  /** Slots count on from those of the runs that were copied before. */
  async #moves(): Promise<LaneMove[]> {
    const moves: LaneMove[] = [];
    for (const move of this.#changes.lanes) {
      const { seq = 0 } = (await this.#copy.readLane(move.lane, 0)) ?? {};
      moves.push(move.take === null ? move : { ...move, take: { seq, slots: move.take.slots } });
    }
    return moves;
  }

  #wentOn(): Error {
    const { runId } = this.#stored.run;
    return failure("COPY_REFUSED", `${runId} went on in the destination by itself: the two are different stores now`, { runId });
  }
}

/** What was written is read again, whole. @throws COPY_REFUSED when somebody worked on the copy meanwhile; STORE_CORRUPT */
async function compare(original: Store, copy: Store, names: CopyNames): Promise<Pick<CopyReport, "runs" | "events" | "artifacts">> {
  const [{ runs, events, artifacts }, made] = await Promise.all([original.info(), copy.info()]);
  const problems = await copy.check();
  if (problems.length === 0 && made.runs === runs && made.events === events) return { runs, events, artifacts };
  if (problems.length === 0) await assertPart(original, copy, names);
  const { to } = names;
  throw failure("STORE_CORRUPT", `the copy in ${to} is not whole: ${made.runs} of ${runs} runs, ${made.events} of ${events} events`, {
    to,
    problems: problems.map(({ where, what }) => ({ where, what })),
  });
}
