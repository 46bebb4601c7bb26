/**
 * A provider behind an HTTP URL: JSON-RPC 2.0 over connections that stay open. Requests of one turn travel together as a batch, as large
 * as the provider takes them, and what several ask in one turn is asked once.
 */
import type { Clock, Random } from "../../kernel/ports.ts";
import { growingDelay, parseRetryAfter } from "./back-off.ts";
import { basicAuth, type HttpEndpoint, openHttpEndpoint, parseHttpUrl } from "./http-endpoint.ts";
import { type HttpOutcome, readHttpAnswer } from "./json-rpc.ts";
import { PendingCall, isQuestion, questionOf, takeBatch } from "./pending-call.ts";
import { type Provider, RpcFailure } from "./provider.ts";
import { type Scrub, scrubOf } from "./secrets.ts";

export interface HttpProviderOptions {
  readonly ref: string;
  readonly url: string;
  /** Sent with each request; a value is never shown. */
  readonly headers?: { readonly [name: string]: string };
  /** Calls in one request, at most; 1: no batches. Shrinks by itself where the provider refuses. */
  readonly batchItems?: number;
  /** Bytes of a request with several calls, at most. */
  readonly batchBytes?: number;
  /** HTTP requests in flight, at most. */
  readonly concurrency?: number;
  /** For one HTTP request, from when it is sent to the last byte of its answer. */
  readonly timeoutMs?: number;
  /** Of one HTTP answer, unpacked. */
  readonly maxAnswerBytes?: number;
  readonly clock: Clock;
  readonly random: Random;
}

export interface HttpProvider extends Provider {
  /** Ends its connections; what is in flight fails. */
  readonly close: () => Promise<void>;
}

/** While a provider asks to be left alone. */
const pauseGrowth = { firstMs: 500, longestMs: 30_000 };

/**
 * A provider over HTTP. After 429 or 503 it leaves the server alone for as long as that asks, or for a growing while, and refuses requests
 * meanwhile, so that another provider can be asked at once.
 * @throws CONFIG_INVALID when the URL is none of http or https
 */
export function httpProvider(options: HttpProviderOptions): HttpProvider {
  const { ref, concurrency = 8, timeoutMs = 10_000, maxAnswerBytes = 33_554_432 } = options;
  const url = parseHttpUrl(ref, options.url);
  const headers = { ...basicAuth(url), ...options.headers };
  const endpoint = openHttpEndpoint({ url, headers, connections: concurrency, connectMs: timeoutMs, maxAnswerBytes });
  const line = new HttpLine({
    batchItems: 100,
    batchBytes: 131_072,
    ...options,
    concurrency,
    timeoutMs,
    endpoint,
    scrub: scrubOf(url, headers),
  });
  return { ref, request: (method, params, signal) => line.request(method, params, signal), close: endpoint.close };
}

interface LineOptions {
  readonly batchItems: number;
  readonly batchBytes: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly endpoint: HttpEndpoint;
  readonly scrub: Scrub;
  readonly clock: Clock;
  readonly random: Random;
}

