/** What is made of values that a run has so far: the work of a step, a child, and the run's output. */
import { jsonArtifact } from "../artifacts.ts";
import { toCanonical } from "../canonical.ts";
import type { CertifiedSpec } from "../certify.ts";
import { MfmError } from "../errors.ts";
import type { Fold } from "../fold.ts";
import type { Batch } from "./batch.ts";
import { planChild } from "./children.ts";
import type { Context } from "./context.ts";
import type { StepWork } from "./flight.ts";
import type { Values } from "./values.ts";

export interface Making {
  readonly context: Context;
  readonly certified: CertifiedSpec;
  readonly values: Values;
  /** The fold as it is when asked: it is another one after others appended. */
  readonly fold: () => Fold;
}

export function stepWork({ certified, values, fold: current }: Making, index: number): StepWork {
  const fold = current();
  const step = fold.stepAt(index);
  const state = certified.states.get(step.key);
  if (step.kind !== "state" || state === undefined) throw new MfmError("INTERNAL", `step ${step.key} has no code`);
  return {
    runId: fold.runId,
    specRef: certified.specRef,
    step,
    state,
    attempt: fold.attempts(index) + 1,
    input: () => values.resolve(current(), step.input),
    read: (digest) => values.read(digest),
    isStopped: fold.progressAt(index).is === "stopped",
    isEnding: fold.endsAt(index),
  };
}

export async function succeed({ certified, values, fold }: Making, batch: Batch): Promise<void> {
  const data = await values.resolve(fold(), certified.spec.output.binding);
  const { ref, artifact } = jsonArtifact("output", toCanonical(data));
  batch.add({ type: "RunSucceeded", data: { output: ref } }, artifact);
}

export async function startChild({ context, values, fold: current }: Making, batch: Batch, index: number): Promise<void> {
  const fold = current();
  const step = fold.stepAt(index);
  if (step.kind !== "child") throw new MfmError("INTERNAL", `step ${step.key} is no child`);
  const { drafts, artifacts } = planChild(context, fold.runId, {
    step,
    attempt: fold.attempts(index) + 1,
    config: await values.resolve(fold, step.config),
  });
  batch.addAll(drafts, artifacts);
}
