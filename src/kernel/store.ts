/**
 * The store port: one append-only place for runs (DESIGN 8). Every backend passes the same conformance suite (`mfm/testing`)
 * and a differential test against the in-memory model.
 *
 * Wake-ups cannot be lost: a run is *due* when `wakeAt` has come or when it was poked, and whoever changes what a run waits for pokes it
 * in the same transaction: an append with fence null pokes its own run (an admission with a lease does not: its driver is there); the
 * append that ends a run pokes its parent and its unended children. Only a claim clears a poke (and makes the run due at once, until its driver says otherwise by append or release).
 *
 * Times named `...At` and `now` are Unix milliseconds of the store's own clock; no caller's clock decides about a lease.
 */
import type { Digest } from "./canonical.ts";
import type { Head, SealedEvent } from "./events.ts";
import type { EffectFilter, EffectRow, Lane, LaneMove, LaneRepair, ListedEffect } from "./lanes.ts";
import type { ClaimNextRequest, ClaimRequest, ClaimResult, Claimed, Driver, Lease, RunLimits, StoredRun } from "./leases.ts";
import type { DefinitionId, RunId } from "./names.ts";
import type { Run, RunStatus } from "./run.ts";

export interface NewArtifact {
  readonly digest: Digest;
  /** Canonical text or raw bytes; their SHA-256 is the digest. */
  readonly body: string | Uint8Array;
}

/** What the admitting append says once about a run. */
export interface Admission {
  readonly entryPoint: DefinitionId;
  readonly specRef: Digest;
  readonly configDigest: Digest;
  readonly parent: RunId | null;
  /** With an owner, the run is created with a lease (fence 1) in the same transaction. */
  readonly lease: { readonly owner: string; readonly milliseconds: number } | null;
}

export interface Append {
  readonly runId: RunId;
  /** The head this append builds on; null for the admission of a new run. */
  readonly expected: Head | null;
  /** The lease's fence; null for an append by somebody who does not drive (a signal, a cancel): then only the head is checked. */
  readonly fence: number | null;
  readonly events: readonly SealedEvent[];
  readonly artifacts: readonly NewArtifact[];
  /** Present exactly when `expected` is null. */
  readonly admission: Admission | null;
  /** The fold after these events, as a row that lists are made from. */
  readonly run: Run;
  /** When a worker should look at the run next; null when only something outside can wake it. An ended run is never due. */
  readonly wakeAt: number | null;
  /** The effects that these events changed, as they are after them, each once; absent: none. One that becomes `queued` goes to the end of its lane's queue. */
  readonly effects?: readonly EffectRow[];
  /** Every lane in which these events changed a place, each once; absent: none. */
  readonly lanes?: readonly LaneMove[];
}

export type AppendResult =
  /** `order` is the last event's; `lease` is the one that an admission asked for, null for every other append. */
  | { readonly kind: "appended"; readonly order: number; readonly lease: Lease | null }
  /** The stream's head is another one (null: there is no such run), or the run has ended. Nothing was written. */
  | { readonly kind: "conflict"; readonly head: Head | null }
  /** The run was claimed by another since, whatever the head is; nothing was written. An ended run answers `conflict`. */
  | { readonly kind: "fenced" }
  /** Somebody else was given a slot of the lane since; nothing was written. Head and fence are looked at first. */
  | { readonly kind: "laneMoved"; readonly lane: string };

export interface StoredEvent {
  /** Grows along a run and from one acknowledged commit to the next, gaps allowed. Appends under way at once may commit in another order. */
  readonly order: number;
  readonly seq: number;
  readonly digest: Digest;
  readonly text: string;
}

/** A page of the store-wide order. */
export interface CommitPage {
  readonly events: readonly (StoredEvent & { readonly runId: RunId })[];
  /** Where the next page goes on: of this store only, and of no meaning to others. */
  readonly next: string | null;
}

export interface RunFilter {
  readonly status?: RunStatus;
  readonly entryPoint?: DefinitionId;
  readonly parent?: RunId;
  /** Runs whose id begins like this. */
  readonly prefix?: string;
  /** Newest first; continue after this admission order (exclusive). */
  readonly before?: number;
  readonly limit: number;
}

export interface ListedRun extends StoredRun {
  readonly admissionOrder: number;
}

export interface Problem {
  /** Which run, event or artifact. */
  readonly where: string;
  readonly what: string;
}

export interface StoreInfo {
  readonly url: string;
  readonly scope: string;
  readonly schema: number;
  readonly runs: number;
  readonly events: number;
  readonly artifacts: number;
  readonly bytes: number;
}

