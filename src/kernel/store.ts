/**
 * The store port: one append-only place for runs (DESIGN 8). Every backend passes the same conformance suite (`mfm/testing`)
 * and a differential test against the in-memory model.
 *
 * Wake-ups cannot be lost: a run is *due* when `wakeAt` has come or when it was poked, and whoever changes what a run waits for pokes it
 * in the same transaction: an append with fence null pokes its own run (an admission with a lease does not: its driver is there); the
 * append that ends a run pokes its parent and its unended children. Only a claim clears a poke (and makes the run due at once, until its driver says otherwise by append or release).
 *
 * A *lane* is something exclusive that effects of any run need in turn, such as an account's nonces. Who waits for it, who holds it and what is
 * not settled on it are rows of effects, written with the events that make them so; the one check is that nobody else was given a slot since
 * the lane was read. An append that may have made a lane free pokes the run whose turn it is.
 * Times named `...At` and `now` are Unix milliseconds of the store's own clock; no caller's clock decides about a lease.
 */
import type { Digest } from "./canonical.ts";
import type { Head, SealedEvent } from "./events.ts";
import type { Effect, Outcome } from "./effects/ledger.ts";
import type { DefinitionId, RunId } from "./names.ts";
import type { Run, RunStatus } from "./run.ts";

/** The right to drive a run until it expires, and the number that makes a stale owner's append fail. */
export interface Lease {
  readonly runId: RunId;
  readonly owner: string;
  /** Grows with every claim of the run. */
  readonly fence: number;
  readonly expiresAt: number;
}

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

/** Where an effect stands in its lane. */
export type LanePlace =
  /** It waits for its turn. */
  | "queued"
  /** It has a slot, and nothing of it has left: nobody else is given a slot meanwhile. */
  | "held"
  /** It was dispatched, and is not settled. */
  | "open";

/** An effect as the store keeps it beside the stream of its run: for lanes, lists and views, never authority. */
export interface EffectRow {
  readonly effect: Digest;
  readonly step: string;
  /** The effect kind. */
  readonly kind: DefinitionId;
  readonly is: Effect["is"];
  readonly outcome: Outcome["kind"] | null;
  readonly candidates: number;
  /** What the outside knows its newest candidate by; null where none was prepared. */
  readonly identity: string | null;
  /** Null where its kind needs none. */
  readonly lane: string | null;
  readonly slot: number | null;
  /** Null where it does not stand in a lane, or not any more. */
  readonly place: LanePlace | null;
}

/** What an append does to a lane, beyond the places of its effects. */
export interface LaneMove {
  readonly lane: string;
  /** Where slots are taken: the `seq` that the lane must still have, and how many are. */
  readonly take: { readonly seq: number; readonly slots: number } | null;
  /** Slots below this are known to be used up; null: nothing new is known. */
  readonly next: number | null;
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

/** A run as the store keeps it beside its stream. */
export interface StoredRun {
  readonly run: Run;
  readonly specRef: Digest;
  readonly configDigest: Digest;
  readonly parent: RunId | null;
  readonly wakeAt: number | null;
  readonly poked: boolean;
  readonly lease: Lease | null;
  /** Claims since the last append or clean release. */
  readonly claims: number;
}

export interface StoredEvent {
  /** Grows along a run and from one acknowledged commit to the next, gaps allowed. Appends under way at once may commit in another order. */
  readonly order: number;
  readonly seq: number;
  readonly digest: Digest;
  readonly text: string;
}

/** An effect in its lane. */
export interface PlacedEffect {
  readonly runId: RunId;
  readonly step: string;
  readonly effect: Digest;
  readonly place: LanePlace;
  /** Null while it is queued. */
  readonly slot: number | null;
}

export interface Lane {
  readonly lane: string;
  /** How many slots were given so far. */
  readonly seq: number;
  /** One more than the highest slot that is known here to be used up; null: nothing is known. */
  readonly next: number | null;
  /** Those that have a slot, by slot. */
  readonly taken: readonly PlacedEffect[];
  /** The first in the queue, in turn, at most as many as were asked for. */
  readonly queue: readonly PlacedEffect[];
  /** How many are in the queue. */
  readonly queued: number;
}

export interface EffectFilter {
  readonly runId?: RunId;
  readonly lane?: string;
  readonly is?: Effect["is"];
  /** Effects whose identity begins like this. */
  readonly identity?: string;
  /** Newest first; continue after this number (exclusive). */
  readonly before?: number;
  readonly limit: number;
}

export interface ListedEffect extends EffectRow {
  readonly runId: RunId;
  /** Grows with every effect that is intended. */
  readonly number: number;
}

/** A page of the store-wide order. */
export interface CommitPage {
  readonly events: readonly (StoredEvent & { readonly runId: RunId })[];
  /** Where the next page goes on: of this store only, and of no meaning to others. */
  readonly next: string | null;
}

/** Somebody who holds valid leases. */
export interface Driver {
  readonly owner: string;
  readonly runs: number;
  /** When the last of the leases ends, unless it is renewed. */
  readonly until: number;
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

export interface ClaimRequest {
  readonly owner: string;
  readonly milliseconds: number;
}

export type ClaimResult =
  | { readonly kind: "claimed"; readonly lease: Lease; readonly stored: StoredRun }
  | { readonly kind: "busy"; readonly lease: Lease }
  | { readonly kind: "ended" }
  | { readonly kind: "unknown" };

/** A lane as the streams say that it is. */
export interface LaneRepair {
  readonly lane: string;
  readonly seq: number;
  readonly next: number | null;
  /** Everything that is queued in it, in turn. */
  readonly queue: readonly Digest[];
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
   * Claims the run that could have been claimed for the longest time (due and without a valid lease; of equals the one admitted first), of
   * these entry points, none of these specs.
   */
  claimNext(
    request: ClaimRequest & { readonly entryPoints: readonly DefinitionId[]; readonly exceptSpecs: readonly Digest[] },
  ): Promise<(ClaimResult & { readonly kind: "claimed" }) | undefined>;
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
  /** The earliest time at which claimNext may find a run of these entry points (now for poked runs; a valid lease delays to its expiry); null when nothing will by itself. */
  nextDue(entryPoints: readonly DefinitionId[]): Promise<number | null>;
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
