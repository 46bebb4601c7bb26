/**
 * Runs that write, drawn from one seed: how each call for an effect ends, how steps end, whether somebody cancels. What is appended comes from
 * `decide` and goes through the fold, as in a driver.
 */
import { nullArtifact } from "../../src/kernel/artifacts.ts";
import { formatInstant } from "../../src/kernel/codecs.ts";
import { type Decision, decide } from "../../src/kernel/decide.ts";
import { type EffectMove, cancelDrafts } from "../../src/kernel/effects/closing.ts";
import { type EventDraft, type SealedEvent, sealEvent } from "../../src/kernel/events.ts";
import { Fold } from "../../src/kernel/fold.ts";
import { nextDue } from "../../src/kernel/next-due.ts";
import type { Spec } from "../../src/kernel/spec.ts";
import { failureCodeOf } from "../../src/kernel/step-rules.ts";
import { Chance } from "../simulation/chance.ts";
import { act, completed, resumed } from "./drafts.ts";
import { admitted, simulatedRunId, startOfTime } from "./simulate.ts";
import { ambiguous, included, intended, observed, prepared, settled, stepFailed } from "./writes.ts";

type Continue = Decision & { readonly kind: "continue" };

export class Wreck {
  readonly fold: Fold;
  readonly events: SealedEvent[] = [];
  readonly #chance: Chance;
  readonly #seen: (fold: Fold, draft: EventDraft) => void;
  #now = startOfTime;

  /** `seen` is told of each event before it is in the fold. */
  constructor(spec: Spec, seed: number, seen: (fold: Fold, draft: EventDraft) => void = () => undefined) {
    this.fold = new Fold(simulatedRunId, spec);
    this.#chance = new Chance(seed);
    this.#seen = seen;
    this.#append(admitted);
  }

  /** Goes on until the run ends, or a person has to decide. */
  run(): this {
    const { fold } = this;
    for (let turn = 0; !fold.ended && !fold.isBlocked; turn++) {
      if (turn > 10_000) throw new Error("the run does not end");
      this.#now += 1000;
      if (fold.phase.is === "paused") this.#append(...(this.#chance.is(20 / 100) ? cancelDrafts(fold, act) : [resumed]));
      else if (this.#chance.is(2 / 100)) this.#append(...cancelDrafts(fold, act));
      else this.#turn();
    }
    return this;
  }

  #turn(): void {
    const decision = decide(this.fold, new Set(), this.#now, nullArtifact.ref);
    switch (decision.kind) {
      case "stop":
        return this.#append(decision.draft);
      case "succeed":
        return this.#append({ type: "RunSucceeded", data: { output: { ...nullArtifact.ref, kind: "output" } } });
      case "close":
      case "continue": {
        if (decision.drafts.length > 0) return this.#append(...decision.drafts);
        const work = [...decision.moves, ...(decision.kind === "continue" ? decision.start : [])];
        if (work.length > 0) return this.#append(...this.#do(this.#chance.pick(work)));
        return this.#wait(decision as Continue);
      }
      case "rest":
        throw new Error("nothing is to be done, and nobody has to decide");
    }
  }

  #wait(decision: Continue): void {
    const due = decision.wakeAt ?? nextDue(this.fold);
    if (due === null) throw new Error("nothing wakes the run");
    this.#now = Math.max(this.#now, due);
  }

  #do(work: EffectMove | number): EventDraft[] {
    const index = typeof work === "number" ? work : work.index;
    const step = this.fold.stepAt(index).key;
    if (typeof work === "number")
      return [this.#fails(index) ?? (this.fold.writes(index) && !this.#chance.is(10 / 100) ? this.#intend(index) : this.#complete(index))];
    const effect = this.fold.effects.get(index);
    switch (work.move) {
      case "prepare":
        return [this.#fails(index) ?? prepared(step)];
      case "conclude": {
        const code = effect === undefined ? undefined : failureCodeOf(effect);
        if (code !== null) return [stepFailed(step, code ?? "LOST", this.fold.attempts(index) + 1)];
        return [this.#chance.is(5 / 100) ? stepFailed(step, "STEP_THREW", this.fold.attempts(index) + 1) : completed(step)];
      }
      default:
        return this.#answer(step, effect?.is === "included" ? effect.status : undefined);
    }
  }

  /** What the outside says, mostly that all is well. */
  #answer(step: string, status: "success" | "reverted" | "cancelled" | undefined): EventDraft[] {
    if (status !== undefined) return [this.#chance.is(5 / 100) ? observed(step, "removed") : settled(step, status)];
    const luck = this.#chance.int(0, 99);
    if (luck < 4) return [ambiguous(step)];
    if (luck < 8) return [settled(step, "superseded")];
    if (luck < 16) return [included(step, "reverted")];
    if (luck < 20) return [observed(step, "unknown")];
    return [included(step, "success")];
  }

  #intend(index: number): EventDraft {
    return intended(this.fold.stepAt(index).key, this.fold.attempts(index) + 1);
  }

  #complete(index: number): EventDraft {
    return completed(this.fold.stepAt(index).key, { attempt: this.fold.attempts(index) + 1 });
  }

  /** A failed attempt, by chance: for now, until retries run out, or for good. */
  #fails(index: number): EventDraft | undefined {
    const step = this.fold.stepAt(index).key;
    const attempt = this.fold.attempts(index) + 1;
    const luck = this.#chance.int(0, 99);
    if (luck < 5 && this.fold.effects.get(index) === undefined) return stepFailed(step, "NOT_EVER", attempt);
    if (luck >= 15) return undefined;
    const retry = attempt < 2 ? ({ kind: "at", at: formatInstant(this.#now + 1000) } as const) : ({ kind: "no" } as const);
    return { type: "StepFailed", data: { step, attempt, code: "NOT_NOW", advice: "safe", retry } };
  }

  #append(...drafts: readonly EventDraft[]): void {
    for (const draft of drafts) {
      this.#seen(this.fold, draft);
      const sealed = sealEvent(draft, simulatedRunId, this.fold.head, formatInstant(this.#now));
      this.fold.apply(sealed);
      this.events.push(sealed);
    }
  }
}
