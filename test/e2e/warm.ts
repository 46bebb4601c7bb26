/**
 * Runs command lines in processes that have their code loaded, one after the other in each: some hundred of them cost what a few processes do.
 * There are two, of all tests of this process, which end with it; each is started when there is work for it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WarmAnswer, WarmOrder } from "./warm-process.ts";

const program = fileURLToPath(new URL("./warm-process.js", import.meta.url));

/** As many as there are cores on the smallest machine that runs the suite. */
const most = 2;

class Pool {
  readonly #idle: ChildProcess[] = [];
  readonly #waiting: ((child: ChildProcess) => void)[] = [];
  #count = 0;

  async take(): Promise<ChildProcess> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#count < most) return this.#start();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** One that ended is replaced. */
  give(child: ChildProcess): void {
    const next = this.#waiting.shift();
    if (!child.connected) this.#count--;
    if (next !== undefined) next(child.connected ? child : this.#start());
    else if (child.connected) this.#idle.push(child);
  }

  #start(): ChildProcess {
    this.#count++;
    const child = fork(program, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    // The tests do not wait for it; it ends when they are gone.
    child.unref();
    child.channel?.unref();
    return child;
  }
}

const pool = new Pool();

export async function runWarm(order: WarmOrder): Promise<WarmAnswer> {
  const child = await pool.take();
  const gone = new AbortController();
  const end = (): void => gone.abort(new Error("the process ended"));
  child.once("exit", end);
  child.channel?.ref();
  try {
    const answered = once(child, "message", { signal: gone.signal });
    child.send(order);
    const [answer] = (await answered) as [WarmAnswer];
    return answer;
  } catch (error) {
    throw new Error(`mfm ${order.args.join(" ")} in a warm process`, { cause: error });
  } finally {
    child.off("exit", end);
    child.channel?.unref();
    pool.give(child);
  }
}
