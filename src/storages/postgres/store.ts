/** The store port on PostgreSQL: each method is one read, or one write in the order of this process's writes. */
import type { Client } from "pg";
import type { Digest } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Head } from "../../kernel/events.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import type { Run } from "../../kernel/run.ts";
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
import type { PostgresAddress } from "./address.ts";
import { type Appended, appendWrite } from "./append.ts";
import { checkStore } from "./check.ts";
import { type CallContext, claimNextWrite, claimWrite, heartbeatWrite, releaseWrite } from "./claims.ts";
import { withClient } from "./connection.ts";
import { type Database, type Write, single } from "./database.ts";
import { storeFailure } from "./failure.ts";
import { Hints } from "./hints.ts";
import { listEffects, listLanes, readLane } from "./lanes.ts";
import { repairLane, repairRun } from "./repairs.ts";
import {
  count,
  listDrivers,
  listRuns,
  nextDue,
  readArtifact,
  readClock,
  readCommits,
  readEvents,
  readRun,
  readSnapshot,
  snapshotWrite,
} from "./reads.ts";

export interface PostgresStoreOptions {
  readonly address: PostgresAddress;
  readonly database: Database;
  readonly scope: string;
  /** Of the schema. */
  readonly version: number;
  /** Undefined: the server's. */
  readonly clock: (() => number) | undefined;
}

/** A commit that changes nothing, and waits as an append does. */
const barrierWrite = single<undefined, undefined>(async (ask) => {
  await ask("barrier", barrierText, []);
  return undefined;
});

const barrierText = `
select pg_logical_emit_message(true, 'mfm', ''::text),
  case when current_setting('synchronous_commit') in ('off', 'local') then set_config('synchronous_commit', 'on', true) end`;

/** One object for each kind: requests of the same kind may share a statement. */
function writesFor(context: CallContext) {
  return {
    append: appendWrite(context) satisfies Write<Append, Appended>,
    claim: claimWrite(context),
    claimNext: claimNextWrite(context),
    heartbeat: heartbeatWrite(context),
    release: releaseWrite(context),
    snapshot: snapshotWrite(context),
  };
}

export class PostgresStore implements Store {
  readonly scope: string;
  readonly #address: PostgresAddress;
  readonly #database: Database;
  readonly #version: number;
  readonly #now: () => number | null;
  readonly #writes: ReturnType<typeof writesFor>;
  readonly #hints: Hints;
  /** Whether the answer to an append was lost since this process last heard from the server that what it holds is as safe as what it acknowledges. */
  #isUnsure = false;

  constructor({ address, database, scope, version, clock }: PostgresStoreOptions) {
    this.scope = scope;
    this.#address = address;
    this.#database = database;
    this.#version = version;
    this.#now = clock ?? (() => null);
    this.#writes = writesFor({ version, now: this.#now });
    this.#hints = new Hints(address, database);
  }

  async append(request: Append): Promise<AppendResult> {
    assertAppend(request);
    try {
      const { result, wakes } = await this.#database.write(this.#writes.append, request);
      if (wakes) this.#hints.announce();
      return result;
    } catch (error) {
      if (error instanceof MfmError && error.details["written"] !== "no") this.#isUnsure = true;
      throw error;
    }
  }

  async readRun(runId: RunId): Promise<StoredRun | undefined> {
    await this.#beSure();
    return readRun(this.#database, runId);
  }

  async readEvents(runId: RunId, from: number, limit: number): Promise<StoredEvent[]> {
    await this.#beSure();
    return readEvents(this.#database, runId, from, limit);
  }

  /**
   * Before an append whose answer was lost is looked for: a server that restarted may show commits that no synchronous standby has yet, and
   * that a failover would take away again. An acknowledged commit after them proves that they are there too.
   */
  async #beSure(): Promise<void> {
    if (!this.#isUnsure) return;
    await this.#database.write(barrierWrite, undefined);
    this.#isUnsure = false;
  }

  readCommits(after: string | null, limit: number): Promise<CommitPage> {
    return readCommits(this.#database, after, limit);
  }

  readArtifact(digest: Digest): Promise<Uint8Array | undefined> {
    return readArtifact(this.#database, digest);
  }

  listRuns(filter: RunFilter): Promise<ListedRun[]> {
    return listRuns(this.#database, filter);
  }

  readLane(lane: string, queued: number): Promise<Lane | undefined> {
    return readLane(this.#database, lane, queued);
  }

  listLanes(): Promise<string[]> {
    return listLanes(this.#database);
  }

  listEffects(filter: EffectFilter): Promise<ListedEffect[]> {
    return listEffects(this.#database, filter);
  }

  claim(runId: RunId, request: ClaimRequest & { readonly takeOver: boolean }): Promise<ClaimResult> {
    return this.#database.write(this.#writes.claim, { ...request, runId });
  }

  claimNext(request: ClaimNextRequest): Promise<Claimed[]> {
    return this.#database.write(this.#writes.claimNext, request);
  }

  async heartbeat(leases: readonly Lease[], milliseconds: number): Promise<RunId[]> {
    return leases.length === 0 ? [] : this.#database.write(this.#writes.heartbeat, { leases, milliseconds });
  }

  async release(lease: Lease, wakeAt: number | null): Promise<void> {
    if (await this.#database.write(this.#writes.release, { lease, wakeAt })) this.#hints.announce();
  }

  async writeSnapshot(runId: RunId, head: Head, artifact: NewArtifact): Promise<void> {
    assertArtifact(artifact);
    await this.#database.write(this.#writes.snapshot, { runId, head, artifact });
  }

  readSnapshot(runId: RunId): Promise<{ readonly head: Head; readonly digest: Digest } | undefined> {
    return readSnapshot(this.#database, runId);
  }

  nextDue(entryPoints: readonly DefinitionId[], limits?: RunLimits): Promise<number | null> {
    return nextDue(this.#database, { entryPoints, limits }, this.#now());
  }

  listDrivers(): Promise<Driver[]> {
    return listDrivers(this.#database, this.#now());
  }

  onDue(wake: () => void): () => void {
    return this.#hints.listen(wake);
  }

  async now(): Promise<number> {
    return this.#now() ?? readClock(this.#database);
  }

  async info(): Promise<StoreInfo> {
    return { url: this.#address.shown, scope: this.scope, schema: this.#version, ...(await count(this.#database)) };
  }

  /** Over a connection of its own: this process goes on driving runs. */
  check(): Promise<Problem[]> {
    return this.#withCare(checkStore);
  }

  repairRun(run: Run, effects: readonly EffectRow[], wake: boolean): Promise<boolean> {
    return this.#withCare((client) => repairRun(client, { run, effects, wake }, this.#now()));
  }

  repairLane(repair: LaneRepair): Promise<boolean> {
    return this.#withCare((client) => repairLane(client, repair));
  }

  async #withCare<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await withClient(this.#address, "care", work);
    } catch (error) {
      throw storeFailure(error, this.#address.shown, "no");
    }
  }

  /** @throws BACKUP_REFUSED always: the server has better tools, which also keep what others write meanwhile */
  async backup(destination: string): Promise<void> {
    throw new MfmError("BACKUP_REFUSED", `a store on PostgreSQL is backed up with pg_dump or pg_basebackup: ${this.#address.shown}`, {
      url: this.#address.shown,
      destination,
    });
  }

  async close(): Promise<void> {
    await this.#hints.close();
    await this.#database.close();
  }
}
