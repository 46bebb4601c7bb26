/** Appends as tests write them: sealed events with artifacts that they refer to, chained from one append to the next by the `Run` in it. */
import { jsonArtifact } from "../../kernel/artifacts.ts";
import { digestOf, toCanonical } from "../../kernel/canonical.ts";
import { type EventDraft, type Ref, type SealedEvent, sealEvent } from "../../kernel/events.ts";
import { type DefinitionId, type RunId, runIdOf } from "../../kernel/names.ts";
import type { Run, RunStatus } from "../../kernel/run.ts";
import type { Append, NewArtifact } from "../../kernel/store.ts";

const at = "2026-01-01T00:00:00.000Z";

export const someOp: DefinitionId = "test.op/some@1";
export const otherOp: DefinitionId = "test.op/other@1";
export const entryPoints: readonly DefinitionId[] = [someOp, otherOp, "test.op/third@1"];

export interface AdmissionOptions {
  readonly entryPoint?: DefinitionId;
  /** Names the spec; runs with the same one have the same specRef. */
  readonly spec?: string;
  readonly parent?: RunId;
  readonly wakeAt?: number | null;
  readonly lease?: { readonly owner: string; readonly milliseconds: number };
}

export function runIdFor(name: string): RunId {
  return runIdOf(digestOf(name));
}

/** The admission of a run with a name of its own. */
export function admissionOf(name: string, options: AdmissionOptions = {}): Append {
  const { entryPoint = someOp, spec = "spec", parent = null, wakeAt = null, lease = null } = options;
  const runId = runIdFor(name);
  const specArtifact = jsonArtifact("spec", toCanonical({ spec }));
  const config = jsonArtifact("config", toCanonical({ config: name }));
  const manifest = jsonArtifact("manifest", toCanonical({ manifest: name }));
  const draft: EventDraft = { type: "RunAdmitted", data: { spec: specArtifact.ref, config: config.ref, manifest: manifest.ref } };
  const event = sealEvent(draft, runId, null, at);
  return {
    runId,
    expected: null,
    fence: null,
    events: [event],
    artifacts: [specArtifact.artifact, config.artifact, manifest.artifact],
    admission: { entryPoint, specRef: specArtifact.ref.digest, configDigest: config.ref.digest, parent, lease },
    run: {
      runId,
      entryPoint,
      status: "running",
      head: { seq: 0, digest: event.digest },
      steps: { done: 0, total: 10 },
      outputs: null,
      waitingFor: [],
      failure: null,
      startedAt: at,
      updatedAt: at,
    },
    wakeAt,
  };
}

export interface NextOptions {
  /** What the last event does. Default: completes a step. */
  readonly does?: "complete" | "wait" | "pause" | "succeed" | "fail" | "cancel";
  readonly fence?: number | null;
  readonly wakeAt?: number | null;
  /** Makes the output a different one; two appends with the same label refer to the same artifact. */
  readonly label?: string;
  /** How many steps to complete before the last event. Default: 0. */
  readonly before?: number;
  /** Outputs of further steps before the last event. */
  readonly outputs?: readonly NewArtifact[];
}

/** The append that goes on after `run`. */
export function nextOf(run: Run, options: NextOptions = {}): Append {
  const { does = "complete", fence = null, wakeAt = null, label = `${run.runId} ${run.head.seq}`, before = 0, outputs = [] } = options;
  const events: SealedEvent[] = [];
  const artifacts: NewArtifact[] = [];
  let head = run.head;
  const add = (draft: EventDraft): void => {
    const sealed = sealEvent(draft, run.runId, head, at);
    head = { seq: sealed.event.seq, digest: sealed.digest };
    events.push(sealed);
  };
  const output = (kind: "output" | "value", text: string): Ref => {
    const made = jsonArtifact(kind, toCanonical(text));
    artifacts.push(made.artifact);
    return made.ref;
  };
  const complete = (ref: Ref): void => add({ type: "StepCompleted", data: { step: "step", attempt: 1, output: ref, facts: [] } });
  for (let index = 0; index < before; index++) complete(output("value", `${label} ${index}`));
  for (const { digest } of outputs) complete({ kind: "value", mediaType: "application/octet-stream", digest });
  artifacts.push(...outputs);
  switch (does) {
    case "complete":
      complete(output("value", label));
      break;
    case "wait":
      add({ type: "TimerSet", data: { step: "timer", due: at } });
      break;
    case "pause":
      add({ type: "RunPaused", data: { code: "PAUSED_BY_PERSON" } });
      break;
    case "succeed":
      add({ type: "RunSucceeded", data: { output: output("output", label) } });
      break;
    case "fail":
      add({ type: "RunFailed", data: { step: "step", code: "STEP_THREW" } });
      break;
    case "cancel":
      add({ type: "RunCancelled", data: { actor: "test", reason: "test" } });
      break;
  }
  const done = run.steps.done + events.length;
  return {
    runId: run.runId,
    expected: run.head,
    fence,
    events,
    artifacts,
    admission: null,
    run: { ...run, status: statusAfter[does], head, steps: { ...run.steps, done } },
    wakeAt,
  };
}

const statusAfter: Readonly<Record<NonNullable<NextOptions["does"]>, RunStatus>> = {
  complete: "running",
  wait: "waiting",
  pause: "paused",
  succeed: "succeeded",
  fail: "failed",
  cancel: "cancelled",
};
