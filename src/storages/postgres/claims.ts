/** Leases: claiming runs, keeping them, giving them back. Each is one statement. */
import type { Digest } from "../../kernel/canonical.ts";
import { invariant } from "../../kernel/errors.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import type { ClaimRequest, ClaimResult, Lease, StoredRun } from "../../kernel/store.ts";
import { type RunRow, bytesOf, storedRun } from "../rows.ts";
import { type Write, single } from "./database.ts";

export interface ClaimNextRequest extends ClaimRequest {
  readonly entryPoints: readonly DefinitionId[];
  readonly exceptSpecs: readonly Digest[];
}

type Claimed = ClaimResult & { readonly kind: "claimed" };

/** Which schema the caller knows, and its clock: null for the server's. */
export interface CallContext {
  readonly version: number;
  readonly now: () => number | null;
}

interface ClaimOneRequest extends ClaimRequest {
  readonly runId: RunId;
  readonly takeOver: boolean;
}

type ClaimRow = RunRow & { readonly kind: "claimed" | "busy" | "ended" };

export function claimWrite({ version, now }: CallContext): Write<ClaimOneRequest, ClaimResult> {
  return single(async (ask, { runId, owner, milliseconds, takeOver }) => {
    const values = [version, now(), runId, owner, milliseconds, takeOver];
    const [row] = await ask<ClaimRow>("claim", "select * from claim($1, $2, $3, $4, $5, $6)", values);
    if (row === undefined) return { kind: "unknown" };
    if (row.kind === "ended") return { kind: "ended" };
    const { lease, stored } = leasedRun(row);
    return row.kind === "busy" ? { kind: "busy", lease } : { kind: "claimed", lease, stored };
  });
}

export function claimNextWrite({ version, now }: CallContext): Write<ClaimNextRequest, Claimed | undefined> {
  return single(async (ask, { owner, milliseconds, entryPoints, exceptSpecs }) => {
    const values = [version, now(), owner, milliseconds, entryPoints, exceptSpecs.map(bytesOf)];
    const [row] = await ask<RunRow>("claim_next", "select * from claim_next($1, $2, $3, $4, $5, $6)", values);
    return row === undefined ? undefined : { ...leasedRun(row), kind: "claimed" };
  });
}

function leasedRun(row: RunRow): { readonly lease: Lease; readonly stored: StoredRun } {
  const stored = storedRun(row);
  invariant(stored.lease !== null, "a run that is claimed or busy has a lease");
  return { lease: stored.lease, stored };
}

export interface HeartbeatRequest {
  readonly leases: readonly Lease[];
  readonly milliseconds: number;
}

/**
 * Locks in the order in which all do. The owner is put so that it is no way to the run: a driver's leases are many, and the planner might
 * look through all of them for each. A lease that expired and that nobody took is extended all the same.
 */
const heartbeatText = `
with held as (
  select r.run_no from unnest($1::text[], $2::text[], $3::bigint[]) as l (run_id, owner, fence)
  join runs r on r.run_id = l.run_id and r.fence = l.fence and r.lease_owner || '' = l.owner
  order by r.run_no for update of r
)
update runs r set lease_expires = coalesce($4, store_now()) + $5
from held where r.run_no = held.run_no returning r.run_id, r.fence, r.lease_owner`;

export function heartbeatWrite({ now }: CallContext): Write<HeartbeatRequest, RunId[]> {
  return single(async (ask, { leases, milliseconds }) => {
    const columns = [leases.map(({ runId }) => runId), leases.map(({ owner }) => owner), leases.map(({ fence }) => fence)];
    const kept = await ask<{ readonly run_id: RunId; readonly fence: number; readonly lease_owner: string }>("heartbeat", heartbeatText, [
      ...columns,
      now(),
      milliseconds,
    ]);
    const isKept = ({ runId, owner, fence }: Lease): boolean =>
      kept.some((row) => row.run_id === runId && row.fence === fence && row.lease_owner === owner);
    return leases.filter(isKept).map(({ runId }) => runId);
  });
}

export interface ReleaseRequest {
  readonly lease: Lease;
  readonly wakeAt: number | null;
}

const releaseText = `
update runs set wake_at = $4, lease_owner = null, lease_expires = null, claims = 0
where run_id = $1 and fence = $2 and lease_owner || '' = $3
returning coalesce(claimable_at <= coalesce($5, store_now()), false) as wakes`;

/** Whether the run is one that a worker could claim now. */
export function releaseWrite({ now }: CallContext): Write<ReleaseRequest, boolean> {
  return single(async (ask, { lease: { runId, fence, owner }, wakeAt }) => {
    const [row] = await ask<{ readonly wakes: boolean }>("release", releaseText, [runId, fence, owner, wakeAt, now()]);
    return row?.wakes ?? false;
  });
}
