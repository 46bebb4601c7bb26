/** The `Run` document: what status, list, start and REST say about a run. A summary of the fold, never authority. */
import type { Digest } from "./canonical.ts";
import type { Closing, EffectBook } from "./effects/book.ts";
import { type Effect, type Sight, holdsSlot, isBeforeBoundary, isPastBoundary } from "./effects/ledger.ts";
import { MfmError } from "./errors.ts";
import type { Head } from "./events.ts";
import type { DefinitionId, RunId } from "./names.ts";
import type { Phase, Progress } from "./progress.ts";
import type { Spec, Step } from "./spec.ts";

/** `running`, `waiting` and `paused` go on; the others are ends (`blocked` and `compensating` come with writes). */
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
  /** Why the run failed: the step and its code. */
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
}

/** The `Run` document of a fold. */
export function describeRun(state: RunState): Run {
  const { runId, spec, head, phase, closing, done, startedAt, updatedAt } = state;
  if (head === null) throw new MfmError("INTERNAL", "a fold without events is no run");
  const all = state.attended().map((index): ReadyStep => {
    return { step: state.stepAt(index), progress: state.progressAt(index), effect: state.effects.get(index) };
  });
  // Once a run begins nothing new, effects are all that it waits for; what was not sent is given up at once, unless it is only paused.
  const isAwaited = (effect: Effect): boolean =>
    isPastBoundary(effect) || (closing !== "exhausted" && (isBeforeBoundary(effect) || holdsSlot(effect)));
  const attended = closing === null ? all : all.filter(({ effect }) => effect !== undefined && isAwaited(effect));
  const ready = closing === null ? state.ready.length : attended.length;
  const waiting = attended.flatMap((step) => waitOf(step) ?? []);
  return {
    runId,
    entryPoint: spec.op,
    status: phase.is === "driving" ? statusOf(ready, attended, waiting.length) : phase.is,
    head,
    steps: { done, total: spec.steps.length },
    outputs: phase.is === "succeeded" ? { digest: phase.output } : null,
    waitingFor: phase.is === "driving" ? waiting.slice(0, 10) : phase.is === "paused" ? [resumeOf(phase)] : [],
    failure: phase.is === "failed" ? { step: phase.step, code: phase.code } : null,
    startedAt,
    updatedAt,
  };
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

function waitOf({ step: { key, kind }, progress, effect }: ReadyStep): WaitingFor | undefined {
  if (effect !== undefined && isPastBoundary(effect)) return effectWaitOf(key, effect);
  if (progress.is === "waiting") return { kind: "timer", step: key, until: progress.due };
  if (progress.is === "child") return { kind: "child", step: key, runId: progress.runId };
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
