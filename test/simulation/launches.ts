/** The order law, watched: what a driver commits of its steps, it commits in the order in which it started them. */
import type { RunEvent } from "../../src/kernel/events.ts";
import type { RunId } from "../../src/kernel/names.ts";

interface Drive {
  readonly launched: string[];
  /** How many of the launched are before the one committed last. */
  committed: number;
}

export class Launches {
  readonly #drives = new Map<string, Drive>();

  launch(process: string, runId: RunId, step: string, attempt: number): void {
    const at = `${process} ${runId}`;
    const drive = this.#drives.get(at);
    if (drive === undefined) this.#drives.set(at, { launched: [`${step} ${attempt}`], committed: 0 });
    else drive.launched.push(`${step} ${attempt}`);
  }

  commit(process: string, runId: RunId, event: RunEvent, violate: (what: string) => void): void {
    if (event.type !== "StepCompleted" && event.type !== "StepFailed") return;
    const { step, attempt } = event.data;
    // Timers and children are not launched; what effects bring is committed as it comes.
    if (/^(wait|child|spend)\//.test(step)) return;
    const drive = this.#drives.get(`${process} ${runId}`);
    const at = drive?.launched.indexOf(`${step} ${attempt}`, drive.committed) ?? -1;
    if (drive !== undefined && at >= 0) drive.committed = at + 1;
    else
      violate(
        `${process} committed ${event.type} of ${step}, attempt ${attempt}, of ${runId} out of the order in which it started its steps: ${drive?.launched.join(", ")}`,
      );
  }
}
