/** What a run needs: whether, and from when on, somebody must drive it. Read from its fold and those of its relatives, and from nothing else. */
import { parseInstant } from "../../src/kernel/codecs.ts";
import { isPastBoundary } from "../../src/kernel/effects/ledger.ts";
import type { Fold } from "../../src/kernel/fold.ts";
import type { RunId } from "../../src/kernel/names.ts";
import { childWindow } from "../../src/kernel/run.ts";

interface Known {
  readonly fold: Fold;
  readonly parent: RunId | null;
}

/** When a run has something to do by itself, in Unix milliseconds (0: now); null: not before something outside happens to it. */
export function neededAt(runs: ReadonlyMap<RunId, Known>, { fold, parent }: Known): number | null {
  if (fold.ended) return null;
  if (parent !== null && runs.get(parent)?.fold.ended === true && fold.cancel === null) return 0;
  if (fold.phase.is === "paused") return null;
  // A run that begins nothing new waits for what is out there; what is not is given up at once where the run is to end.
  const isWaiting = fold.closing === "exhausted" || fold.effects.open.every((index) => isOut(fold, index));
  if (fold.closing !== null && fold.effects.hasPastBoundary) return isWaiting ? someTime : 0;
  if (fold.done === fold.spec.steps.length) return 0;
  const awaited = fold.stepsThat("child").length;
  const times = fold.ready.map((index) => stepNeededAt(runs, fold, index, awaited)).filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** What may be out there is looked at again when its driver chooses: somebody must, some time. */
const someTime = Number.MAX_SAFE_INTEGER;

function isOut(fold: Fold, index: number): boolean {
  const effect = fold.effects.get(index);
  return effect !== undefined && isPastBoundary(effect);
}

function stepNeededAt(runs: ReadonlyMap<RunId, Known>, fold: Fold, index: number, awaited: number): number | null {
  const progress = fold.progressAt(index);
  if (isOut(fold, index)) return someTime;
  switch (progress.is) {
    case "waiting":
      return parseInstant(progress.due);
    case "failed":
      return parseInstant(progress.retryAt);
    case "child": {
      const child = runs.get(progress.runId);
      return child === undefined || child.fold.ended ? 0 : null;
    }
    case "open": {
      const { kind } = fold.stepAt(index);
      return kind === "signal" || (kind === "child" && awaited >= childWindow) ? null : 0;
    }
    default:
      return 0;
  }
}
