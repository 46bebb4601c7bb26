/** Progress of a run on stderr: a live view where a person looks, a few plain lines elsewhere, nothing with json. */
import type { Call } from "./call.ts";
import { LiveView } from "./live-view.ts";
import { printable } from "./paint.ts";
import { PlainProgress } from "./plain-progress.ts";
import type { Moment, Run, View, Watch } from "./progress-view.ts";
import { describeWait, renderEnd } from "./render/run.ts";
import { Tracker, isEnd } from "./tracker.ts";

export interface Progress {
  readonly watch: Watch;
  /** With the run as it was found; of one that is left to a worker, nothing more is said. */
  begin(run: Run, how: "started" | "attached" | "resumed", detached: boolean): void;
  end(run: Run, detached: boolean): void;
  stop(): void;
}

const silent: Progress = { watch: () => undefined, begin: () => undefined, end: () => undefined, stop: () => undefined };

export function startProgress(call: Call): Progress {
  return call.format === "json" ? silent : new ShownProgress(call);
}

type Wait = Run["waitingFor"][number];

/** What only a person, the time or the outside can bring: while a run is driven, retries are in the log and child runs in the view. */
const awaitedKinds: ReadonlySet<Wait["kind"]> = new Set(["signal", "timer", "effect"]);
/** Of a run that is found waiting nothing has been said. */
const allKinds: ReadonlySet<Wait["kind"]> = new Set([...awaitedKinds, "retry", "child"] as const);

const verbs = { started: "started", attached: "attached to", resumed: "resuming" } as const;

class ShownProgress implements Progress {
  readonly #call: Call;
  readonly #tracker = new Tracker(() => performance.now());
  #view: View | undefined;
  readonly #said = new Set<string>();

  constructor(call: Call) {
    this.#call = call;
  }

  readonly watch = (moment: Moment): void => {
    this.#tracker.take(moment);
    this.#view?.changed();
    this.#sayWaits(awaitedKinds);
  };

  begin(run: Run, how: keyof typeof verbs, detached: boolean): void {
    const { terminal } = this.#call;
    // A command may start a second run where the first could not be finished.
    this.stop();
    this.#tracker.begin(run);
    terminal.note(`${verbs[how]} ${terminal.paintNotes("bold", run.runId)}`);
    this.#view = terminal.isWatched ? new LiveView(terminal, this.#tracker) : new PlainProgress(terminal, this.#tracker);
    if (!detached) this.#sayWaits(how === "started" ? awaitedKinds : allKinds);
  }

  /** Says once what a run waits for that has nothing else to do; not what is due by now. */
  #sayWaits(kinds: ReadonlySet<Wait["kind"]>): void {
    const { run } = this.#tracker;
    if (run?.status !== "waiting") return;
    for (const wait of run.waitingFor) {
      if (!kinds.has(wait.kind) || ("until" in wait && Date.parse(wait.until) <= Date.now())) continue;
      const words = describeWait(wait, run.runId);
      if (!this.#said.has(words)) this.#call.terminal.note(printable(`waits for ${words}`));
      this.#said.add(words);
    }
  }

  end(run: Run, detached: boolean): void {
    this.stop();
    const { terminal } = this.#call;
    const isLeft = detached && !isEnd(run.status);
    const ended = (): string => renderEnd(run, { seconds: this.#tracker.seconds, paint: terminal.paintNotes });
    terminal.note(isLeft ? "recorded: a worker drives it (`mfm worker`)" : ended());
  }

  stop(): void {
    this.#view?.stop();
    this.#view = undefined;
  }
}