/** The calls that wait for one endpoint, and those under way. */
class HttpLine {
  readonly #options: LineOptions;
  readonly #queue: PendingCall[] = [];
  /** What is asked and not sent yet. */
  readonly #unsent = new Map<string, PendingCall>();
  #batchItems: number;
  #inFlight = 0;
  #calls = 0;
  #isScheduled = false;
  /** Until when the server asked to be left alone, and why; `pauses` in a row. */
  #quiet: { readonly until: number; readonly pauses: number; readonly reason: RpcFailure["reason"] } = {
    until: Number.NEGATIVE_INFINITY,
    pauses: 0,
    reason: "rate_limited",
  };

  constructor(options: LineOptions) {
    this.#options = options;
    this.#batchItems = options.batchItems;
  }

  request(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    const question = questionOf(method, params);
    const known = isQuestion(method) ? this.#unsent.get(question) : undefined;
    if (known?.isSettled === false) return known.waitFor(signal);
    const call = new PendingCall(++this.#calls, question);
    this.#unsent.set(question, call);
    this.#queue.push(call);
    this.#schedule();
    return call.waitFor(signal);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Behind everything that this turn of the event loop still asks for.
    setImmediate(() => {
      this.#isScheduled = false;
      // Whoever asks once something was sent wants to know what is so after that.
      this.#unsent.clear();
      while (this.#inFlight < this.#options.concurrency && this.#queue.length > 0) {
        const batch = takeBatch(this.#queue, this.#batchItems, this.#options.batchBytes);
        if (batch.length > 0) void this.#send(batch);
      }
    });
  }

  async #send(calls: readonly PendingCall[]): Promise<void> {
    const { clock } = this.#options;
    this.#inFlight++;
    try {
      const left = this.#quiet.until - clock.now();
      if (left > 0) throw new RpcFailure(this.#quiet.reason, "left alone, as it asked", { retryAfterMs: left });
      const outcome = await this.#exchange(calls);
      if (outcome.kind === "refused") this.#refuse(calls, outcome.failure);
      else this.#settle(calls, outcome);
    } catch (error) {
      this.#refuse(calls, error instanceof RpcFailure ? error : new RpcFailure("unreachable", "the request failed"));
    } finally {
      this.#inFlight--;
      if (this.#queue.length > 0) this.#schedule();
    }
  }

  async #exchange(calls: readonly PendingCall[]): Promise<HttpOutcome> {
    const { clock, endpoint, scrub, timeoutMs } = this.#options;
    const abort = new AbortController();
    const cancel = clock.timer(timeoutMs, () => abort.abort(new RpcFailure("timeout", `no answer within ${timeoutMs} ms`)));
    const stopIfVain = (): void => {
      if (calls.every(({ isSettled }) => isSettled)) abort.abort(new RpcFailure("unreachable", "nobody waits for it"));
    };
    for (const call of calls) call.onAbandoned = stopIfVain;
    try {
      const [first] = calls;
      const body = calls.length === 1 && first !== undefined ? first.text : `[${calls.map(({ text }) => text).join(",")}]`;
      const answer = await endpoint.post(body, abort.signal);
      const ids = calls.map(({ id }) => id);
      return readHttpAnswer(answer, { ids, scrub, retryAfterMs: parseRetryAfter(answer.retryAfter, clock.now()) });
    } finally {
      cancel();
    }
  }

  #settle(calls: readonly PendingCall[], { outcomes }: Extract<HttpOutcome, { kind: "calls" }>): void {
    const again: PendingCall[] = [];
    let limited: RpcFailure | undefined;
    for (const call of calls) {
      const outcome = outcomes.get(call.id) ?? { kind: "missing" };
      if (outcome.kind === "failure" && outcome.failure.reason === "rate_limited") limited = outcome.failure;
      // What a batch's answer left out goes again, alone.
      if (outcome.kind === "missing" && call.together > 1) {
        call.together = 1;
        again.push(call);
      } else call.settle(outcome);
    }
    this.#queue.unshift(...again);
    if (limited !== undefined) this.#leaveAlone(limited);
    else if (this.#quiet.pauses > 0) this.#quiet = { ...this.#quiet, pauses: 0 };
  }

  /** For all of these calls alike. A batch may be refused for being one, or too large a one: then its calls go again, fewer at once. */
  #refuse(calls: readonly PendingCall[], failure: RpcFailure): void {
    if (failure.reason === "rate_limited" || failure.reason === "unavailable") this.#leaveAlone(failure);
    if (calls.length === 1 || !["refused", "too_large", "unsupported"].includes(failure.reason)) {
      for (const call of calls) call.settle({ kind: "failure", failure });
      return;
    }
    const half = Math.ceil(calls.length / 2);
    // That the answer was too large says something about these calls; all else, about the provider.
    if (failure.reason !== "too_large" || failure.fault !== undefined) this.#batchItems = Math.min(this.#batchItems, half);
    for (const call of calls) call.together = half;
    this.#queue.unshift(...calls);
  }

  #leaveAlone({ reason, retryAfterMs }: RpcFailure): void {
    const { clock, random } = this.#options;
    const { until, pauses } = this.#quiet;
    // Requests that were under way together count as one.
    if (clock.now() < until) return;
    this.#quiet = { until: clock.now() + (retryAfterMs ?? growingDelay(pauses, pauseGrowth, random)), pauses: pauses + 1, reason };
  }
}
