/** What everything in the runtime shares. */
import type { Backend } from "../capability.ts";
import type { DefinitionId } from "../names.ts";
import type { Clock, Random, RecoverSigner, Watch } from "../ports.ts";
import type { Registry } from "../registry.ts";
import type { Store } from "../store.ts";
import type { SpecCache } from "./history.ts";
import type { Looks } from "./looks.ts";

export interface LeaseTerms {
  /** How long a lease holds without a heartbeat. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

export const defaultLeaseTerms: LeaseTerms = { leaseMs: 30_000, heartbeatMs: 10_000 };

export interface Context {
  readonly store: Store;
  readonly registry: Registry;
  readonly specs: SpecCache;
  readonly backends: ReadonlyMap<DefinitionId, Backend>;
  readonly looks: Looks;
  readonly clock: Clock;
  readonly random: Random;
  readonly watch: Watch;
  readonly recoverSigner: RecoverSigner;
  /** Names this process in leases. */
  readonly owner: string;
  readonly terms: LeaseTerms;
  /** Whether an owner in a lease certainly lives no more. Taking over is safe whatever this says: it saves waiting for a lease to expire. */
  readonly isGone: (owner: string) => boolean;
}
