/**
 * The witness: stands at the store and sees every operation of every process in the order in which the store does them. It keeps its own
 * record of every run and compares it with what the store answers, so that a broken rule is found where it is broken.
 */
import { isDeepStrictEqual } from "node:util";
import { hasEnded } from "../../src/kernel/run.ts";
import type { SealedEvent } from "../../src/kernel/events.ts";
import { Fold } from "../../src/kernel/fold.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { Moment } from "../../src/kernel/ports.ts";
import { writeSnapshot } from "../../src/kernel/runtime/history.ts";
import type { Spec } from "../../src/kernel/spec.ts";
import { readSpecShape } from "../../src/kernel/spec-shape.ts";
import type { ClaimResult, Lease } from "../../src/kernel/leases.ts";
import type { Append, AppendResult, Store } from "../../src/kernel/store.ts";
import { interposeStore } from "../../src/testing/faulty-store.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { Launches } from "./launches.ts";
import { neededAt } from "./needs.ts";

/** What the witness knows of a run. */
export interface Witnessed {
  readonly runId: RunId;
  readonly parent: RunId | null;
  /** As they were acknowledged. */
  readonly events: SealedEvent[];
  readonly fold: Fold;
  /** Who made the claim with each fence. */
  readonly fences: Map<number, string>;
  /** How many appends were refused by fence: whoever is told so knows that it was taken over. */
  readonly refused: Map<number, number>;
  fence: number;
  /** Whether the lease of the last claim was not given back yet. */
  held: boolean;
  /** How often in a row it was given back as due at once, with nothing appended. */
  idle: number;
}

export interface WitnessOptions {
  readonly store: Store;
  readonly clock: VirtualClock;
  /** How far a process's clock may be from the store's. */
  readonly skewMs: number;
  /** A run whose drivers die is paused after five claims; faults keep some claimers from that, but not this many in a row. */
  readonly claimsInVain: number;
  /** Whether to write a snapshot after an append. */
  readonly takesSnapshot: () => boolean;
  /** Whether a process lives and nothing disturbs it any more. */
  readonly isUndisturbed: (process: string) => boolean;
  readonly log: ((line: string) => void) | undefined;
}

/** A run that is given back as due at once more often than this, with nothing appended, is driven in circles. (A driver that is told to stop does so once.) */
const idleReleases = 10;
/** The answer to an append may be lost, and it is tried again a few times. */
const refusalsPerFence = 6;

