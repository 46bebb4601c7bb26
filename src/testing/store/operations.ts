/** Random operations on a store, which hit what is there and what is not, current and stale. The same seed gives the same ones. */
import { type Digest, digestOf } from "../../kernel/canonical.ts";
import type { Head } from "../../kernel/events.ts";
import type { RunId } from "../../kernel/names.ts";
import { type Run, runStatuses } from "../../kernel/run.ts";
import type { EffectFilter } from "../../kernel/lanes.ts";
import type { Lease } from "../../kernel/leases.ts";
import type { Append, RunFilter, Store } from "../../kernel/store.ts";
import { Dice } from "./dice.ts";
import { type Working, act, working } from "./effect-streams.ts";
import { RandomDeeds, lanes, states } from "./random-deeds.ts";
import { type NextOptions, admissionOf, entryPoints, nextOf, runIdFor } from "./streams.ts";

export interface Operation {
  readonly name: string;
  readonly run: (store: Store) => Promise<unknown>;
  /** One word for what came out. */
  readonly outcome: (answer: unknown) => string;
}

const specs = ["one", "two", "three"] as const;
const owners = ["ann", "bob", "cleo"] as const;
const deeds: readonly NonNullable<NextOptions["does"]>[] = [
  "complete",
  "complete",
  "complete",
  "complete",
  "wait",
  "pause",
  "succeed",
  "fail",
  "cancel",
];

export class Operations {
  readonly #clock: { now: number };
  readonly #dice: Dice;
  /** Every state each run was ever meant to have, whether or not the append that makes it succeeded. */
  readonly #states = new Map<RunId, Run[]>();
  readonly #leases: Lease[] = [];
  readonly #artifacts = new Set<Digest>();
  /** The effects of runs, by the head at which they are so. */
  readonly #workings = new Map<Digest, Working>();
  readonly #deeds: RandomDeeds;
  readonly #identities: string[] = [];

  constructor(seed: number, clock: { now: number }) {
    this.#dice = new Dice(seed);
    this.#clock = clock;
    this.#deeds = new RandomDeeds((limit) => this.#dice.below(limit));
  }

  /** Everything that an operation so far wanted to keep. */
  artifacts(): Iterable<Digest> {
    return this.#artifacts;
  }

  /** One operation, or several writes to be asked for at once. */
  nextGroup(): Operation[] {
    if (this.#dice.chance(0.3)) this.#clock.now += this.#dice.below(400);
    // An empty store is asked for a while before anything is written.
    const group = [this.#dice.chance(this.#states.size === 0 ? 0.04 : 0.75) ? this.#write() : this.#read()];
    if (this.#dice.chance(0.2)) for (let more = this.#dice.below(5); more > 0; more--) group.push(this.#write());
    // Finding a run to claim is not part of a group: when it looks is a backend's own business.
    return group.every(
      ({ name }) => name === "append" || name === "heartbeat" || name === "release" || name === "claim" || name === "writeSnapshot",
    )
      ? group
      : group.slice(0, 1);
  }

  #write(): Operation {
    const kind = this.#dice.below(100);
    if (this.#states.size === 0 || kind < 12) return this.#append(this.#admission());
    if (kind < 30) return this.#act();
    if (kind < 55) return this.#append(this.#continuation());
    if (kind < 67) return this.#claim();
    if (kind < 80) return this.#claimNext();
    if (kind < 87) return this.#heartbeat();
    if (kind < 94) return this.#release();
    return this.#snapshot();
  }

  #admission(): Append {
    const name = this.#dice.chance(0.15) ? `run ${this.#dice.below(this.#states.size + 1)}` : `run ${this.#states.size}`;
    const lease = this.#dice.chance(0.5) ? { owner: this.#dice.pick(owners), milliseconds: this.#dice.below(2000) } : undefined;
    const parent = this.#dice.chance(0.5) ? this.#someRunId() : undefined;
    return admissionOf(name, {
      entryPoint: this.#dice.pick(entryPoints),
      spec: this.#dice.pick(specs),
      wakeAt: this.#someTime(),
      ...(lease === undefined ? {} : { lease }),
      ...(parent === undefined ? {} : { parent }),
    });
  }

  #continuation(): Append {
    const { base, fence } = this.#target();
    const does = this.#dice.pick(deeds);
    const wakeAt = this.#someTime();
    const before = this.#workings.get(base.head.digest) ?? working(base);
    if (does === "pause") {
      const { append, after } = act(before, [{ does }], { fence, wakeAt });
      this.#workings.set(after.run.head.digest, after);
      return append;
    }
    const label = this.#dice.chance(0.3) ? `shared ${this.#dice.below(5)}` : undefined;
    const append = nextOf(base, {
      does,
      fence,
      wakeAt,
      before: this.#dice.chance(0.2) ? this.#dice.below(4) : 0,
      ...(label === undefined ? {} : { label }),
    });
    this.#workings.set(append.run.head.digest, { ...before, run: append.run });
    return append;
  }

  /** An append about effects, mostly one that the lanes allow. */
  #act(): Operation {
    const { base, fence } = this.#target();
    const before = this.#workings.get(base.head.digest) ?? working(base);
    const { append, after } = act(before, this.#deeds.next(before), { fence, wakeAt: this.#someTime() });
    this.#workings.set(after.run.head.digest, after);
    for (const { identity } of append.effects ?? []) if (identity !== null) this.#identities.push(identity);
    return this.#append(append);
  }

  /** A state to go on from, mostly the newest of its run, and the fence to do it with. */
  #target(): { readonly base: Run; readonly fence: number | null } {
    const states = this.#states.get(this.#someRunId()) ?? [];
    const run = this.#dice.chance(0.85) ? states.at(-1) : states[this.#dice.below(states.length)];
    const lease = this.#leases.findLast(({ runId }) => runId === run?.runId);
    const fence = this.#dice.chance(0.4) || lease === undefined ? null : this.#dice.chance(0.8) ? lease.fence : this.#dice.below(4);
    return { base: run ?? admissionOf("never admitted").run, fence };
  }

