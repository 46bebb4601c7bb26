/** A run as the model keeps it, and as the port shows it. */
import type { Digest } from "../../kernel/canonical.ts";
import type { Head } from "../../kernel/events.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import type { Run } from "../../kernel/run.ts";
import type { Driver, Lease, StoredEvent, StoredRun } from "../../kernel/store.ts";

export interface ModelRun {
  readonly runId: RunId;
  readonly admissionOrder: number;
  readonly entryPoint: DefinitionId;
  readonly specRef: Digest;
  readonly configDigest: Digest;
  readonly parent: RunId | null;
  readonly events: StoredEvent[];
  run: Run;
  wakeAt: number | null;
  /** Since when it is poked. */
  pokedAt: number | null;
  fence: number;
  lease: { owner: string; expiresAt: number } | null;
  claims: number;
  snapshot: { readonly head: Head; readonly digest: Digest; readonly bytes: Uint8Array } | null;
}

export function leaseOf({ runId, fence, lease }: ModelRun): Lease | null {
  return lease === null ? null : { runId, owner: lease.owner, fence, expiresAt: lease.expiresAt };
}

export function storedOf(from: ModelRun): StoredRun {
  const { run, specRef, configDigest, parent, wakeAt, claims } = from;
  return {
    run,
    specRef,
    configDigest,
    parent,
    wakeAt,
    poked: from.pokedAt !== null,
    lease: leaseOf(from),
    claims,
  };
}

/** A copy that nobody can change, so that whoever reads it need not copy it again. */
export function keptOf(run: Run): Run {
  return freeze(structuredClone(run));
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

/** The runs that something wakes, each with the time from which it is due and without a lease. */
export function wakeableOf(
  runs: Iterable<ModelRun>,
  entryPoints: readonly DefinitionId[],
): { readonly run: ModelRun; readonly at: number }[] {
  const found: { readonly run: ModelRun; readonly at: number }[] = [];
  for (const run of runs) {
    if (!entryPoints.includes(run.entryPoint) || (run.wakeAt === null && run.pokedAt === null)) continue;
    const due = Math.min(run.wakeAt ?? Infinity, run.pokedAt ?? Infinity);
    found.push({ run, at: Math.max(due, run.lease?.expiresAt ?? due) });
  }
  return found;
}

/** Who holds leases at this time, by owner. */
export function driversOf(all: Iterable<ModelRun>, now: number): Driver[] {
  const drivers = new Map<string, Driver>();
  for (const { lease } of all) {
    if (lease === null || lease.expiresAt <= now) continue;
    const { runs, until } = drivers.get(lease.owner) ?? { runs: 0, until: 0 };
    drivers.set(lease.owner, { owner: lease.owner, runs: runs + 1, until: Math.max(until, lease.expiresAt) });
  }
  return [...drivers.values()].toSorted((left, right) => (left.owner < right.owner ? -1 : 1));
}
