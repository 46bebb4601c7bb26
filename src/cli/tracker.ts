/** What is known of a run while it is driven: its summary, the steps in flight, retries, child runs, and for how long. */
import type { Moment, Run } from "./progress-view.ts";

export class Tracker {
  readonly #now: () => number;
  #since: number;
  #runId: string | undefined;
  run: Run | undefined;
  /** Keys of steps in flight, in the order they started; those of child runs too. */
  readonly inFlight = new Set<string>();
  failures = 0;
  readonly #children = new Map<string, Run>();

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** With the run as it was found. */
  begin(run: Run): void {
    this.#runId = run.runId;
    this.run ??= run;
    this.#since = this.#now();
  }

  get seconds(): number {
    return (this.#now() - this.#since) / 1000;
  }

  /** Child runs driven here: how many have ended, of how many. */
  get children(): { readonly ended: number; readonly known: number } {
    let ended = 0;
    for (const { status } of this.#children.values()) if (isEnd(status)) ended++;
    return { ended, known: this.#children.size };
  }

  take(moment: Moment): void {
    switch (moment.kind) {
      case "append.after":
      case "drive.after":
        // The admission is told before anybody knows the run's id.
        this.#runId ??= moment.runId;
        if (moment.runId === this.#runId) this.run = moment.run;
        else this.#children.set(moment.runId, moment.run);
        return;
      case "step.before":
      case "effect.before":
        this.inFlight.add(moment.step);
        return;
      case "step.after":
      case "effect.after":
        this.inFlight.delete(moment.step);
        if (moment.failure !== null) this.failures++;
        return;
      default:
    }
  }
}

export function isEnd(status: string): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled" || status === "compensated" || status === "resolved";
}