  #append(append: Append): Operation {
    for (const { digest } of append.artifacts) this.#artifacts.add(digest);
    return {
      name: "append",
      run: async (store) => {
        const result = await store.append(append);
        if (result.kind === "appended") this.#note(append.run, result.lease);
        if (result.kind === "appended") this.#deeds.note(append);
        return result;
      },
      outcome: (answer) => `${append.admission === null ? "next" : "admission"} ${kindOf(answer)}`,
    };
  }

  /** Called for both stores; what is noted twice is noted once. */
  #note(run: Run, lease: Lease | null): void {
    const states = this.#states.get(run.runId) ?? [];
    this.#states.set(run.runId, states);
    if (states.at(-1)?.head.digest !== run.head.digest) states.push(run);
    if (lease !== null && !this.#leases.some((known) => known.runId === lease.runId && known.fence === lease.fence))
      this.#leases.push(lease);
  }

  #claim(): Operation {
    const runId = this.#someRunId();
    const request = { owner: this.#dice.pick(owners), milliseconds: this.#dice.below(2000), takeOver: this.#dice.chance(0.3) };
    return {
      name: "claim",
      run: async (store) => {
        const result = await store.claim(runId, request);
        if (result.kind === "claimed") this.#note(result.stored.run, result.lease);
        return result;
      },
      outcome: kindOf,
    };
  }

  #claimNext(): Operation {
    const request = {
      owner: this.#dice.pick(owners),
      milliseconds: this.#dice.below(2000),
      entryPoints: entryPoints.filter(() => this.#dice.chance(0.8)),
      served: entryPoints.filter(() => this.#dice.chance(0.3)),
      places: 1 + this.#dice.below(4),
      limits: new Map(entryPoints.filter(() => this.#dice.chance(0.3)).map((entryPoint) => [entryPoint, this.#dice.below(4)] as const)),
      exceptSpecs: specs
        .filter(() => this.#dice.chance(0.15))
        .map((spec) => admissionOf("any", { spec }).admission?.specRef ?? digestOf("")),
    };
    return {
      name: "claimNext",
      run: async (store) => {
        const result = await store.claimNext(request);
        for (const { stored, lease } of result) this.#note(stored.run, lease);
        return result;
      },
      outcome: (answer) => ["nothing", "claimed"][(answer as readonly unknown[]).length] ?? "several",
    };
  }

  #heartbeat(): Operation {
    const leases = this.#leases.slice(-20).filter(() => this.#dice.chance(0.3));
    const milliseconds = this.#dice.below(2000);
    return {
      name: "heartbeat",
      run: (store) => store.heartbeat(leases, milliseconds),
      outcome: (answer) => ((answer as RunId[]).length === leases.length ? (leases.length === 0 ? "nothing" : "kept") : "lost"),
    };
  }

  #release(): Operation {
    const lease = this.#dice.chance(0.8) ? this.#leases.at(-1 - this.#dice.below(6)) : this.#dice.pick(this.#leases);
    const wakeAt = this.#someTime();
    const strange = { runId: this.#someRunId(), owner: "nobody", fence: 1, expiresAt: 0 };
    return {
      name: "release",
      run: (store) => store.release(lease ?? strange, wakeAt),
      outcome: () => (lease === undefined ? "unknown" : "known"),
    };
  }

  #snapshot(): Operation {
    const runId = this.#someRunId();
    const states = this.#states.get(runId) ?? [];
    const run = this.#dice.chance(0.7) ? states.at(-1) : states[this.#dice.below(states.length)];
    const head: Head = run === undefined || this.#dice.chance(0.1) ? { seq: this.#dice.below(3), digest: digestOf("none") } : run.head;
    const body = `snapshot of ${runId} at ${head.seq}`;
    const digest = digestOf(body);
    this.#artifacts.add(digest);
    return {
      name: "writeSnapshot",
      run: (store) => store.writeSnapshot(runId, head, { digest, body }),
      outcome: () => (head === run?.head ? "real" : "made up"),
    };
  }

  #read(): Operation {
    const runId = this.#someRunId();
    const [from, limit] = [this.#dice.below(10), this.#dice.below(10)];
    const digest = this.#dice.pick([digestOf("unknown"), ...[...this.#artifacts].slice(-50)]);
    const filter = this.#filter();
    const effects = this.#effectFilter();
    const [lane, queued] = [this.#dice.pick([...lanes, "none"]), this.#dice.below(4)];
    const some = entryPoints.slice(this.#dice.below(3));
    const found = (answer: unknown): string =>
      answer === undefined || (Array.isArray(answer) && answer.length === 0) ? "nothing" : "something";
    const reads: readonly Operation[] = [
      { name: "readRun", run: (store) => store.readRun(runId), outcome: found },
      { name: "readEvents", run: (store) => store.readEvents(runId, from, limit), outcome: found },
      { name: "readArtifact", run: (store) => store.readArtifact(digest), outcome: found },
      { name: "readSnapshot", run: (store) => store.readSnapshot(runId), outcome: found },
      { name: "listRuns", run: (store) => store.listRuns(filter), outcome: found },
      { name: "readLane", run: (store) => store.readLane(lane, queued), outcome: found },
      { name: "listLanes", run: (store) => store.listLanes(), outcome: found },
      { name: "listEffects", run: (store) => store.listEffects(effects), outcome: found },
      { name: "nextDue", run: (store) => store.nextDue(some), outcome: (answer) => (answer === null ? "nothing" : "something") },
      { name: "listDrivers", run: (store) => store.listDrivers(), outcome: found },
      { name: "info", run: (store) => store.info(), outcome: found },
    ];
    return reads[this.#dice.below(reads.length)] as Operation;
  }

  #effectFilter(): EffectFilter {
    const identity = this.#dice.pick(["ffff", ...this.#identities.slice(-50)]);
    return {
      ...this.#dice.optional("runId", this.#someRunId()),
      ...this.#dice.optional("lane", this.#dice.pick(lanes)),
      ...this.#dice.optional("is", this.#dice.pick(states)),
      ...this.#dice.optional("identity", identity.slice(0, 1 + this.#dice.below(4))),
      ...this.#dice.optional("before", this.#dice.below(100)),
      limit: this.#dice.below(20),
    };
  }

  #filter(): RunFilter {
    const prefix = this.#someRunId().slice(0, 4 + this.#dice.below(8));
    return {
      ...this.#dice.optional("status", this.#dice.pick(runStatuses)),
      ...this.#dice.optional("entryPoint", this.#dice.pick(entryPoints)),
      ...this.#dice.optional("parent", this.#someRunId()),
      ...this.#dice.optional("prefix", prefix),
      ...this.#dice.optional("before", this.#dice.below(this.#states.size + 2)),
      limit: this.#dice.below(20),
    };
  }

  /** Mostly one of the newest runs, sometimes an old one, sometimes none. */
  #someRunId(): RunId {
    const count = this.#states.size;
    const number = this.#dice.chance(0.75) ? count - 1 - this.#dice.below(8) : this.#dice.below(count + 1);
    return this.#dice.chance(0.03) ? runIdFor("unknown") : runIdFor(`run ${Math.max(0, number)}`);
  }

  #someTime(): number | null {
    return this.#dice.chance(0.4) ? null : this.#clock.now - 500 + this.#dice.below(2000);
  }
}

function kindOf(answer: unknown): string {
  return (answer as { readonly kind: string }).kind;
}
