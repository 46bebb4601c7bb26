/**
 * What is next in a run that ends without success, once nothing of it is under way: nothing is owed; something is undone; everything is undone;
 * or a person has to decide. Pure. The cases are numbered in docs/effects.md.
 */
import type { Digest } from "../canonical.ts";
import type { EffectBook } from "../effects/book.ts";
import { ceilingReason, isAtCeiling } from "../effects/ledger.ts";
import type { Progress } from "../progress.ts";
import type { Step } from "../spec.ts";
import type { SagaBook } from "./book.ts";

/** What of a fold its obligations follow from. */
export interface Owing {
  readonly saga: SagaBook;
  readonly effects: Pick<EffectBook, "get">;
  stepAt(index: number): Step;
  progressAt(index: number): Progress;
  /** Whether everything that a step takes input from is there. */
  hasInput(index: number): boolean;
}

export type SagaNext =
  /** Nothing is owed: it ends as it failed. */
  | { readonly kind: "clear" }
  /** This step is to be done, or tried again, to undo the last that took effect. */
  | { readonly kind: "undo"; readonly index: number }
  /** Everything that had taken effect is undone. */
  | { readonly kind: "closed" }
  /** A person has to decide. */
  | { readonly kind: "blocked" };

/** An effect about which a person has to decide. */
export interface Obligation {
  readonly step: string;
  readonly effect: Digest;
  /** Whether it took effect, or nobody can say. */
  readonly kind: "ambiguous" | "confirmed";
  /** The step that should have undone it, and the code with which that failed, where it did. */
  readonly undo: { readonly step: string; readonly code: string | null } | null;
}

export function nextOf(run: Owing): SagaNext {
  const { saga } = run;
  if (!saga.isOwing) return { kind: "clear" };
  // Whether it stands, and in which place, is not known: whatever is undone before that is known may be wrong.
  if (saga.ambiguous.size > 0) return { kind: "blocked" };
  const last = saga.standing.at(-1);
  if (last === undefined) return { kind: saga.compensation === null ? "clear" : "closed" };
  const index = saga.policy === "manual" ? undefined : saga.undoOf(last);
  if (index === undefined || !run.hasInput(index)) return { kind: "blocked" };
  const progress = run.progressAt(index);
  return progress.is === "stopped" && progress.forGood ? { kind: "blocked" } : { kind: "undo", index };
}

/** Everything about which a person has to decide: what stands, the last first, and what nobody can say. */
export function obligationsOf(run: Owing): Obligation[] {
  const { saga } = run;
  const of = (index: number, kind: Obligation["kind"]): Obligation[] => {
    const effect = run.effects.get(index);
    if (effect === undefined) return [];
    const undo = saga.undoOf(index);
    return [{ step: run.stepAt(index).key, effect: effect.id, kind, undo: undo === undefined ? null : undoState(run, undo) }];
  };
  const ambiguous = [...saga.ambiguous].sort((left, right) => left - right);
  return [
    ...ambiguous.flatMap((index) => of(index, "ambiguous")),
    ...saga.standing.toReversed().flatMap((index) => of(index, "confirmed")),
  ];
}

/** An effect that keeps a run from its end: only a person gets it on, or the outside takes it after all. */
export interface StuckEffect {
  readonly step: string;
  readonly effect: Digest;
  /** What the outside knows its newest candidate by. */
  readonly identity: string;
  readonly why: string;
}

/** Every effect of a run that is to end which is stuck where only a person gets it on, in author order. */
export function stuckIn(run: Pick<Owing, "stepAt"> & { readonly effects: Pick<EffectBook, "get" | "open"> }): StuckEffect[] {
  return run.effects.open.flatMap((index) => {
    const effect = run.effects.get(index);
    if (effect === undefined || !isAtCeiling(effect)) return [];
    return [{ step: run.stepAt(index).key, effect: effect.id, identity: effect.candidates.at(-1)?.identity ?? "", why: ceilingReason }];
  });
}

function undoState(run: Owing, index: number): Obligation["undo"] {
  const progress = run.progressAt(index);
  return { step: run.stepAt(index).key, code: progress.is === "stopped" ? progress.code : null };
}
