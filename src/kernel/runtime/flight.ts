/** A flight: one attempt of one state step, from its start to the event that commits it. */
import { jsonArtifact } from "../artifacts.ts";
import { formatInstant } from "../codecs.ts";
import { MfmError } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import { executeState, failureOf } from "../execute.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { RetryPolicy, Step } from "../spec.ts";
import type { State } from "../state.ts";
import type { NewArtifact } from "../store.ts";
import type { Context } from "./context.ts";
import { Recording } from "./record.ts";

export interface Landing {
  readonly draft: EventDraft;
  readonly artifacts: readonly NewArtifact[];
}

/** What an attempt executes. */
export interface Start {
  readonly runId: RunId;
  readonly step: Step & { readonly kind: "state" };
  readonly state: State;
  readonly input: () => Promise<Json>;
}

export class Flight {
  readonly index: number;
  readonly attempt: number;
  landing: Landing | undefined;
  launched = false;
  readonly #controller = new AbortController();

  constructor(index: number, attempt: number) {
    this.index = index;
    this.attempt = attempt;
  }

  /** Ends the attempt without a trace: what it read is not recorded. */
  abandon(): void {
    this.#controller.abort();
  }

  /**
   * Executes the step and keeps what is to be committed.
   * @throws only what reading the input throws: then the store failed, not the step, and there is nothing to commit
   */
  async launch(context: Context, { runId, step, state, input }: Start): Promise<void> {
    this.launched = true;
    const { watch, backends, clock } = context;
    const at = { runId, step: step.key, attempt: this.attempt };
    const recording = new Recording({ runId, step: step.key, backends, watch, signal: this.#controller.signal });
    watch({ kind: "step.before", ...at, timeLimitMs: step.timeLimitMs });
    const given = await input().catch((cause: unknown) => {
      watch({ kind: "step.after", ...at, failure: { code: failureOf(cause).code, cause } });
      throw cause;
    });
    try {
      const text = await this.#withinLimit(context, step, () =>
        executeState(state, { config: step.config, input: given }, recording.caller, this.#controller.signal),
      );
      const { ref, artifact } = jsonArtifact("value", text);
      const data = { step: step.key, attempt: this.attempt, output: ref, facts: recording.facts() };
      this.landing = { draft: { type: "StepCompleted", data }, artifacts: [...recording.artifacts, artifact] };
      watch({ kind: "step.after", ...at, failure: null });
    } catch (cause) {
      const { code, advice } = failureOf(cause);
      const retry =
        advice === "never" || this.attempt >= step.retry.maxAttempts
          ? undefined
          : clock.now() + retryDelay(step.retry, this.attempt, context.random());
      const when = retry === undefined ? ({ kind: "no" } as const) : ({ kind: "at", at: formatInstant(retry) } as const);
      this.landing = {
        draft: { type: "StepFailed", data: { step: step.key, attempt: this.attempt, code, advice, retry: when } },
        artifacts: [],
      };
      watch({ kind: "step.after", ...at, failure: { code, cause } });
    }
  }

  #withinLimit<T>(context: Context, step: Step & { readonly kind: "state" }, work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = context.clock.timer(step.timeLimitMs, () => {
        reject(
          new MfmError("STEP_TIME_LIMIT", `step ${step.key} took longer than ${step.timeLimitMs} ms`, {
            step: step.key,
            timeLimitMs: step.timeLimitMs,
          }),
        );
        this.#controller.abort();
      });
      // Started in a promise, so that a throw at once and a rejection later are the same.
      void Promise.resolve().then(work).then(resolve, reject).finally(cancel);
    });
  }
}

/** Exponential back-off in milliseconds, shortened by a random part. `random` is from 0 to 1. */
export function retryDelay(policy: RetryPolicy, attempt: number, random: number): number {
  // No delay stays none: 0 times a factor that has grown to Infinity is no number.
  if (policy.firstDelayMs === 0) return 0;
  const full = Math.min(policy.maxDelayMs, policy.firstDelayMs * policy.factor ** (attempt - 1));
  return Math.max(0, Math.round(full - (random * full * policy.jitterPercent) / 100));
}
