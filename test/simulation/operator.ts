/** The persons of the simulation: they look at runs now and then, and signal, resume, take over and cancel as chance has it. */
import { MfmError } from "../../src/kernel/errors.ts";
import type { Fold } from "../../src/kernel/fold.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { Chance } from "./chance.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import { signalFor } from "./undisturbed.ts";
import type { Witness, Witnessed } from "./witness.ts";

export interface OperatorOptions {
  readonly scenario: Scenario;
  readonly chance: Chance;
  readonly witness: Witness;
  readonly isCalm: () => boolean;
  /** A process for one act. */
  readonly spawn: (what: string) => SimulatedProcess;
  /** Told of what a process could not do; false where that must not happen. */
  readonly tolerates: (process: SimulatedProcess, error: unknown, runId: RunId) => boolean;
}

interface Dealings {
  /** The act under way: the name of its process. */
  busy: string | undefined;
  resumes: number;
  readonly tried: Set<string>;
}

/** How often a person resumes a run after all is calm, before giving it up. */
const patience = 3;

export class Operator {
  /** Runs that a person cancelled, or tried to. */
  readonly cancelled = new Set<RunId>();
  readonly #options: OperatorOptions;
  readonly #dealings = new Map<RunId, Dealings>();
  #calm = false;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /** Whether an act is under way that was not recorded yet. */
  get busy(): boolean {
    return [...this.#dealings.values()].some(({ busy }) => busy !== undefined);
  }

  look(): void {
    if (this.#options.isCalm() && !this.#calm) {
      this.#calm = true;
      for (const dealings of this.#dealings.values()) dealings.resumes = 0;
    }
    for (const run of this.#options.witness.runs.values())
      if (!run.fold.ended && this.#of(run.runId).busy === undefined) this.#consider(run);
  }

  /** Whether nobody will ever resume this run. */
  gaveUp(runId: RunId): boolean {
    return this.withholdsResume(runId) || (this.#calm && this.#of(runId).resumes >= patience);
  }

  /** Whether nobody cares for this run when it is paused. */
  withholdsResume(runId: string): boolean {
    return this.#withholds(`resume ${runId}`);
  }

  /** Whether nobody will ever send this signal. */
  withholdsSignal(runId: RunId, step: string): boolean {
    return this.#withholds(`signal ${runId} ${step}`);
  }

  #withholds(what: string): boolean {
    const { scenario, chance } = this.#options;
    return chance.fork(what).is(scenario.operator.withheld);
  }

  #of(runId: RunId): Dealings {
    let dealings = this.#dealings.get(runId);
    if (dealings === undefined) this.#dealings.set(runId, (dealings = { busy: undefined, resumes: 0, tried: new Set() }));
    return dealings;
  }

  #consider({ runId, fold }: Witnessed): void {
    const { chance, scenario, isCalm } = this.#options;
    const { cancels, takeOvers } = scenario.operator;
    if (!isCalm() && chance.is(cancels)) return this.#cancel(runId);
    if (fold.phase.is === "paused") {
      if (!this.gaveUp(runId) && chance.is(0.5)) this.#resume(runId);
    } else if (!isCalm() && chance.is(takeOvers)) this.#resume(runId);
    else this.#signal(runId, fold);
  }

  #signal(runId: RunId, fold: Fold): void {
    const { chance, scenario } = this.#options;
    for (const [index, step] of fold.spec.steps.entries()) {
      if (step.kind !== "signal" || fold.progressAt(index).is === "done" || this.withholdsSignal(runId, step.key)) continue;
      if (!chance.is(fold.ready.includes(index) ? 0.5 : scenario.operator.early)) continue;
      const first = !this.#of(runId).tried.has(step.key);
      this.#of(runId).tried.add(step.key);
      return this.#act("signal", runId, async (process, reason) => {
        try {
          await process.runtime.signal(runId, step.key, signalFor(runId, step.key), { actor: "somebody", reason });
        } catch (error) {
          if (first && codeOf(error) === "SIGNAL_ALREADY_RECEIVED")
            this.#options.witness.violate(`${process.name}: ${runId} refused a signal that was sent once as received before`);
          throw error;
        }
        this.#confirm(runId, `the signal ${step.key}`, (text) => text.includes(reason));
      });
    }
  }

  #cancel(runId: RunId): void {
    this.cancelled.add(runId);
    this.#act("cancel", runId, async (process, reason) => {
      try {
        await process.runtime.cancel(runId, { actor: "somebody", reason });
      } catch (error) {
        const last = this.#options.witness.runs.get(runId)?.events.at(-1);
        if (codeOf(error) === "RUN_ENDED" && last?.text.includes(reason) === true)
          this.#options.witness.violate(`${process.name}: ${runId} was cancelled by this, which was told that it had ended`);
        throw error;
      }
      // Who cancels a run that is being cancelled is told how far that is.
      this.#confirm(runId, "the cancel", (text) => text.includes(reason) || text.includes('"CancelRequested"'));
    });
  }

  #resume(runId: RunId): void {
    this.#of(runId).resumes++;
    const detach = this.#options.chance.is(0.5);
    this.#act("resume", runId, async (process, reason) => {
      const run = await process.runtime.resume(runId, { actor: "somebody", reason }, { detach, signal: process.stop.signal });
      if (!detach && run.status === "running") this.#options.witness.violate(`${process.name} left ${runId}, which was running`);
    });
  }

  /** What was acknowledged is in the stream. */
  #confirm(runId: RunId, what: string, isIt: (text: string) => boolean): void {
    const { witness } = this.#options;
    if (!(witness.runs.get(runId)?.events ?? []).some(({ text }) => isIt(text)))
      witness.violate(`${what} of ${runId} was acknowledged and is not in its stream`);
  }

  #act(what: string, runId: RunId, work: (process: SimulatedProcess, reason: string) => Promise<void>): void {
    const { spawn, tolerates, witness } = this.#options;
    const dealings = this.#of(runId);
    const process = spawn(what);
    dealings.busy = process.name;
    const free = (): void => {
      if (dealings.busy === process.name) dealings.busy = undefined;
    };
    process.onCrash = free;
    // Who resumes a run in the foreground watches it, and others may act on it meanwhile.
    if (what === "resume") process.clock.timer(1500, free);
    process.track(async () => {
      try {
        await work(process, `by ${process.name}`);
      } catch (error) {
        if (!tolerates(process, error, runId)) witness.violate(`${process.name} could not ${what} ${runId}: ${String(error)}`);
      }
      free();
    });
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof MfmError ? error.code : undefined;
}
