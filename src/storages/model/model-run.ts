/** A run as the model keeps it, and as the port shows it. */
import type { Digest } from "../../kernel/canonical.ts";
import type { Head } from "../../kernel/events.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import type { Run } from "../../kernel/run.ts";
import type { Lease, StoredEvent, StoredRun } from "../../kernel/store.ts";

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
  const { specRef, configDigest, parent, wakeAt, claims } = from;
  return {
    run: structuredClone(from.run),
    specRef,
    configDigest,
    parent,
    wakeAt,
    poked: from.pokedAt !== null,
    lease: leaseOf(from),
    claims,
  };
}
