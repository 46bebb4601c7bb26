/** The `Run` document: what status, list, start and REST say about a run. A summary of the fold, never authority. */
import type { Digest } from "./canonical.ts";
import type { Head } from "./events.ts";
import type { DefinitionId, RunId } from "./names.ts";

/** `running`, `waiting` and `paused` go on; the others are ends (`blocked` and `compensating` come with writes). */
export type RunStatus = "running" | "waiting" | "paused" | "blocked" | "compensating" | "succeeded" | "failed" | "compensated" | "resolved" | "cancelled";

export const runStatuses: readonly RunStatus[] = ["running", "waiting", "paused", "blocked", "compensating", "succeeded", "failed", "compensated", "resolved", "cancelled"];

export function hasEnded(status: RunStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "compensated" || status === "resolved" || status === "cancelled";
}

/** What a run waits for, or why it stands still. */
export type WaitingFor =
  | { readonly kind: "timer"; readonly step: string; readonly until: string }
  | { readonly kind: "retry"; readonly step: string; readonly until: string; readonly code: string }
  | { readonly kind: "signal"; readonly step: string }
  | { readonly kind: "child"; readonly step: string; readonly runId: string }
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
