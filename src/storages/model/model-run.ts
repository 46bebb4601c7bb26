/** A run as the model keeps it, and as the port shows it. */
import type { Digest } from "../../kernel/canonical.ts";
import type { Head } from "../../kernel/events.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import type { Run } from "../../kernel/run.ts";
import type { Driver, Lease, StoredRun } from "../../kernel/leases.ts";
import type { StoredEvent } from "../../kernel/store.ts";

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

/** One after the other: each time the first of all that there is room for, by turns and then by time. */
export function inTurn(
  due: readonly { readonly run: ModelRun; readonly at: number }[],
  {
    rooms,
    places,
    served,
  }: { readonly rooms: ReadonlyMap<DefinitionId, number>; readonly places: number; readonly served: readonly DefinitionId[] },
): ModelRun[] {
  const left = new Map(rooms);
  const turns = new Map(served.map((entryPoint) => [entryPoint, 1]));
  const turnOf = ({ run }: { readonly run: ModelRun }): number => turns.get(run.entryPoint) ?? 0;
  const taken: ModelRun[] = [];
  while (taken.length < places) {
    const [first] = due
      .filter(({ run }) => (left.get(run.entryPoint) ?? 0) > 0 && !taken.includes(run))
      // Sorting is stable, and runs are kept in the order of their admission.
      .toSorted((one, other) => one.at - other.at)
      .toSorted((one, other) => turnOf(one) - turnOf(other));
    if (first === undefined) break;
    const { entryPoint } = first.run;
    turns.set(entryPoint, turnOf(first) + 1);
    left.set(entryPoint, (left.get(entryPoint) ?? 0) - 1);
    taken.push(first.run);
  }
  return taken;
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
