/** The `Run` document: what status, list, start and REST say about a run. A summary of the fold, never authority. */
import type { Digest } from "./canonical.ts";
import type { Closing, EffectBook } from "./effects/book.ts";
import { type Effect, type Sight, holdsSlot, isBeforeBoundary, isPastBoundary } from "./effects/ledger.ts";
import { MfmError } from "./errors.ts";
import type { Head } from "./events.ts";
import type { DefinitionId, RunId } from "./names.ts";
import type { Phase, Progress } from "./progress.ts";
import type { SagaBook } from "./saga/book.ts";
import type { Obligation, StuckEffect } from "./saga/obligations.ts";
import type { Spec, Step } from "./spec.ts";

/** `running`, `waiting` and `paused` go on; `blocked` needs a person, but see `isBeforePeople`; `compensating` undoes what took effect; the others are ends. */
export type RunStatus =
  | "running"
  | "waiting"
  | "paused"
  | "blocked"
  | "compensating"
  | "succeeded"
  | "failed"
  | "compensated"
  | "resolved"
  | "cancelled";

export const runStatuses: readonly RunStatus[] = [
  "running",
  "waiting",
  "paused",
  "blocked",
  "compensating",
  "succeeded",
  "failed",
  "compensated",
  "resolved",
  "cancelled",
];

export function hasEnded(status: RunStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "compensated" || status === "resolved" || status === "cancelled";
}

/** Whether only people get a run on. One that is blocked by an effect at its ceiling may also go on by itself: it is still looked at. */
export function isBeforePeople({ status, waitingFor }: Pick<Run, "status" | "waitingFor">): boolean {
  return status === "blocked" && !waitingFor.some(({ kind }) => kind === "effect");
}

/** What a run waits for, or why it stands still. */
export type WaitingFor =
  | { readonly kind: "timer"; readonly step: string; readonly until: string }
  | { readonly kind: "retry"; readonly step: string; readonly until: string; readonly code: string }
  | { readonly kind: "signal"; readonly step: string }
  | { readonly kind: "child"; readonly step: string; readonly runId: string }
  /** An effect that was dispatched: what was seen of it last (null: nothing yet), and why where it is stuck. */
  | { readonly kind: "effect"; readonly step: string; readonly seen: "included" | Sight["kind"] | null; readonly why?: string }
  /** An effect that waits for its turn in a lane. */
  | { readonly kind: "lane"; readonly step: string; readonly lane: string }
  /** People who have to agree to what an effect intends: how many have, and how many must. */
  | { readonly kind: "approval"; readonly step: string; readonly have: number; readonly need: number }
  /** People who have to decide what became of an effect. */
  | { readonly kind: "resolution"; readonly step: string; readonly obligation: Obligation["kind"] }
  | { readonly kind: "resume"; readonly code: string; readonly step?: string };

export interface Run {
  readonly runId: RunId;
  readonly entryPoint: DefinitionId;
  readonly status: RunStatus;
  readonly head: Head;
  readonly steps: { readonly done: number; readonly total: number };
  /** The output artifact, once the run succeeded. */
  readonly outputs: { readonly digest: Digest } | null;
  /** At most ten. */
  readonly waitingFor: readonly WaitingFor[];
  /** Why the run failed, or had to be compensated or decided about: the step and its code. */
  readonly failure: { readonly step: string; readonly code: string } | null;
  readonly startedAt: string;
  readonly updatedAt: string;
}

/** Child runs awaited at once by one run. */
export const childWindow = 16;

/** A step whose predecessors are done and which is not done itself. */
interface ReadyStep {
  readonly step: Step;
  readonly progress: Progress;
  readonly effect: Effect | undefined;
}

/** What of a fold its `Run` document is made from. */
export interface RunState {
  readonly runId: RunId;
  readonly spec: Spec;
  readonly head: Head | null;
  readonly phase: Phase;
  readonly closing: Closing | null;
  readonly done: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Indices of steps that have all that they need. */
  readonly ready: readonly number[];
  /** Those of them that are more than a state to start, in author order. */
  attended(): readonly number[];
  stepAt(index: number): Step;
  progressAt(index: number): Progress;
  readonly effects: Pick<EffectBook, "get">;
  /** How many steps there are that go forward. */
  readonly total: number;
  readonly saga: Pick<SagaBook, "compensation" | "failure" | "isOwing">;
  readonly awaitsChildren: boolean;
  readonly isBlocked: boolean;
  /** What keeps it from its end until a person gets it on. */
  readonly stuck: readonly StuckEffect[];
  obligations(): readonly Obligation[];
}

/** The `Run` document of a fold. */
export function describeRun(state: RunState): Run {
  const { runId, spec, head, phase, done, startedAt, updatedAt } = state;
  if (head === null) throw new MfmError("INTERNAL", "a fold without events is no run");
  const { status, waitingFor } = standingOf(state);
  return {
    runId,
    entryPoint: spec.op,
    status,
    head,
    steps: { done, total: state.total },
    outputs: phase.is === "succeeded" ? { digest: phase.output } : null,
    waitingFor: waitingFor.slice(0, 10),
    failure: failureOf(state, status),
    startedAt,
    updatedAt,
  };
}

