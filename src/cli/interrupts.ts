/** Ctrl-C and SIGTERM: the first asks the command to stop and give its leases back, the second ends the process at once. */
import { constants } from "node:os";
import { interruption } from "../app/failure.ts";

const signals = ["SIGINT", "SIGTERM"] as const;
type StopSignal = (typeof signals)[number];

export class Interrupts {
  readonly #controller = new AbortController();
  readonly #listening = new Map<StopSignal, () => void>();
  #received: StopSignal | undefined;

  /** From here on a signal is a request; the abort signal carries INTERRUPTED as its reason. `onFirst` is told of the first. */
  listen(onFirst: (signal: StopSignal) => void): AbortSignal {
    for (const signal of signals) {
      const receive = (): void => {
        if (this.#received !== undefined) process.exit(exitOf(signal));
        this.#received = signal;
        onFirst(signal);
        this.#controller.abort(interruption(signal));
      };
      this.#listening.set(signal, receive);
      process.on(signal, receive);
    }
    return this.#controller.signal;
  }

  stop(): void {
    for (const [signal, receive] of this.#listening) process.off(signal, receive);
    this.#listening.clear();
  }

  /** The exit code where a signal was received. */
  get exit(): number | undefined {
    return this.#received === undefined ? undefined : exitOf(this.#received);
  }
}

function exitOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
