/** Acts of those who do not drive a run: signal, resume, cancel. Each is one event, recorded with who and why. */
import { jsonArtifact } from "../artifacts.ts";
import { cancelDrafts } from "../effects/closing.ts";
import { MfmError } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import type { Fold } from "../fold.ts";
import { limits } from "../json.ts";
import type { RunId } from "../names.ts";
import type { Act } from "../progress.ts";
import { type Run, hasEnded } from "../run.ts";
import type { NewArtifact } from "../store.ts";
import { ValueCodec } from "../value.ts";
import { Batch, settleAppend } from "./batch.ts";
import type { Context } from "./context.ts";
import { loadFold } from "./history.ts";

/** What somebody appends. */
export interface Acts {
  readonly drafts: readonly EventDraft[];
  readonly artifacts?: readonly NewArtifact[];
}

const nothing: Acts = { drafts: [] };

const conflictsTolerated = 100;
/** A run has at most as many children as steps. */
const childrenAtMost = limits.stepsPerSpec;

/** Appends without driving: only the head is checked, so it is tried again when a driver was faster. */
export async function appendOutside(context: Context, runId: RunId, decide: (fold: Fold) => Acts | Promise<Acts>): Promise<Run> {
  for (let attempt = 0; attempt < conflictsTolerated; attempt++) {
    const fold = await loadFold(context.store, runId, { trustSnapshot: true });
    const { drafts, artifacts = [] } = await decide(fold);
    if (drafts.length === 0) return fold.run();
    const batch = new Batch(fold, context.clock.now());
    batch.addAll(drafts, artifacts);
    const result = await settleAppend(context.store, batch.append(null, context.clock.now()), context.watch);
    if (result.kind === "appended") return fold.run();
  }
  throw new MfmError("STORE_UNAVAILABLE", `${runId} changes faster than this could be appended`, { runId });
}

/** Records that a run and its descendants go on, those of them that are paused. */
export async function unpauseRun(context: Context, runId: RunId, act: Act): Promise<Run> {
  for (const { run } of await context.store.listRuns({ parent: runId, limit: childrenAtMost })) {
    if (!hasEnded(run.status)) await unpauseRun(context, run.runId, act);
  }
  return appendOutside(context, runId, (fold) =>
    fold.phase.is === "paused" ? { drafts: [{ type: "RunResumed", data: { actor: act.actor, reason: act.reason } }] } : nothing,
  );
}

/** Ends a run, or, where effects of it may be out there, has its driver end it once they are at rest. @throws RUN_ENDED when it has ended */
export async function cancelRun(context: Context, runId: RunId, act: Act): Promise<Run> {
  const run = await appendOutside(context, runId, (fold) => {
    if (fold.ended) throw runEnded(fold.run());
    return { drafts: cancelDrafts(fold, { actor: act.actor, reason: act.reason }) };
  });
  await cancelChildrenOf(context, runId);
  return run;
}

/** Workers do the same when they find a child whose parent ended; doing it here needs none, and makes it visible at once. */
export async function cancelChildrenOf(context: Context, parent: RunId): Promise<void> {
  for (const { run } of await context.store.listRuns({ parent, limit: childrenAtMost })) {
    if (hasEnded(run.status)) continue;
    try {
      await cancelRun(context, run.runId, { actor: "mfm", reason: `its parent ${parent} ended` });
    } catch (error) {
      if (!(error instanceof MfmError && error.code === "RUN_ENDED")) throw error;
    }
  }
}

export interface SignalRequest {
  readonly runId: RunId;
  readonly step: string;
  readonly payload: unknown;
  readonly act: Act;
}

/** @throws SIGNAL_UNKNOWN, SIGNAL_ALREADY_RECEIVED, RUN_ENDED, VALUE_INVALID */
export function signalRun(context: Context, { runId, step, payload, act }: SignalRequest): Promise<Run> {
  return appendOutside(context, runId, (fold) => {
    if (fold.ended) throw runEnded(fold.run());
    if (fold.isBlocked)
      throw new MfmError("RUN_AWAITS_RESOLUTION", `${runId} waits for people to decide about it, and for nothing else`, { runId });
    const index = fold.indexOf(step);
    const planned = index === undefined ? undefined : fold.stepAt(index);
    if (planned?.kind !== "signal" || index === undefined) {
      const signals = fold.spec.steps.filter((other) => other.kind === "signal").map((other) => other.key);
      throw new MfmError("SIGNAL_UNKNOWN", `${runId} has no signal ${JSON.stringify(step)}`, { runId, step, signals });
    }
    if (fold.progressAt(index).is === "done")
      throw new MfmError("SIGNAL_ALREADY_RECEIVED", `${runId} received ${step} before`, { runId, step });
    const codec = new ValueCodec(planned.payload);
    const { ref, artifact } = jsonArtifact("signal", codec.encode(codec.decode(payload, `signal ${step}`), `signal ${step}`));
    const data = { step, payload: ref, actor: act.actor, reason: act.reason };
    return { drafts: [{ type: "SignalReceived", data }], artifacts: [artifact] };
  });
}

/** The refusal of an act on a run that has ended. */
export function runEnded({ runId, status }: Run): MfmError {
  const how = status === "succeeded" || status === "failed" ? status : `was ${status}`;
  return new MfmError("RUN_ENDED", `${runId} has ended: it ${how}`, { runId, status });
}