function standingOf(state: RunState): Pick<Run, "status" | "waitingFor"> {
  const { phase, saga } = state;
  if (phase.is === "paused") return { status: phase.is, waitingFor: [resumeOf(phase)] };
  if (phase.is !== "driving") return { status: phase.is, waitingFor: [] };
  if (state.isBlocked) {
    const waitingFor = state.obligations().map(({ step, kind }): WaitingFor => ({ kind: "resolution", step, obligation: kind }));
    return { status: "blocked", waitingFor };
  }
  const attended = awaitedOf(state);
  const waitingFor = attended.flatMap((step) => waitOf(step) ?? []);
  const isForward = state.closing === null && saga.compensation === null;
  const status = statusOf(isForward ? state.ready.length : attended.length, attended, waitingFor.length);
  if (status === "waiting" && waitingFor.length > 0 && waitingFor.every(({ kind }) => kind === "approval"))
    return { status: "blocked", waitingFor };
  if (status === "waiting" && state.stuck.length > 0) return { status: "blocked", waitingFor };
  return { status: saga.compensation === null ? status : "compensating", waitingFor };
}

/** The steps that the run may wait for. */
function awaitedOf(state: RunState): ReadyStep[] {
  const { closing, saga, awaitsChildren } = state;
  const all = state.attended().map((index): ReadyStep => {
    return { step: state.stepAt(index), progress: state.progressAt(index), effect: state.effects.get(index) };
  });
  if (closing === null || saga.compensation !== null) return all;
  // Once a run begins nothing new, effects are all that it waits for; what was not sent is given up at once, unless it is only paused.
  const isAwaited = (effect: Effect): boolean =>
    isPastBoundary(effect) || (closing !== "exhausted" && (isBeforeBoundary(effect) || holdsSlot(effect)));
  return all.filter(({ effect, progress }) => (effect !== undefined && isAwaited(effect)) || (awaitsChildren && progress.is === "child"));
}

function failureOf(state: RunState, status: RunStatus): Run["failure"] {
  const { phase, saga } = state;
  if (phase.is === "failed") return { step: phase.step, code: phase.code };
  if (status === "blocked" && !saga.isOwing) return toBlame(state);
  const isKnown = saga.compensation !== null || phase.is === "resolved" || (status === "blocked" && saga.failure !== null);
  return isKnown ? saga.failure : null;
}

/** What a run that undoes nothing will have failed with: the first step that stopped for good, in author order. */
function toBlame(state: RunState): Run["failure"] {
  for (const index of state.attended()) {
    const progress = state.progressAt(index);
    if (progress.is === "stopped" && progress.forGood) return { step: state.stepAt(index).key, code: progress.code };
  }
  return null;
}

/** `waiting` when every step that could go on waits for something, or for its turn among children. */
function statusOf(ready: number, attended: readonly ReadyStep[], waiting: number): RunStatus {
  const awaited = attended.filter(({ progress }) => progress.is === "child").length;
  const queued =
    awaited < childWindow ? 0 : attended.filter(({ step, progress }) => step.kind === "child" && progress.is === "open").length;
  return waiting > 0 && waiting + queued === ready ? "waiting" : "running";
}

function resumeOf({ code, step }: Phase & { readonly is: "paused" }): WaitingFor {
  return { kind: "resume", code, ...(step === undefined ? {} : { step }) };
}

function waitOf({ step, progress, effect }: ReadyStep): WaitingFor | undefined {
  const { key, kind } = step;
  if (effect !== undefined && isPastBoundary(effect)) return effectWaitOf(key, effect);
  // What gives its slot up is tried until it works.
  if (effect !== undefined && holdsSlot(effect) && progress.is === "stopped") return { kind: "effect", step: key, seen: null };
  if (progress.is === "waiting") return { kind: "timer", step: key, until: progress.due };
  if (progress.is === "child") return { kind: "child", step: key, runId: progress.runId };
  if (effect?.is === "intended" && step.kind === "state" && step.approval !== undefined && effect.approvals.length < step.approval.quorum)
    return { kind: "approval", step: key, have: effect.approvals.length, need: step.approval.quorum };
  if (progress.is === "failed") return { kind: "retry", step: key, until: progress.retryAt, code: progress.code };
  if (effect?.is === "intended" && effect.lane !== null && effect.place === null) return { kind: "lane", step: key, lane: effect.lane };
  return progress.is === "open" && kind === "signal" ? { kind: "signal", step: key } : undefined;
}

function effectWaitOf(step: string, effect: Effect): WaitingFor {
  if (effect.is !== "dispatched") return { kind: "effect", step, seen: "included" };
  const { seen } = effect;
  return seen?.kind === "stuck"
    ? { kind: "effect", step, seen: "stuck", why: seen.why }
    : { kind: "effect", step, seen: seen?.kind ?? null };
}
