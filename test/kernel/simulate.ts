/**
 * A world in which everything that is left to chance is drawn from one seed: which flight lands next, how an attempt ends, when signals
 * come and children end, when a person resumes or cancels. What is appended comes from `decide` and goes through the fold, as in a driver.
 */
import { digestOf } from "../../src/kernel/canonical.ts";
import { formatInstant } from "../../src/kernel/codecs.ts";
import { nullArtifact } from "../../src/kernel/artifacts.ts";
import { decide } from "../../src/kernel/decide.ts";
import { type EventDraft, type Ref, type SealedEvent, sealEvent } from "../../src/kernel/events.ts";
import { Fold } from "../../src/kernel/fold.ts";
import { type RunId, runIdOf } from "../../src/kernel/names.ts";
import type { Spec } from "../../src/kernel/spec.ts";
import { Chance } from "../simulation/chance.ts";

export interface Chances {
  /** Of 100: how many attempts fail and are tried again, and how many fail for good. */
  readonly safe: number;
  readonly never: number;
  /** Of 100: how often a person cancels instead of resuming, and how often a signal comes before it is waited for. */
  readonly cancel: number;
  readonly early: number;
}

export const calm: Chances = { safe: 0, never: 0, cancel: 0, early: 0 };
export const stormy: Chances = { safe: 25, never: 2, cancel: 5, early: 20 };

export interface Simulated {
  readonly runId: RunId;
  readonly events: readonly SealedEvent[];
  readonly fold: Fold;
  /** The largest numbers seen at once. */
  readonly peak: { readonly flights: number; readonly children: number };
}

export const simulatedRunId = runIdOf(digestOf("simulated"));
export const startOfTime = Date.parse("2026-01-01T00:00:00.000Z");

export function refOf(kind: Ref["kind"], text: string): Ref {
  return { kind, mediaType: "application/json", digest: digestOf(text) };
}

export const admitted: EventDraft = {
  type: "RunAdmitted",
  data: { spec: refOf("spec", "s"), config: refOf("config", "c"), manifest: refOf("manifest", "m") },
};

export function simulate(spec: Spec, seed: number, chances: Chances): Simulated {
  return new Simulation(spec, seed, chances).run();
}

class Simulation {
  readonly #fold: Fold;
  readonly #events: SealedEvent[] = [];
  readonly #chances: Chances;
  /** By index, in the order they were started: how the attempt ends, once it did. */
  readonly #flights = new Map<number, EventDraft | undefined>();
  readonly #chance: Chance;
  readonly #peak = { flights: 0, children: 0 };
  #now = startOfTime;

  constructor(spec: Spec, seed: number, chances: Chances) {
    this.#fold = new Fold(simulatedRunId, spec);
    this.#chances = chances;
    this.#chance = new Chance(seed);
    this.#append(admitted);
  }

