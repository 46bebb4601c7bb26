/**
 * The store port over plain maps: slow where it does not matter, obviously correct, and nothing shared with the backends but the check
 * of an append's shape. What it answers is what every backend must answer.
 */
import { randomBytes } from "node:crypto";
import type { Digest } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Head } from "../../kernel/events.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import { type Run, hasEnded } from "../../kernel/run.ts";
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
import { ModelLanes } from "./model-lanes.ts";
import { assertAppend, assertArtifact } from "../append-shape.ts";
import { type ModelRun, driversOf, inTurn, keptOf, leaseOf, storedOf, wakeableOf } from "./model-run.ts";

export interface ModelOptions {
  readonly clock: () => number;
  /** Random where it is absent; that of another store, where this is to be a copy of it. */
  readonly scope?: string;
}

export function openModelStore(options: ModelOptions): Store {
  return new ModelStore(options);
}

class ModelStore implements Store {
  readonly scope: string;
  readonly #clock: () => number;
  readonly #runs = new Map<RunId, ModelRun>();
  readonly #artifacts = new Map<Digest, Uint8Array>();
  readonly #lanes = new ModelLanes();
  #events = 0;

  constructor({ clock, scope = randomBytes(16).toString("hex") }: ModelOptions) {
    this.scope = scope;
    this.#clock = clock;
  }

  async append(request: Append): Promise<AppendResult> {
    assertAppend(request);
    const found = this.#runs.get(request.runId);
    if (found === undefined && request.admission === null) return { kind: "conflict", head: null };
    if (found === undefined) return this.#admit(request);
    const head = found.run.head;
    if (request.admission !== null || hasEnded(found.run.status)) return { kind: "conflict", head };
    if (request.fence !== null && request.fence !== found.fence) return { kind: "fenced" };
    if (request.expected?.seq !== head.seq || request.expected.digest !== head.digest) return { kind: "conflict", head };
    const lane = this.#lanes.movedIn(request);
    if (lane !== undefined) return { kind: "laneMoved", lane };
    found.wakeAt = request.wakeAt;
    if (request.fence === null) found.pokedAt ??= this.#clock();
    return { kind: "appended", order: this.#write(found, request), lease: null };
  }

  #admit(request: Append): AppendResult {
    const { runId, admission, run, wakeAt } = request;
    if (admission === null) throw new MfmError("INTERNAL", "not an admission");
    const now = this.#clock();
    const { lease, parent, ...fixed } = admission;
    const admitted: ModelRun = {
      ...fixed,
      runId,
      parent,
      admissionOrder: this.#runs.size + 1,
      events: [],
      run,
      wakeAt,
      pokedAt: lease === null ? now : null,
      fence: lease === null ? 0 : 1,
      lease: lease === null ? null : { owner: lease.owner, expiresAt: now + lease.milliseconds },
      claims: 0,
      snapshot: null,
    };
    this.#runs.set(runId, admitted);
    const order = this.#write(admitted, request);
    return { kind: "appended", order, lease: leaseOf(admitted) };
  }

