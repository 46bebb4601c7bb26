/** How far a run and its steps are: what the fold of its events holds. */
import type { Digest } from "./canonical.ts";
import type { Effect } from "./effects/ledger.ts";
import type { EventData, Head } from "./events.ts";
import type { RunId } from "./names.ts";
import type { SagaState } from "./saga/book.ts";

/** How far a step is. `open` steps start when their predecessors are done. */
export type Progress =
  | { readonly is: "open" }
  /** Failed and to be tried again at `retryAt`. */
  | { readonly is: "failed"; readonly attempt: number; readonly code: string; readonly retryAt: string }
  /** Failed and not tried again: for good (`never`), or until a person resumes the run. */
  | { readonly is: "stopped"; readonly attempt: number; readonly code: string; readonly forGood: boolean }
  | { readonly is: "waiting"; readonly due: string }
  | { readonly is: "child"; readonly runId: RunId; readonly spec: Digest; readonly config: Digest }
  | { readonly is: "done"; readonly output: Digest };

export type Phase =
  | { readonly is: "driving" }
  | { readonly is: "paused"; readonly code: string; readonly step?: string }
  | { readonly is: "succeeded"; readonly output: Digest }
  | { readonly is: "failed"; readonly step: string; readonly code: string }
  | { readonly is: "cancelled" }
  | { readonly is: "compensated" }
  | { readonly is: "resolved" };

/** Who does something to a run, and why: recorded. */
export type Act = EventData<"CancelRequested">;

/** What of a fold is kept in a snapshot; the rest follows from the spec. */
export interface FoldState {
  readonly head: Head;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly phase: Phase;
  /** Progress of the steps that are not open, by index in author order. */
  readonly steps: readonly (readonly [number, Progress])[];
  /** The effects there are, by index in author order; absent: none. */
  readonly effects?: readonly (readonly [number, Effect])[];
  /** Who ends the run, while its effects are brought to rest. */
  readonly cancel?: Act;
  /** What there is to undo; absent where the policy undoes nothing, and leaves nothing to a person. */
  readonly saga?: SagaState;
}
