/**
 * Runs as a store keeps them for those who drive them: leases, and how a run is claimed. A lease says who drives a run, and is about liveness only: what keeps a stale driver from writing is its
 * fence. Times named `...At` and `until` are Unix milliseconds of the store's own clock.
 */
import type { Digest } from "./canonical.ts";
import type { DefinitionId, RunId } from "./names.ts";
import type { Run } from "./run.ts";

/** The right to drive a run until it expires, and the number that makes a stale owner's append fail. */
export interface Lease {
  readonly runId: RunId;
  readonly owner: string;
  /** Grows with every claim of the run. */
  readonly fence: number;
  readonly expiresAt: number;
}

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

export interface ClaimRequest {
  readonly owner: string;
  readonly milliseconds: number;
}

/** Whose runs are claimed, and how many. */
export interface ClaimNextRequest extends ClaimRequest {
  /** Each once. They take turns: the first run of each comes before the second of any. */
  readonly entryPoints: readonly DefinitionId[];
  /** Those that had a turn already: the first run of one comes with the second of the others; absent: none. */
  readonly served?: readonly DefinitionId[];
  readonly exceptSpecs: readonly Digest[];
  /** How many at most; absent: one. */
  readonly places?: number;
  readonly limits?: RunLimits;
}

/** How many runs of an entry point may be leased at once in the whole store, whoever claimed them; those that are left out have no limit. */
export type RunLimits = ReadonlyMap<DefinitionId, number>;

/** A run that was claimed: the lease, and what the store knows beside the stream. */
export interface Claimed {
  readonly lease: Lease;
  readonly stored: StoredRun;
}

export type ClaimResult =
  | ({ readonly kind: "claimed" } & Claimed)
  | { readonly kind: "busy"; readonly lease: Lease }
  | { readonly kind: "ended" }
  | { readonly kind: "unknown" };

/** Somebody who holds valid leases. */
export interface Driver {
  readonly owner: string;
  readonly runs: number;
  /** When the last of the leases ends, unless it is renewed. */
  readonly until: number;
}
