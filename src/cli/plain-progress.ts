/** Progress for a log file or CI: a line now and then, only while something changes. */
import type { View } from "./progress-view.ts";
import { describeProgress } from "./render/progress.ts";
import type { Terminal } from "./terminal.ts";
import type { Tracker } from "./tracker.ts";

const intervalMs = 10_000;

export class PlainProgress implements View {
  readonly #timer: NodeJS.Timeout;
  #changed = false;

  constructor(terminal: Terminal, tracker: Tracker) {
    this.#timer = setInterval(() => {
      if (this.#changed) terminal.note(describeProgress(tracker));
      this.#changed = false;
    }, intervalMs).unref();
  }

  changed(): void {
    this.#changed = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
