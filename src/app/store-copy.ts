/**
 * Moving a store to another database: every run with its whole stream, checked as it is read and again when all is there. The copy keeps the
 * identity of the store, and with it the ids of its runs; what is there already is not copied again, so that an interrupted copy goes on.
 */
import type { Digest } from "../kernel/canonical.ts";
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
import { failure } from "./failure.ts";
import type { Place } from "./place.ts";
import { type StoreLocation, showStore } from "./store-location.ts";
import { closing } from "./closing.ts";
import { retell } from "./sweep/retold.ts";
import { getStore, openStore } from "./stores.ts";

export interface CopyReport {
  readonly from: string;
  readonly to: string;
  readonly runs: number;
  readonly events: number;
  readonly artifacts: number;
  /** Runs that were there already. */
  readonly known: number;
}

const eventsAtOnce = 500;
/** Of artifacts in one append, unless a single event has more. */
const bytesAtOnce = 8 * 1024 * 1024;

/**
 * @throws COPY_REFUSED when the destination is another store, runs are driven in either, or a run went on in the destination
 * @throws HISTORY_INVALID, STORE_CORRUPT when what was read or written is damaged; STORE_*
 */
export async function copyStore(place: Place, from: string, to: string): Promise<CopyReport> {
  const [source, target] = await Promise.all([locate(place, from), locate(place, to)]);
  const original = await getStore(source);
  return closing(original, async () => {
    const copy = await makeCopy(target, original.scope);
    return closing(copy, async () => {
      await assertCopyable(original, copy, showStore(target));
      const known = await copyRuns(original, copy);
      return { from: showStore(source), to: showStore(target), ...(await compare(original, copy, showStore(target))), known };
    });
  });
}

async function locate(place: Place, storeUrl: string): Promise<StoreLocation> {
  return (await readConfiguration({ ...place, storeUrl })).store;
}

async function makeCopy(target: StoreLocation, scope: string): Promise<Store> {
  if (target.kind === "sqlite") {
    const { openSqliteStore } = await import("../storages/sqlite/open.ts");
    return openSqliteStore({ path: target.path, scope });
  }
  const { migratePostgresStore } = await import("../storages/postgres/migrate.ts");
  await migratePostgresStore({ address: target.address, scope });
  return openStore(target);
}

async function assertCopyable(original: Store, copy: Store, to: string): Promise<void> {
  if (original.scope !== copy.scope) throw failure("COPY_REFUSED", `${to} is a store of its own, not a copy of this one`, { to });
  for (const store of [original, copy]) {
    const [driver] = await store.listDrivers();
    if (driver !== undefined)
      throw failure("COPY_REFUSED", `${driver.owner} drives runs: stop it first, or wait until its leases end`, { owner: driver.owner });
  }
}

/**
 * Run by run, in the order in which they were admitted, so that parents come before their children; and then what put effects into queues that
 * they still stand in, in the order in which it happened, so that they stand there as they stood. @returns how many were there already
 */
async function copyRuns(original: Store, copy: Store): Promise<number> {
  let known = 0;
  const late: Part[] = [];
  for (let after: string | null = null; ;) {
    const page = await original.readCommits(after, eventsAtOnce);
    for (const { runId, seq } of page.events) {
      if (seq !== 0) continue;
      const [first, ...rest] = await partsOf(original, runId);
      if (first !== undefined && !(await copyPart(original, copy, first))) known++;
      late.push(...rest);
    }
    if (page.events.length === 0) break;
    after = page.next;
  }
  for (const part of late.toSorted((left, right) => left.from - right.from)) await copyPart(original, copy, part);
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

/** What was written is read again, whole. */
async function compare(original: Store, copy: Store, to: string): Promise<Pick<CopyReport, "runs" | "events" | "artifacts">> {
  const [{ runs, events, artifacts }, made] = await Promise.all([original.info(), copy.info()]);
  const problems = await copy.check();
  if (problems.length > 0 || made.runs !== runs || made.events !== events)
    throw failure("STORE_CORRUPT", `the copy in ${to} is not whole: ${made.runs} of ${runs} runs, ${made.events} of ${events} events`, {
      to,
      problems: problems.map(({ where, what }) => ({ where, what })),
    });
  return { runs, events, artifacts };
}
