/** What a run needs: whether, and from when on, somebody must drive it. Read from its fold and those of its relatives, and from nothing else. */
import { parseInstant } from "../../src/kernel/codecs.ts";
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
  if (parent !== null && runs.get(parent)?.fold.ended === true) return 0;
  if (fold.phase.is === "paused") return null;
  if (fold.done === fold.spec.steps.length) return 0;
  const awaited = fold.stepsThat("child").length;
  const times = fold.ready.map((index) => stepNeededAt(runs, fold, index, awaited)).filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

function stepNeededAt(runs: ReadonlyMap<RunId, Known>, fold: Fold, index: number, awaited: number): number | null {
  const progress = fold.progressAt(index);
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