export class Witness {
  readonly runs = new Map<RunId, Witnessed>();
  readonly violations: string[] = [];
  /** How often what happened: to know that a simulation came past everything it is there for. */
  readonly seen = new Map<string, number>();
  claims = 0;
  readonly #options: WitnessOptions;
  readonly #launches = new Launches();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  violate(what: string): void {
    this.violations.push(`${this.time} ${what}`);
  }

  get time(): string {
    return new Date(this.#options.clock.now()).toISOString().slice(14, 23);
  }

  #see(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  log(process: string, what: string): void {
    this.#options.log?.(`${this.time} ${process.padEnd(10)} ${what}`);
  }

  /** The store as one process sees it, under the witness's eyes. */
  view(process: string): Store {
    const { store } = this.#options;
    return {
      ...interposeStore(store, (_operation, work) => work()),
      append: (append) => this.#append(process, append),
      claim: async (runId, request) => {
        const result = await store.claim(runId, request);
        await this.#claimed(process, result, request.takeOver);
        return result;
      },
      claimNext: async (request) => {
        const result = await store.claimNext(request);
        for (const claimed of result) await this.#claimed(process, { kind: "claimed", ...claimed }, false);
        return result;
      },
      heartbeat: async (leases, milliseconds) => {
        const kept = await store.heartbeat(leases, milliseconds);
        this.#beaten(process, leases, kept);
        return kept;
      },
      release: async (lease, wakeAt) => {
        await store.release(lease, wakeAt);
        this.#released(lease, wakeAt);
        this.log(
          process,
          `release ${short(lease.runId)} fence ${lease.fence} wakeAt ${wakeAt === null ? "null" : wakeAt - this.#options.clock.now()}`,
        );
        await this.#assertWakes(lease.runId);
      },
    };
  }

  /** What a process says of itself. */
  moment(process: string, moment: Moment): void {
    if (moment.kind === "step.before") this.#launches.launch(process, moment.runId, moment.step, moment.attempt);
    if (moment.kind === "append.after") {
      if (this.runs.get(moment.runId)?.events[moment.seq]?.digest !== moment.run.head.digest)
        this.violate(`${process} believes that it appended event ${moment.seq} of ${moment.runId}, which is not there`);
    }
  }

  async #append(process: string, append: Append): Promise<AppendResult> {
    const { store } = this.#options;
    const { runId, fence } = append;
    const result = await store.append(append);
    const [first] = append.events;
    this.log(
      process,
      `append ${short(runId)} ${first?.event.seq} ${append.events.map(({ event }) => nameOf(event)).join(" ")} fence ${append.fence}: ${result.kind}`,
    );
    this.#see(`append ${result.kind}`);
    if (result.kind === "appended") this.#take(process, append);
    const known = this.runs.get(runId);
    if (result.kind === "fenced" && fence !== null) this.#refuse(process, known, fence);
    const stored = await store.readRun(runId);
    if (known === undefined || stored === undefined) {
      if (known !== undefined || stored !== undefined) this.violate(`${runId}: the store does not agree that it exists`);
      return result;
    }
    if (!isDeepStrictEqual(stored.run, known.fold.run()))
      this.violate(`${runId}: the row is not the fold of the stream: ${JSON.stringify([stored.run, known.fold.run()])}`);
    const written = await store.readEvents(runId, first?.event.seq ?? 0, append.events.length);
    if (
      result.kind === "appended" &&
      !isDeepStrictEqual(
        written.map(({ text }) => text),
        append.events.map(({ text }) => text),
      )
    ) {
      this.violate(`${runId}: an acknowledged append is not in the stream`);
    }
    await this.#assertWakes(runId);
    if (known.parent !== null) await this.#assertWakes(known.parent);
    for (const other of this.runs.values()) if (known.fold.ended && other.parent === runId) await this.#assertWakes(other.runId);
    if (this.#options.takesSnapshot()) await writeSnapshot(store, known.fold);
    return result;
  }

  #refuse(process: string, known: Witnessed | undefined, fence: number): void {
    const times = (known?.refused.get(fence) ?? 0) + 1;
    known?.refused.set(fence, times);
    if (times > refusalsPerFence) this.violate(`${process} goes on appending to ${known?.runId} with the stale fence ${fence}`);
  }

  /** Takes an acknowledged append into the record. */
  #take(process: string, append: Append): void {
    const { runId, fence, admission } = append;
    if (admission !== null) {
      if (this.runs.has(runId)) this.violate(`${runId} was admitted twice`);
      const fences = new Map(admission.lease === null ? [] : [[1, process]]);
      this.runs.set(runId, {
        runId,
        parent: admission.parent,
        events: [],
        fold: new Fold(runId, specOf(append)),
        fences,
        refused: new Map(),
        fence: fences.size,
        held: fences.size > 0,
        idle: 0,
      });
    }
    const known = this.runs.get(runId);
    if (known === undefined) return this.violate(`${runId}: appended to a run that was never admitted`);
    if (fence !== null && fence !== known.fence)
      this.violate(`${process} appended to ${runId} with the stale fence ${fence}: ${known.fence} was given out`);
    if (fence !== null && known.fences.get(fence) !== process)
      this.violate(`${process} appended to ${runId} with the fence of ${known.fences.get(fence)}`);
    if (append.expected?.digest !== known.fold.head?.digest) this.violate(`${runId}: an append on another head was accepted`);
    known.idle = 0;
    if (hasEnded(append.run.status)) known.held = false;
    for (const sealed of append.events) {
      try {
        known.fold.apply(sealed);
        known.events.push(sealed);
        this.#see(sealed.event.type);
        if ("code" in sealed.event.data) this.#see(`${sealed.event.type} ${sealed.event.data.code}`);
        if (sealed.event.type === "EffectObserved") this.#see(`EffectObserved ${sealed.event.data.seen.kind}`);
        if (sealed.event.type === "RunCancelled") this.#see(`RunCancelled by ${sealed.event.data.actor}`);
        if (fence !== null) this.#launches.commit(process, runId, sealed.event, (what) => this.violate(what));
      } catch (error) {
        this.violate(`${runId}: event ${known.events.length} does not fold: ${String(error)} ${sealed.text}`);
      }
    }
  }

  async #claimed(process: string, result: ClaimResult, takeOver: boolean): Promise<void> {
    if (result.kind !== "claimed") return;
    const { runId, fence } = result.lease;
    const known = this.runs.get(runId);
    this.claims++;
    if (known !== undefined && fence > 1) this.#see(known.fences.get(known.fence) === process ? "claimed again" : "taken over");
    this.log(process, `claim ${short(runId)} fence ${fence} claims ${result.stored.claims}`);
    if (known === undefined) return this.violate(`${runId} was claimed before it was admitted`);
    if (fence <= known.fence) this.violate(`${runId}: the fence ${fence} was given out before`);
    const holder = known.fences.get(known.fence);
    if (known.held && !takeOver && holder !== undefined && this.#options.isUndisturbed(holder))
      this.violate(`${process} claimed ${runId}, whose lease ${holder} let expire although nothing disturbs it`);
    if (result.stored.claims > this.#options.claimsInVain && neededAt(this.runs, known) !== null)
      this.violate(`${runId} was claimed ${result.stored.claims} times and nothing was recorded`);
    known.held = true;
    known.fence = fence;
    known.fences.set(fence, process);
    await this.#assertWakes(runId);
  }

  #released({ runId, fence }: Lease, wakeAt: number | null): void {
    const known = this.runs.get(runId);
    if (known?.fence !== fence) return;
    known.held = false;
    known.idle = wakeAt !== null && wakeAt <= this.#options.clock.now() ? known.idle + 1 : 0;
    if (known.idle > idleReleases) this.violate(`${runId} was given back ${known.idle} times as due at once, and nothing was appended`);
  }

  #beaten(process: string, leases: readonly Lease[], kept: readonly RunId[]): void {
    for (const runId of kept) {
      const known = this.runs.get(runId);
      const own = leases.some(
        (lease) => lease.runId === runId && lease.fence === known?.fence && known.fences.get(lease.fence) === process,
      );
      if (!own) this.violate(`${process} kept a lease of ${runId} that is not its own any more`);
    }
    this.#see(kept.length === leases.length ? "leases kept" : "leases lost");
    this.log(process, `heartbeat kept ${kept.length} of ${leases.length}`);
  }

  /** Whatever becomes of every process now: a run with something to do is due, or will be in time. */
  async #assertWakes(runId: RunId): Promise<void> {
    const known = this.runs.get(runId);
    const stored = await this.#options.store.readRun(runId);
    if (known === undefined || stored === undefined) return;
    const needed = neededAt(this.runs, known);
    if (needed === null || stored.poked) return;
    const now = this.#options.clock.now();
    if (stored.wakeAt !== null && stored.wakeAt <= Math.max(needed, now) + this.#options.skewMs) return;
    this.violate(
      `${runId} has something to do ${needed <= now ? "now" : `in ${needed - now} ms`}, but ${stored.wakeAt === null ? "nothing wakes it" : `it sleeps for ${stored.wakeAt - now} ms`}: ${JSON.stringify(stored.run)}`,
    );
  }
}

function specOf({ events, artifacts }: Append): Spec {
  const admitted = events[0]?.event;
  const digest = admitted?.type === "RunAdmitted" ? admitted.data.spec.digest : undefined;
  const body = artifacts.find((artifact) => artifact.digest === digest)?.body;
  const shaped = readSpecShape(JSON.parse(String(body)));
  if (shaped.kind === "spec") return shaped.spec;
  throw new Error("an admission without a spec");
}

export function short(runId: string): string {
  return runId.slice(4, 10);
}

function nameOf(event: { readonly type: string; readonly data: object }): string {
  return "step" in event.data ? `${event.type}(${String(event.data.step)})` : event.type;
}