  run(): Simulated {
    for (let turn = 0; !this.#fold.ended; turn++) {
      if (turn > 100_000) throw new Error("the simulation does not end");
      if (!this.#turn()) this.#happen();
    }
    return { runId: simulatedRunId, events: this.#events, fold: this.#fold, peak: this.#peak };
  }

  /** What a driver does without anything happening outside; false when it can only wait. */
  #turn(): boolean {
    const decision = decide(this.#fold, new Set(this.#flights.keys()), this.#now, nullArtifact.ref);
    if (decision.kind === "rest") return false;
    if (decision.kind !== "continue") {
      if (decision.kind === "stop" && decision.draft.type === "RunFailed") this.#flights.clear();
      this.#append(decision.kind === "stop" ? decision.draft : { type: "RunSucceeded", data: { output: refOf("output", "o") } });
      return true;
    }
    const { drafts, children, start, wakeAt } = decision;
    if (wakeAt !== null && wakeAt <= this.#now) throw new Error("decide asks to be woken in the past");
    for (const draft of drafts) this.#append(draft);
    for (const index of children) this.#startChild(index);
    for (const index of start) this.#flights.set(index, undefined);
    this.#peak.flights = Math.max(this.#peak.flights, this.#flights.size);
    this.#peak.children = Math.max(this.#peak.children, this.#fold.stepsThat("child").length);
    const [first] = this.#flights;
    if (first?.[1] !== undefined) {
      this.#flights.delete(first[0]);
      this.#append(first[1]);
      return true;
    }
    return drafts.length > 0 || children.length > 0;
  }

  /** One thing that happens outside, whichever. */
  #happen(): void {
    const { phase } = this.#fold;
    if (this.#is(this.#chances.early) && this.#sendSignal()) return;
    const act = { actor: "somebody", reason: "to see what happens" };
    if (phase.is === "driving" && this.#is(this.#chances.cancel / 20)) return this.#append({ type: "RunCancelled", data: act });
    if (phase.is === "paused")
      return this.#append(this.#is(this.#chances.cancel) ? { type: "RunCancelled", data: act } : { type: "RunResumed", data: act });
    const events: (() => void)[] = [];
    for (const [index, landing] of this.#flights) if (landing === undefined) events.push(() => this.#flights.set(index, this.#land(index)));
    for (const index of this.#fold.stepsThat("child")) events.push(() => this.#endChild(index));
    if (this.#fold.ready.some((index) => this.#fold.stepAt(index).kind === "signal")) events.push(() => this.#sendSignal());
    const decision = decide(this.#fold, new Set(this.#flights.keys()), this.#now, nullArtifact.ref);
    const { wakeAt } = decision.kind === "continue" ? decision : { wakeAt: null };
    if (wakeAt !== null) events.push(() => void (this.#now = wakeAt));
    if (events.length === 0) throw new Error(`nothing wakes this run: ${JSON.stringify(this.#fold.run())}`);
    events[Math.floor(this.#chance.unit() * events.length)]?.();
  }

  #land(index: number): EventDraft {
    const step = this.#fold.stepAt(index);
    const attempt = this.#fold.attempts(index) + 1;
    if (step.kind !== "state") throw new Error("only states fly");
    const luck = this.#chance.unit() * 100;
    if (luck < this.#chances.never) return this.#failure(step.key, attempt, "never");
    if (luck < this.#chances.never + this.#chances.safe)
      return this.#failure(step.key, attempt, attempt < step.retry.maxAttempts ? "again" : "safe");
    return { type: "StepCompleted", data: { step: step.key, attempt, output: refOf("value", step.key), facts: [] } };
  }

  #failure(step: string, attempt: number, how: "never" | "safe" | "again"): EventDraft {
    const retry = how === "again" ? ({ kind: "at", at: formatInstant(this.#now + 1000) } as const) : ({ kind: "no" } as const);
    return { type: "StepFailed", data: { step, attempt, code: "NOT_NOW", advice: how === "never" ? "never" : "safe", retry } };
  }

  #startChild(index: number): void {
    const step = this.#fold.stepAt(index).key;
    if (this.#is(this.#chances.never)) return this.#append(this.#failure(step, 1, "never"));
    this.#append({
      type: "ChildStarted",
      data: { step, runId: runIdOf(digestOf(step)), spec: refOf("spec", step), config: refOf("config", step) },
    });
  }

  #endChild(index: number): void {
    const step = this.#fold.stepAt(index).key;
    const child = { seq: 3, digest: digestOf(step) };
    if (this.#is(this.#chances.never)) {
      const data = { step, attempt: 1, code: "CHILD_FAILED", advice: "never", retry: { kind: "no" }, child } as const;
      return this.#append({ type: "StepFailed", data });
    }
    this.#append({
      type: "StepCompleted",
      data: { step, attempt: 1, output: refOf("value", step), facts: [], child },
    });
  }

  #sendSignal(): boolean {
    const open = this.#fold.spec.steps.filter((step) => step.kind === "signal" && this.#fold.outputOf(step.key) === undefined);
    const step = open[Math.floor(this.#chance.unit() * open.length)];
    if (step === undefined) return false;
    this.#append({
      type: "SignalReceived",
      data: { step: step.key, payload: refOf("signal", "7"), actor: "somebody", reason: "it is time" },
    });
    return true;
  }

  #is(percent: number): boolean {
    return this.#chance.unit() * 100 < percent;
  }

  #append(draft: EventDraft): void {
    const sealed = sealEvent(draft, simulatedRunId, this.#fold.head, formatInstant(this.#now));
    this.#fold.apply(sealed);
    this.#events.push(sealed);
  }
}
