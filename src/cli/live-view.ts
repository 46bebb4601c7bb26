/** Progress for a person: two lines at the bottom of the terminal, drawn anew a few times a second, gone at the end. */
import { printable } from "./paint.ts";
import type { View } from "./progress-view.ts";
import { describeInFlight, describeProgress } from "./render/progress.ts";
import type { Terminal } from "./terminal.ts";
import type { Tracker } from "./tracker.ts";

const intervalMs = 100;
/** A short run ends without a flicker. */
const quietMs = 150;
const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const clearLine = "\r\u001b[2K";
const upAndClear = "\u001b[1A\u001b[2K";

export class LiveView implements View {
  readonly #terminal: Terminal;
  readonly #tracker: Tracker;
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;
  #frame = 0;

  constructor(terminal: Terminal, tracker: Tracker) {
    this.#terminal = terminal;
    this.#tracker = tracker;
    this.#timer = setInterval(() => this.tick(), intervalMs).unref();
    terminal.showAbove((line) => {
      const isShown = this.#drawn > 0;
      this.#clear();
      terminal.draw(`${line}\n`);
      if (isShown) this.#draw();
    });
  }

  /** Draws anew, once the run is long enough to be watched. */
  tick(): void {
    if (this.#tracker.seconds * 1000 >= quietMs) this.#draw();
  }

  /** The timer draws: changes may come thousands of times a second. */
  changed(): void {}

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
    this.#terminal.showAbove(undefined);
  }

  #draw(): void {
    this.#clear();
    const spinner = frames[this.#frame++ % frames.length] ?? "";
    const lines = [`${this.#terminal.paintNotes("cyan", spinner)} ${this.#cut(describeProgress(this.#tracker), 2)}`];
    const inFlight = describeInFlight(this.#tracker);
    if (inFlight !== "") lines.push(this.#terminal.paintNotes("dim", `  ${this.#cut(inFlight, 2)}`));
    this.#terminal.draw(lines.join("\n"));
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#terminal.draw(clearLine + upAndClear.repeat(this.#drawn - 1));
    this.#drawn = 0;
  }

  #cut(text: string, indent: number): string {
    const room = Math.max(10, this.#terminal.columns - indent - 1);
    const shown = printable(text);
    return shown.length <= room ? shown : `${shown.slice(0, room - 1)}…`;
  }
}
