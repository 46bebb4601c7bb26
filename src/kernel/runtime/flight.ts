/** A flight: one attempt of one state step, from its start to the event that commits it. */
import { jsonArtifact } from "../artifacts.ts";
import type { Digest } from "../canonical.ts";
import { formatInstant } from "../codecs.ts";
import { deriveEffectId } from "../effects/evidence.ts";
import { laneOf } from "../effects/rules.ts";
import { MfmError } from "../errors.ts";
import type { EventDraft, FactUse } from "../events.ts";
import { type Executed, type Failure, executeState, failureOf } from "../execute.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { StateStep } from "../spec.ts";
import type { State } from "../state.ts";
import type { NewArtifact } from "../store.ts";
import type { Context } from "./context.ts";
import { Recording } from "./record.ts";
import { retryDelay } from "./retry-delay.ts";

export interface Landing {
  /** Committed together. */
  readonly drafts: readonly EventDraft[];
  readonly artifacts: readonly NewArtifact[];
}

/** A use of a state, and how what it works on is read. */
export interface StepWork {
  readonly runId: RunId;
  readonly specRef: Digest;
  readonly step: StateStep;
  readonly state: State;
  /** The attempt that this is, or fails as. */
  readonly attempt: number;
  readonly input: () => Promise<Json>;
  readonly read: (digest: Digest) => Promise<Json>;
  /** Whether the step failed and is not tried again: only what its effect left behind is brought to rest. */
  readonly isStopped: boolean;
  /** Whether the run begins nothing of the step any more, and will not. */
  readonly isEnding: boolean;
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
  async launch(context: Context, { runId, step, state, input }: StepWork): Promise<void> {
    this.launched = true;
    const { watch, backends } = context;
    const at = { runId, step: step.key, attempt: this.attempt };
    const recording = new Recording({ runId, step: step.key, backends, watch, signal: this.#controller.signal });
    watch({ kind: "step.before", ...at, timeLimitMs: step.timeLimitMs });
    const given = await input().catch((cause: unknown) => {
      watch({ kind: "step.after", ...at, failure: { code: failureOf(cause).code, cause } });
      throw cause;
    });
    try {
      const executed = await withinLimit(context, step, this.#controller, () =>
        executeState(state, { config: step.config, input: given }, recording.caller, this.#controller.signal),
      );
      const made = { step: step.key, attempt: this.attempt, facts: recording.facts() };
      this.landing = landingOf(runId, state, made, { ...executed, artifacts: recording.artifacts });
      watch({ kind: "step.after", ...at, failure: null });
    } catch (cause) {
      const failure = failureOf(cause);
      const { code } = failure;
      this.landing = { drafts: [failureDraft(context, step, this.attempt, failure)], artifacts: [] };
      watch({ kind: "step.after", ...at, failure: { code, cause } });
    }
  }
}

/** What a state made: its output, or of a write state the intent of its effect. */
function landingOf(
  runId: RunId,
  state: State,
  made: { readonly step: string; readonly attempt: number; readonly facts: FactUse[] },
  { kind, text, artifacts }: Executed & { readonly artifacts: readonly NewArtifact[] },
): Landing {
  const { ref, artifact } = jsonArtifact(kind === "intent" ? "intent" : "value", text);
  const all = [...artifacts, artifact];
  if (kind === "output" || state.code.kind === "runs")
    return { drafts: [{ type: "StepCompleted", data: { ...made, output: ref } }], artifacts: all };
  const lane = laneOf(state.code.effect, JSON.parse(text) as Json);
  const data = { ...made, effect: deriveEffectId(runId, made.step), intent: ref, ...(lane === null ? {} : { lane }) };
  return { drafts: [{ type: "EffectIntended", data }], artifacts: all };
}

/** A failed attempt, and when it is tried again by the step's retry policy. */
export function failureDraft(context: Context, step: StateStep, attempt: number, { code, advice }: Failure): EventDraft {
  const again = advice !== "never" && attempt < step.retry.maxAttempts;
  const retry = again
    ? ({ kind: "at", at: formatInstant(context.clock.now() + retryDelay(step.retry, attempt, context.random())) } as const)
    : ({ kind: "no" } as const);
  return { type: "StepFailed", data: { step: step.key, attempt, code, advice, retry } };
}

/** Ends `work` at the step's time limit. @throws STEP_TIME_LIMIT when it takes longer; then the controller is aborted */
export function withinLimit<T>(context: Context, step: StateStep, controller: AbortController, work: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = context.clock.timer(step.timeLimitMs, () => {
      reject(
        new MfmError("STEP_TIME_LIMIT", `step ${step.key} took longer than ${step.timeLimitMs} ms`, {
          step: step.key,
          timeLimitMs: step.timeLimitMs,
        }),
      );
      controller.abort();
    });
    // Started in a promise, so that a throw at once and a rejection later are the same.
    void Promise.resolve().then(work).then(resolve, reject).finally(cancel);
  });
}
