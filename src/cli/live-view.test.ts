/** What a person sees: the escapes are played back on a small screen. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LiveView } from "./live-view.ts";
import { type Streams, Terminal } from "./terminal.ts";
import { Tracker } from "./tracker.ts";

class Screen {
  readonly lines = [""];
  #row = 0;

  /** Understands what the view writes: carriage return, new line, clear line, up. */
  readonly write = (text: string): boolean => {
    for (const part of text.match(/\u001b\[\d*[A-Za-z]|[\s\S]/gu) ?? []) {
      if (part === "\n") this.lines[++this.#row] ??= "";
      else if (part === "\u001b[1A") this.#row--;
      else if (part === "\u001b[2K") this.lines[this.#row] = "";
      else if (part !== "\r" && !part.startsWith("\u001b")) this.lines[this.#row] += part;
    }
    return true;
  };

  get shown(): string[] {
    return this.lines.filter((line) => line !== "");
  }
}

function makeView(columns: number): {
  readonly screen: Screen;
  readonly terminal: Terminal;
  readonly view: LiveView;
  readonly clock: { now: number };
  readonly tracker: Tracker;
} {
  const screen = new Screen();
  const stream = { isTTY: true, columns, write: screen.write, on: () => undefined };
  const terminal = new Terminal({ stdout: stream, stderr: stream } as unknown as Streams, true);
  const clock = { now: 0 };
  const tracker = new Tracker(() => clock.now);
  return { screen, terminal, view: new LiveView(terminal, tracker), clock, tracker };
}

describe("live view", () => {
  it("shows nothing of a short run, then progress below what is said, and nothing in the end", () => {
    const { screen, terminal, view, clock, tracker } = makeView(60);
    view.tick();
    assert.deepEqual(screen.shown, []);
    clock.now = 2500;
    for (const step of ["a", "b", "c", "d", "e", "f"]) tracker.inFlight.add(step);
    view.tick();
    assert.deepEqual(screen.shown, ["⠋ starting  2.5 s", "  a, b, c, d and 2 more"]);
    terminal.note("something happened");
    view.tick();
    assert.deepEqual(screen.shown, ["something happened", "⠹ starting  2.5 s", "  a, b, c, d and 2 more"]);
    tracker.inFlight.clear();
    view.tick();
    assert.deepEqual(screen.shown, ["something happened", "⠸ starting  2.5 s"]);
    view.stop();
    terminal.note("the end");
    assert.deepEqual(screen.shown, ["something happened", "the end"]);
  });

  it("cuts what would not fit on the line", () => {
    const { screen, view, clock, tracker } = makeView(20);
    clock.now = 1000;
    tracker.inFlight.add("a-step-with-a-very-long-name");
    view.tick();
    assert.deepEqual(screen.shown, ["⠋ starting  1.0 s", "  a-step-with-a-ve…"]);
    view.stop();
  });
});
