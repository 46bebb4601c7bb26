/** Runs command lines, one after the other, in one process that has its code loaded: some hundred of them cost what a few processes do. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WarmAnswer, WarmOrder } from "./warm-process.ts";

const program = fileURLToPath(new URL("./warm-process.js", import.meta.url));

export class Warm {
  readonly #child = fork(program, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  /** Answers come in the order of the questions. */
  #last: Promise<unknown> = Promise.resolve();

  async run(order: WarmOrder): Promise<WarmAnswer> {
    const asked = this.#last.then(() => this.#ask(order));
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  async #ask(order: WarmOrder): Promise<WarmAnswer> {
    const gone = new AbortController();
    const end = (): void => gone.abort(new Error("the process ended"));
    this.#child.once("exit", end);
    try {
      const answered = once(this.#child, "message", { signal: gone.signal });
      this.#child.send(order);
      const [answer] = (await answered) as [WarmAnswer];
      return answer;
    } catch (error) {
      throw new Error(`mfm ${order.args.join(" ")} in a warm process`, { cause: error });
    } finally {
      this.#child.off("exit", end);
    }
  }
}
