/** Leases: claiming runs, keeping them, giving them back. Each is one call of a function of the schema (functions3.ts). */
import { invariant } from "../../kernel/errors.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import type { ClaimNextRequest, ClaimRequest, ClaimResult, Claimed, Lease, RunLimits } from "../../kernel/leases.ts";
import { type RunRow, bytesOf, storedRun } from "../rows.ts";
import { type Write, single } from "./database.ts";

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

export function claimNextWrite({ version, now }: CallContext): Write<ClaimNextRequest, Claimed[]> {
  return single(async (ask, { owner, milliseconds, entryPoints, served = [], exceptSpecs, places = 1, limits }) => {
    const firstTurns = entryPoints.map((entryPoint) => (served.includes(entryPoint) ? 1 : 0));
    const terms = [entryPoints, firstTurns, limitsOf(entryPoints, limits), exceptSpecs.map(bytesOf), places];
    const rows = await ask<RunRow>("claim_next", claimNextText, [version, now(), owner, milliseconds, ...terms]);
    return rows.map(leasedRun);
  });
}

const claimNextText = "select * from claim_next($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/** In the order of the entry points; null where there is none. */
export function limitsOf(entryPoints: readonly DefinitionId[], limits: RunLimits | undefined): readonly (number | null)[] {
  return entryPoints.map((entryPoint) => limits?.get(entryPoint) ?? null);
}

function leasedRun(row: RunRow): Claimed {
  const stored = storedRun(row);
  invariant(stored.lease !== null, "a run that is claimed or busy has a lease");
  return { lease: stored.lease, stored };
}

export interface HeartbeatRequest {
  readonly leases: readonly Lease[];
  readonly milliseconds: number;
}

export function heartbeatWrite({ version, now }: CallContext): Write<HeartbeatRequest, RunId[]> {
  return single(async (ask, { leases, milliseconds }) => {
    const kept = await ask<{ readonly run_id: RunId; readonly fence: number; readonly lease_owner: string }>("heartbeat", heartbeatText, [
      version,
      now(),
      ...columnsOf(leases),
      milliseconds,
    ]);
    const isKept = ({ runId, owner, fence }: Lease): boolean =>
      kept.some((row) => row.run_id === runId && row.fence === fence && row.lease_owner === owner);
    return leases.filter(isKept).map(({ runId }) => runId);
  });
}

const heartbeatText = "select * from heartbeat($1, $2, $3, $4, $5, $6)";

function columnsOf(leases: readonly Lease[]): readonly (readonly (string | number)[])[] {
  return [leases.map(({ runId }) => runId), leases.map(({ owner }) => owner), leases.map(({ fence }) => fence)];
}

export interface ReleaseRequest {
  readonly lease: Lease;
  readonly wakeAt: number | null;
}

const releasesAtMost = 128;

/** Whether a run became one that a worker could claim: one of those that were given back by the same statement. */
export function releaseWrite({ version, now }: CallContext): Write<ReleaseRequest, boolean> {
  return {
    weigh: () => 1 / releasesAtMost,
    execute: async (ask, requests) => {
      const wakeAts = requests.map(({ wakeAt }) => wakeAt);
      const values = [version, now(), ...columnsOf(requests.map(({ lease }) => lease)), wakeAts];
      const [row] = await ask<{ readonly wakes: boolean }>("release", "select release($1, $2, $3, $4, $5, $6) as wakes", values);
      return requests.map(() => row?.wakes ?? false);
    },
  };
}
