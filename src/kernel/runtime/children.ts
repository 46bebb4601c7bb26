/** Child runs: planned and recorded by the parent, admitted after that, and collected when they end. */
import { jsonArtifact, readJsonArtifact } from "../artifacts.ts";
import { toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import { type EventDraft, isEnding } from "../events.ts";
import { failureOf } from "../execute.ts";
import type { Fold } from "../fold.ts";
import { deriveRunId, digestChildInvocation } from "../identity.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import { planOp } from "../op.ts";
import type { Act } from "../progress.ts";
import { hasEnded } from "../run.ts";
import { readSpecShape } from "../spec-shape.ts";
import { type Step, encodeSpec } from "../spec.ts";
import type { StoredRun } from "../leases.ts";
import type { Store } from "../store.ts";
import { admit } from "./admission.ts";
import type { Context } from "./context.ts";
import type { Landing } from "./flight.ts";
import { artifactsOf, openStoredEvent } from "./history.ts";

type ChildStep = Step & { readonly kind: "child" };

export interface ChildPlan {
  readonly step: ChildStep;
  readonly attempt: number;
  readonly config: Json;
}

/** The event that starts a child with its plan, or the failure where its config or plan is refused. */
export function planChild(context: Context, parent: RunId, { step, attempt, config }: ChildPlan): Landing {
  try {
    const plan = planOp(context.registry.op(step.op), config);
    context.specs.certify(plan.spec, plan.specRef);
    const spec = jsonArtifact("spec", plan.text);
    const configArtifact = jsonArtifact("config", plan.configText);
    const runId = deriveRunId(context.store.scope, step.op, digestChildInvocation(parent, step.key));
    const draft: EventDraft = { type: "ChildStarted", data: { step: step.key, runId, spec: spec.ref, config: configArtifact.ref } };
    return { drafts: [draft], artifacts: [spec.artifact, configArtifact.artifact] };
  } catch (error) {
    // Planning is pure: it would fail the same way again.
    const data = { step: step.key, attempt, code: failureOf(error).code, advice: "never", retry: { kind: "no" } } as const;
    return { drafts: [{ type: "StepFailed", data }], artifacts: [] };
  }
}

/** Makes sure that a started child's run exists. What it is started with was recorded by the parent. */
export async function admitChild(context: Context, parent: Fold, index: number): Promise<void> {
  const progress = parent.progressAt(index);
  if (progress.is !== "child" || (await context.store.readRun(progress.runId)) !== undefined) return;
  const source = artifactsOf(context.store);
  const step = parent.stepAt(index);
  const shaped = readSpecShape(await readJsonArtifact(source, progress.spec));
  if (shaped.kind === "refused" || step.kind !== "child")
    throw new MfmError("HISTORY_INVALID", `the spec of child ${progress.runId} has not the shape of one`, {
      field: "data.spec",
      reason: "not a spec",
    });
  const configText = toCanonical(await readJsonArtifact(source, progress.config));
  const invocation = digestChildInvocation(parent.runId, step.key);
  await admit(context, {
    spec: shaped.spec,
    ...encodeSpec(shaped.spec),
    configText,
    invocation,
    parent: { runId: parent.runId, step: step.key },
    lease: null,
  });
}

/** Who ends a run whose parent has ended; undefined while the parent goes on, or where there is none. */
export async function followParent(store: Store, { parent }: StoredRun): Promise<Act | undefined> {
  const stored = parent === null ? undefined : await store.readRun(parent);
  if (stored === undefined || !hasEnded(stored.run.status)) return undefined;
  return { actor: "mfm", reason: `its parent ${stored.run.runId} ended` };
}

/** The event that takes a child's end into its parent; undefined while it goes on. Read from the child's stream, not from its row. */
export async function collectChild(store: Store, parent: Fold, index: number): Promise<EventDraft | undefined> {
  const progress = parent.progressAt(index);
  if (progress.is !== "child") return undefined;
  const stored = await store.readRun(progress.runId);
  if (stored === undefined || !hasEnded(stored.run.status)) return undefined;
  const [last] = await store.readEvents(progress.runId, stored.run.head.seq, 1);
  if (last === undefined) return undefined;
  const { event, digest } = openStoredEvent(progress.runId, last);
  if (!isEnding(event.type)) return undefined;
  const step = parent.stepAt(index).key;
  if (event.type !== "RunSucceeded")
    return {
      type: "StepFailed",
      data: { step, attempt: 1, code: "CHILD_FAILED", advice: "never", retry: { kind: "no" }, child: { seq: event.seq, digest } },
    };
  return {
    type: "StepCompleted",
    data: { step, attempt: 1, output: { ...event.data.output, kind: "value" }, facts: [], child: { seq: event.seq, digest } },
  };
}
