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

  begin(process: string, runId: RunId): void {
    this.#drives.set(`${process} ${runId}`, { launched: [], committed: 0 });
  }

  launch(process: string, runId: RunId, step: string, attempt: number): void {
    this.#drives.get(`${process} ${runId}`)?.launched.push(`${step} ${attempt}`);
  }

  commit(process: string, runId: RunId, event: RunEvent, violate: (what: string) => void): void {
    if (event.type !== "StepCompleted" && event.type !== "StepFailed") return;
    const { step, attempt } = event.data;
    const drive = this.#drives.get(`${process} ${runId}`);
    // Timers and children are not launched.
    if (drive === undefined || /(^|\/)(wait|child)\//.test(step)) return;
    const at = drive.launched.indexOf(`${step} ${attempt}`, drive.committed);
    if (at < 0) violate(`${process} committed ${event.type} of ${step}, attempt ${attempt}, of ${runId} out of the order in which it started its steps: ${drive.launched.join(", ")}`);
    else drive.committed = at + 1;
  }
}
