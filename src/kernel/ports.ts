/** What the runtime is given instead of reaching for it: time, randomness, and somebody who watches. */
import type { EffectCallName } from "./effects/backend.ts";
import type { EventType } from "./events.ts";
import type { Run } from "./run.ts";
import type { RunId } from "./names.ts";

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls back once after at least this long; returns what cancels it. */
  timer(milliseconds: number, callback: () => void): () => void;
}

/** From 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * Named points of a run's life, told to whoever watches: progress, logs, traces, metrics, and the crash tests, which kill the process
 * there. Watching must not throw and cannot change anything.
 */
export type Moment =
  | { readonly kind: "drive.before"; readonly runId: RunId }
  | { readonly kind: "drive.after"; readonly runId: RunId; readonly run: Run }
  | {
      readonly kind: "append.before" | "append.after";
      readonly runId: RunId;
      readonly seq: number;
      readonly types: readonly EventType[];
      readonly run: Run;
    }
  | { readonly kind: "step.before"; readonly runId: RunId; readonly step: string; readonly attempt: number; readonly timeLimitMs: number }
  | {
      readonly kind: "step.after";
      readonly runId: RunId;
      readonly step: string;
      readonly attempt: number;
      /** Null where it succeeded. `cause` is what was thrown: it never enters an event and must be redacted before it is shown. */
      readonly failure: { readonly code: string; readonly cause: unknown } | null;
    }
  | {
      readonly kind: "call.before" | "call.after";
      readonly runId: RunId;
      readonly step: string;
      readonly capability: string;
      readonly method: string;
      readonly call: number;
    }
  /** Around each call for an effect: with `dispatch`, the last moment at which nothing has left, and the first at which its answer is known. */
  | (EffectCallMoment & { readonly kind: "effect.before"; readonly timeLimitMs: number })
  | (EffectCallMoment & {
      readonly kind: "effect.after";
      /** Null where it answered. `cause` is what was thrown: it never enters an event and must be redacted before it is shown. */
      readonly failure: { readonly code: string; readonly cause: unknown } | null;
    });

interface EffectCallMoment {
  readonly runId: RunId;
  readonly step: string;
  readonly effect: string;
  readonly call: EffectCallName;
}

export type Watch = (moment: Moment) => void;

/**
 * Whose signature of an EIP-712 document it is, as an EIP-55 address; undefined: nobody's. `document` is its JSON text (domain, types, primaryType,
 * message), `signature` 65 bytes in hex. The kernel knows no curve.
 */
export type RecoverSigner = (document: string, signature: string) => Promise<string | undefined>;
