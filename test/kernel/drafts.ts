/** Event drafts by hand, and a fold of them over the op with every kind of step. */
import { digestOf } from "../../src/kernel/canonical.ts";
import { formatInstant } from "../../src/kernel/codecs.ts";
import { type EventDraft, type FactUse, type SealedEvent, sealEvent } from "../../src/kernel/events.ts";
import { Fold } from "../../src/kernel/fold.ts";
import { type RunId, runIdOf } from "../../src/kernel/names.ts";
import { planOp } from "../../src/kernel/op.ts";
import type { Spec } from "../../src/kernel/spec.ts";
import { audit } from "./samples.ts";
import { admitted, refOf, simulatedRunId, startOfTime } from "./simulate.ts";

/** Steps: balance, twice, pause (after balance), bonus (a signal), child (after balance and pause), report (after twice, bonus, child). */
export const auditSpec: Spec = planOp(audit, { account: "alice" }).spec;

export const act = { actor: "ann", reason: "the node is back" };

export function completed(
  step: string,
  more: { readonly attempt?: number; readonly facts?: readonly FactUse[]; readonly child?: boolean } = {},
): EventDraft {
  const { attempt = 1, facts = [], child = false } = more;
  const head = child ? { child: { seq: 2, digest: digestOf("child") } } : {};
  return { type: "StepCompleted", data: { step, attempt, output: refOf("value", step), facts: [...facts], ...head } };
}

export function failedFor(step: string, how: "good" | "now" | { readonly until: number }, attempt = 1): EventDraft {
  const retry = typeof how === "object" ? ({ kind: "at", at: formatInstant(how.until) } as const) : ({ kind: "no" } as const);
  return { type: "StepFailed", data: { step, attempt, code: "NOT_NOW", advice: how === "good" ? "never" : "safe", retry } };
}

/** A child run that ended without success, under the head that it ended in. */
export function childFailed(step: string, how: Parameters<typeof failedFor>[1] = "good"): EventDraft {
  const failed = failedFor(step, how);
  return failed.type === "StepFailed" ? { ...failed, data: { ...failed.data, child: { seq: 3, digest: digestOf(step) } } } : failed;
}

export function timerSet(step: string): EventDraft {
  return { type: "TimerSet", data: { step, due: formatInstant(startOfTime + 30_000) } };
}

export function signalled(step: string): EventDraft {
  return { type: "SignalReceived", data: { step, payload: refOf("signal", "7"), ...act } };
}

export function childStarted(step: string): EventDraft {
  return { type: "ChildStarted", data: { step, runId: runIdOf(digestOf(step)), spec: refOf("spec", step), config: refOf("config", step) } };
}

export const exhausted = (step: string): EventDraft => ({ type: "RunPaused", data: { code: "RETRIES_EXHAUSTED", step } });
export const resumed: EventDraft = { type: "RunResumed", data: act };
export const cancelled: EventDraft = { type: "RunCancelled", data: act };
export const succeeded: EventDraft = { type: "RunSucceeded", data: { output: refOf("output", "o") } };
export const failedRun = (step: string, code = "NOT_NOW"): EventDraft => ({ type: "RunFailed", data: { step, code } });

/** The op's whole way to success. */
export const wholeWay: readonly EventDraft[] = [
  completed("balance"),
  completed("twice"),
  timerSet("pause"),
  signalled("bonus"),
  completed("pause"),
  childStarted("child"),
  completed("child", { child: true }),
  completed("report"),
  succeeded,
];

/** Seals drafts one after the other, each a second later than the one before. */
export function sealAll(drafts: readonly EventDraft[], runId: RunId = simulatedRunId): SealedEvent[] {
  const sealed: SealedEvent[] = [];
  for (const [index, draft] of drafts.entries()) {
    const before = sealed.at(-1);
    const prev = before === undefined ? null : { seq: before.event.seq, digest: before.digest };
    sealed.push(sealEvent(draft, runId, prev, formatInstant(startOfTime + index * 1000)));
  }
  return sealed;
}

/** The fold of an admission and these. */
export function foldOf(...drafts: readonly EventDraft[]): Fold {
  const fold = new Fold(simulatedRunId, auditSpec);
  for (const sealed of sealAll([admitted, ...drafts])) fold.apply(sealed);
  return fold;
}
