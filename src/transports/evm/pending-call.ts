/** A JSON-RPC call that waits for its answer, for one who asked or for several, and how calls are taken together into one request. */
import { setMaxListeners } from "node:events";
import type { CallOutcome } from "./json-rpc.ts";
import { RpcFailure } from "./provider.ts";

export class PendingCall {
  readonly id: number;
  /** The call as JSON. */
  readonly text: string;
  /** Calls in one request with this one, at most: fewer after a request was refused for its size. */
  together = Number.POSITIVE_INFINITY;
  /** Told when nobody waits for it any more. */
  onAbandoned: () => void = () => undefined;
  #isSettled = false;
  readonly #waiting = new Set<(outcome: CallOutcome) => void>();

  constructor(id: number, question: string) {
    this.id = id;
    this.text = `{"jsonrpc":"2.0","id":${id},${question}}`;
  }

  /** Whether it was answered or abandoned. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  settle(outcome: CallOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const tell of this.#waiting) tell(outcome);
  }

  /** The result, the same for all who wait. @throws RpcFailure when there is none; the reason of `signal` when that is aborted */
  waitFor(signal: AbortSignal): Promise<unknown> {
    // Many calls of one step wait with its one signal.
    setMaxListeners(0, signal);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (!this.#waiting.delete(tell)) return;
        reject(signal.reason as Error);
        if (this.#waiting.size > 0) return;
        this.#isSettled = true;
        this.onAbandoned();
      };
      const tell = (outcome: CallOutcome): void => {
        this.#waiting.delete(tell);
        signal.removeEventListener("abort", onAbort);
        if (outcome.kind === "result") resolve(outcome.result);
        else reject(outcome.kind === "failure" ? outcome.failure : new RpcFailure("malformed", "an answer without this call"));
      };
      this.#waiting.add(tell);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }
}

/** A call without its id. */
export function questionOf(method: string, params: readonly unknown[]): string {
  return `"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}`;
}

/** What asks about a chain and changes nothing, also nothing that the provider remembers: several who ask may have one answer. */
export function isQuestion(method: string): boolean {
  return questions.test(method);
}

const questions =
  /^eth_(?:blockNumber|call|chainId|estimateGas|feeHistory|get(?:Balance|Code|Logs|Proof|StorageAt|BlockBy(?:Hash|Number)|Transaction(?:ByHash|Count|Receipt)))$/;

/** The next calls that may travel together, taken from the queue; what nobody waits for is dropped. */
export function takeBatch(queue: PendingCall[], items: number, bytes: number): PendingCall[] {
  const batch: PendingCall[] = [];
  let taken = 0;
  let together = items;
  let size = 2;
  for (const call of queue) {
    if (!call.isSettled) {
      const limit = Math.min(together, call.together);
      size += call.text.length + 1;
      if (batch.length > 0 && (batch.length >= limit || size > bytes)) break;
      together = limit;
      batch.push(call);
    }
    taken++;
  }
  queue.splice(0, taken);
  return batch;
}
