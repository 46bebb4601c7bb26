/** The store port on SQLite: each method is one read, or one member of a group commit. */
import { Buffer } from "node:buffer";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Digest } from "../../kernel/canonical.ts";
import type { Head } from "../../kernel/events.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import { type Run, hasEnded } from "../../kernel/run.ts";
import type { EffectFilter, EffectRow, Lane, LaneRepair, ListedEffect } from "../../kernel/lanes.ts";
import type { ClaimNextRequest, ClaimRequest, ClaimResult, Claimed, Driver, Lease, RunLimits, StoredRun } from "../../kernel/leases.ts";
import type {
  Append,
  AppendResult,
  CommitPage,
  ListedRun,
  NewArtifact,
  Problem,
  RunFilter,
  Store,
  StoreInfo,
  StoredEvent,
} from "../../kernel/store.ts";
import { assertAppend, assertArtifact } from "../append-shape.ts";
import { storedRun } from "../rows.ts";
import { append } from "./append.ts";
import { claim, claimNext, findClaimable, heartbeat, listDrivers, nextDue, release } from "./claims.ts";
import type { Database } from "./database.ts";
import { listEffects, listLanes, readLane } from "./lanes.ts";
import { runMaintenance } from "./maintenance.ts";
import { count, listRuns, readArtifact, readCommits, readEvents, readSnapshot, writeSnapshot } from "./reads.ts";
import { repairLane, repairRun } from "./repairs.ts";
import { readRunRow } from "./rows.ts";
import { readPragma } from "./schema.ts";

export interface SqliteStoreOptions {
  readonly database: Database;
  readonly path: string;
  readonly scope: string;
  readonly clock: () => number;
}

export class SqliteStore implements Store {
  readonly scope: string;
  readonly #database: Database;
  readonly #path: string;
  readonly #clock: () => number;
  readonly #wakes = new Set<() => void>();

  constructor(options: SqliteStoreOptions) {
    this.scope = options.scope;
    this.#database = options.database;
    this.#path = options.path;
    this.#clock = options.clock;
  }

  async append(request: Append): Promise<AppendResult> {
    assertAppend(request);
    const result = await this.#database.write((session) => append(session, request, this.#clock()));
    if (result.kind === "appended") this.#announce(request);
    return result;
  }

  readRun(runId: RunId): Promise<StoredRun | undefined> {
    return this.#database.read((session) => {
      const row = readRunRow(session, runId);
      return row === undefined ? undefined : storedRun(row);
    });
  }

  readEvents(runId: RunId, from: number, limit: number): Promise<StoredEvent[]> {
    return this.#database.read((session) => readEvents(session, runId, from, limit));
  }

  readCommits(after: string | null, limit: number): Promise<CommitPage> {
    return this.#database.read((session) => readCommits(session, after, limit));
  }

  readArtifact(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#database.read((session) => readArtifact(session, digest));
  }

  listRuns(filter: RunFilter): Promise<ListedRun[]> {
    return this.#database.read((session) => listRuns(session, filter));
  }

  readLane(lane: string, queued: number): Promise<Lane | undefined> {
    return this.#database.read((session) => readLane(session, lane, queued));
  }

  listLanes(): Promise<string[]> {
    return this.#database.read((session) => listLanes(session));
  }

  listEffects(filter: EffectFilter): Promise<ListedEffect[]> {
    return this.#database.read((session) => listEffects(session, filter));
  }

  claim(runId: RunId, request: ClaimRequest & { readonly takeOver: boolean }): Promise<ClaimResult> {
    return this.#database.write((session) => claim(session, runId, request, this.#clock()));
  }

  async claimNext(request: ClaimNextRequest): Promise<Claimed[]> {
    // An idle worker only reads: it must not take the lock from those who have something to write.
    const found = await this.#database.read((session) => findClaimable(session, request, this.#clock()));
    return found.length === 0 ? [] : this.#database.write((session) => claimNext(session, request, this.#clock()));
  }

  async heartbeat(leases: readonly Lease[], milliseconds: number): Promise<RunId[]> {
    return leases.length === 0 ? [] : this.#database.write((session) => heartbeat(session, leases, milliseconds, this.#clock()));
  }

  release(lease: Lease, wakeAt: number | null): Promise<void> {
    return this.#database.write((session) => release(session, lease, wakeAt));
  }

  async writeSnapshot(runId: RunId, head: Head, artifact: NewArtifact): Promise<void> {
    assertArtifact(artifact);
    const body = typeof artifact.body === "string" ? Buffer.from(artifact.body) : artifact.body;
    await this.#database.write((session) => writeSnapshot(session, runId, head, { digest: artifact.digest, body }));
  }

  readSnapshot(runId: RunId): Promise<{ readonly head: Head; readonly digest: Digest } | undefined> {
    return this.#database.read((session) => readSnapshot(session, runId));
  }

  nextDue(entryPoints: readonly DefinitionId[], limits?: RunLimits): Promise<number | null> {
    return this.#database.read((session) => nextDue(session, { entryPoints, limits }, this.#clock()));
  }

  listDrivers(): Promise<Driver[]> {
    return this.#database.read((session) => listDrivers(session, this.#clock()));
  }

  /** A file tells other processes nothing: this one hears what it does itself. */
  onDue(wake: () => void): () => void {
    // A function of its own, so that the same one can be given twice.
    const own = (): void => wake();
    this.#wakes.add(own);
    return () => void this.#wakes.delete(own);
  }

  /** Whoever waits for work looks: an append by somebody who does not drive, an end, a lane that may be free now. */
  #announce({ fence, run, lanes = [] }: Append): void {
    if (fence === null || lanes.length > 0 || hasEnded(run.status)) for (const wake of this.#wakes) wake();
  }

  now(): Promise<number> {
    return Promise.resolve(this.#clock());
  }

  info(): Promise<StoreInfo> {
    return this.#database.read((session) => {
      const log = statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      const bytes = readPragma(session, "page_count") * readPragma(session, "page_size") + log;
      return { url: `sqlite:${this.#path}`, scope: this.scope, schema: readPragma(session, "user_version"), ...count(session), bytes };
    });
  }

  /** Reads the whole file, in a thread of its own: this one goes on driving runs. */
  check(): Promise<Problem[]> {
    return runMaintenance({ kind: "check", path: this.#path });
  }

  repairRun(run: Run, effects: readonly EffectRow[], wake: boolean): Promise<boolean> {
    return this.#database.write((session) => repairRun(session, { run, effects, wake }, this.#clock()));
  }

  repairLane(repair: LaneRepair): Promise<boolean> {
    return this.#database.write((session) => repairLane(session, repair));
  }

  async backup(destination: string): Promise<void> {
    await runMaintenance({ kind: "backup", path: this.#path, destination: resolve(destination) });
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