  /** The part that every append has in common; the commit order of its last event. */
  #write(target: ModelRun, request: Append): number {
    target.run = keptOf(request.run);
    target.claims = 0;
    for (const { event, text, digest } of request.events) target.events.push({ order: ++this.#events, seq: event.seq, digest, text });
    for (const { digest, body } of request.artifacts) this.#artifacts.set(digest, bytesOf(body));
    for (const runId of this.#lanes.write(request)) {
      const next = this.#runs.get(runId);
      if (next !== undefined) this.#poke(next);
    }
    if (hasEnded(target.run.status)) {
      target.wakeAt = null;
      target.pokedAt = null;
      target.lease = null;
      for (const other of this.#runs.values()) if (other.parent === target.runId || other.runId === target.parent) this.#poke(other);
    }
    return this.#events;
  }

  #poke(target: ModelRun): void {
    if (!hasEnded(target.run.status)) target.pokedAt ??= this.#clock();
  }

  async readLane(lane: string, queued: number): Promise<Lane | undefined> {
    return this.#lanes.readLane(lane, queued);
  }

  async listLanes(): Promise<string[]> {
    return this.#lanes.listLanes();
  }

  async listEffects(filter: EffectFilter): Promise<ListedEffect[]> {
    return this.#lanes.listEffects(filter);
  }

  async readRun(runId: RunId): Promise<StoredRun | undefined> {
    const found = this.#runs.get(runId);
    return found === undefined ? undefined : storedOf(found);
  }

  async readEvents(runId: RunId, from: number, limit: number): Promise<StoredEvent[]> {
    const events = this.#runs.get(runId)?.events ?? [];
    return events.filter(({ seq }) => seq >= from).slice(0, limit);
  }

  async readCommits(after: string | null, limit: number): Promise<CommitPage> {
    const events = [...this.#runs.values()]
      .flatMap(({ runId, events: own }) => own.map((event) => Object.assign({ runId }, event)))
      .filter(({ order }) => order > Number(after ?? 0))
      .toSorted((left, right) => left.order - right.order)
      .slice(0, limit);
    return { events, next: events.at(-1)?.order.toString() ?? after };
  }

  async readArtifact(digest: Digest): Promise<Uint8Array | undefined> {
    const snapshot = [...this.#runs.values()].find((run) => run.snapshot?.digest === digest)?.snapshot;
    return this.#artifacts.get(digest) ?? snapshot?.bytes;
  }

  async listRuns(filter: RunFilter): Promise<ListedRun[]> {
    const { status, entryPoint, parent, prefix, before, limit } = filter;
    const found = [...this.#runs.values()]
      .filter((run) => status === undefined || run.run.status === status)
      .filter((run) => entryPoint === undefined || run.entryPoint === entryPoint)
      .filter((run) => parent === undefined || run.parent === parent)
      .filter((run) => prefix === undefined || run.runId.startsWith(prefix))
      .filter((run) => before === undefined || run.admissionOrder < before)
      .toSorted((left, right) => right.admissionOrder - left.admissionOrder)
      .slice(0, limit);
    return found.map((run) => Object.assign(storedOf(run), { admissionOrder: run.admissionOrder }));
  }

  async claim(runId: RunId, request: ClaimRequest & { readonly takeOver: boolean }): Promise<ClaimResult> {
    const found = this.#runs.get(runId);
    if (found === undefined) return { kind: "unknown" };
    if (hasEnded(found.run.status)) return { kind: "ended" };
    const lease = leaseOf(found);
    if (lease !== null && lease.expiresAt > this.#clock() && !request.takeOver) return { kind: "busy", lease };
    return { kind: "claimed", ...this.#claim(found, request) };
  }

  async claimNext({ entryPoints, exceptSpecs, limits, places = 1, served = [], ...request }: ClaimNextRequest): Promise<Claimed[]> {
    const now = this.#clock();
    const due = wakeableOf(this.#runs.values(), entryPoints).filter(({ run, at }) => at <= now && !exceptSpecs.includes(run.specRef));
    const rooms = new Map(entryPoints.map((entryPoint) => [entryPoint, this.#roomOf(entryPoint, limits)]));
    return inTurn(due, { rooms, places, served }).map((run) => this.#claim(run, request));
  }

  #roomOf(entryPoint: DefinitionId, limits: RunLimits = new Map()): number {
    const now = this.#clock();
    const leased = [...this.#runs.values()].filter((run) => run.entryPoint === entryPoint && (run.lease?.expiresAt ?? 0) > now);
    return (limits.get(entryPoint) ?? Infinity) - leased.length;
  }

  #claim(target: ModelRun, request: ClaimRequest): Claimed {
    const now = this.#clock();
    target.fence++;
    target.claims++;
    target.pokedAt = null;
    target.wakeAt = now;
    const lease = { owner: request.owner, expiresAt: now + request.milliseconds };
    target.lease = lease;
    return { lease: { runId: target.runId, fence: target.fence, ...lease }, stored: storedOf(target) };
  }

  async heartbeat(leases: readonly Lease[], milliseconds: number): Promise<RunId[]> {
    const kept = leases.filter((lease) => this.#holder(lease) !== undefined);
    for (const lease of kept) {
      const held = this.#holder(lease)?.lease ?? undefined;
      if (held !== undefined) held.expiresAt = this.#clock() + milliseconds;
    }
    return kept.map(({ runId }) => runId);
  }

  async release(lease: Lease, wakeAt: number | null): Promise<void> {
    const held = this.#holder(lease);
    if (held === undefined) return;
    held.lease = null;
    held.wakeAt = wakeAt;
    held.claims = 0;
  }

  #holder({ runId, owner, fence }: Lease): ModelRun | undefined {
    const found = this.#runs.get(runId);
    return found?.lease?.owner === owner && found.fence === fence ? found : undefined;
  }

  async writeSnapshot(runId: RunId, head: Head, artifact: NewArtifact): Promise<void> {
    assertArtifact(artifact);
    const found = this.#runs.get(runId);
    if (found === undefined || found.events[head.seq]?.digest !== head.digest) return;
    if (found.snapshot !== null && found.snapshot.head.seq > head.seq) return;
    found.snapshot = { head, digest: artifact.digest, bytes: bytesOf(artifact.body) };
  }

  async readSnapshot(runId: RunId): Promise<{ readonly head: Head; readonly digest: Digest } | undefined> {
    const snapshot = this.#runs.get(runId)?.snapshot ?? undefined;
    return snapshot === undefined ? undefined : { head: snapshot.head, digest: snapshot.digest };
  }

  async nextDue(entryPoints: readonly DefinitionId[], limits?: RunLimits): Promise<number | null> {
    const times = wakeableOf(
      this.#runs.values(),
      entryPoints.filter((entryPoint) => this.#roomOf(entryPoint, limits) > 0),
    ).map(({ at }) => at);
    return times.length === 0 ? null : Math.max(this.#clock(), Math.min(...times));
  }

  async listDrivers(): Promise<Driver[]> {
    return driversOf(this.#runs.values(), this.#clock());
  }

  onDue(): () => void {
    return () => undefined;
  }

  async now(): Promise<number> {
    return this.#clock();
  }

  async info(): Promise<StoreInfo> {
    return {
      url: "memory:",
      scope: this.scope,
      schema: 1,
      runs: this.#runs.size,
      events: this.#events,
      artifacts: this.#artifacts.size,
      bytes: 0,
    };
  }

  /** Memory has no damage to find. */
  async check(): Promise<Problem[]> {
    return [];
  }

  async repairRun(run: Run, effects: readonly EffectRow[], wake: boolean): Promise<boolean> {
    const found = this.#runs.get(run.runId);
    if (found === undefined || found.run.head.digest !== run.head.digest) return false;
    found.run = keptOf(run);
    this.#lanes.repairRun(run.runId, effects);
    if (wake) this.#poke(found);
    return true;
  }

  async repairLane(repair: LaneRepair): Promise<boolean> {
    return this.#lanes.repairLane(repair);
  }

  async backup(destination: string): Promise<void> {
    throw new MfmError("BACKUP_REFUSED", "a store in memory has no backup", { destination });
  }

  async close(): Promise<void> {}
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? new TextEncoder().encode(body) : body.slice();
}