export interface Store {
  /** Random identity of this store: part of every run id made in it. */
  readonly scope: string;
  /** One transaction, whole or not at all. Checks are in the write. @throws STORE_UNAVAILABLE (reconcile) when it is unknown whether it was written; STORE_FULL when it was not */
  append(append: Append): Promise<AppendResult>;
  readRun(runId: RunId): Promise<StoredRun | undefined>;
  /** Events with seq >= `from`, ascending, at most `limit`. */
  readEvents(runId: RunId, from: number, limit: number): Promise<StoredEvent[]>;
  /**
   * Events of all runs, at most `limit`, in one order in which nothing ever appears before what was read: an event that may still be
   * overtaken is not shown yet. `after` is the `next` of the page before; null begins.
   */
  readCommits(after: string | null, limit: number): Promise<CommitPage>;
  /** The bytes of an artifact. Their digest is not checked here: readers do. */
  readArtifact(digest: Digest): Promise<Uint8Array | undefined>;
  listRuns(filter: RunFilter): Promise<ListedRun[]>;
  /** A lane with the first `queued` of its queue; undefined where nothing ever stood in it. */
  readLane(lane: string, queued: number): Promise<Lane | undefined>;
  /** The names of all lanes, sorted. */
  listLanes(): Promise<string[]>;
  listEffects(filter: EffectFilter): Promise<ListedEffect[]>;
  /** Claims one run, due or not. `takeOver` claims it even while another's lease is valid. */
  claim(runId: RunId, request: ClaimRequest & { readonly takeOver: boolean }): Promise<ClaimResult>;
  /**
   * Claims runs that are due and without a valid lease, of these entry points, none of these specs, within these limits: of each entry point
   * those first that could have been claimed for the longest time, of equals the one admitted first. Between entry points it goes by turns, and
   * by that order where the turns are equal. Where others claim at the same moment, there may be fewer than there could be. In the order taken.
   */
  claimNext(request: ClaimNextRequest): Promise<Claimed[]>;
  /** Extends leases; returns the run ids whose lease (by fence) was still this owner's. */
  heartbeat(leases: readonly Lease[], milliseconds: number): Promise<RunId[]>;
  /** Gives a lease back and says when the run is due next; the claim no longer counts as one without progress. Does nothing when the fence has moved on. */
  release(lease: Lease, wakeAt: number | null): Promise<void>;
  /** Who drives runs now, by owner. A worker that drives none is not among them. */
  listDrivers(): Promise<Driver[]>;
  /**
   * Remembers a snapshot artifact of a run at a head. A discardable cache, never authority: a newer snapshot replaces it, and its artifact
   * may then be gone. Does nothing when the head is not in the run's stream, or older than that of the snapshot kept.
   */
  writeSnapshot(runId: RunId, head: Head, artifact: NewArtifact): Promise<void>;
  readSnapshot(runId: RunId): Promise<{ readonly head: Head; readonly digest: Digest } | undefined>;
  /**
   * The earliest time at which claimNext may find a run of these entry points (now for poked runs; a valid lease delays to its expiry); null
   * when nothing will by itself. An entry point that is at its limit does not count: nobody knows when a driver gives back what it holds.
   */
  nextDue(entryPoints: readonly DefinitionId[], limits?: RunLimits): Promise<number | null>;
  /** Calls `wake` when a run may have become due: a hint, which may be lost or come for nothing. Polling is the truth. Returns what ends it. */
  onDue(wake: () => void): () => void;
  /** The store's clock. */
  now(): Promise<number>;
  info(): Promise<StoreInfo>;
  /** Damage that the backend itself can see: file integrity, digests of events and artifacts, chains, rows that contradict their stream, orphans. */
  check(): Promise<Problem[]>;
  /**
   * Writes the row of a run and the rows of all its effects anew, as its stream says that they are; `wake`: and makes it due. What becomes
   * queued by this goes to the end of its lane's queue. @returns false where the stream's head is another: nothing was written
   */
  repairRun(run: Run, effects: readonly EffectRow[], wake: boolean): Promise<boolean>;
  /** Writes the row of a lane anew, and puts its queue in order. @returns false where others are queued in it: nothing was written */
  repairLane(repair: LaneRepair): Promise<boolean>;
  /** A consistent copy while others go on working. @throws BACKUP_REFUSED when the destination exists */
  backup(destination: string): Promise<void>;
  close(): Promise<void>;
}
