/** Whether a run has something to do, so that somebody must look at it: computed from its fold and from those it waits for. */
import { nullArtifact } from "../../kernel/artifacts.ts";
import { decide } from "../../kernel/decide.ts";
import type { Fold } from "../../kernel/fold.ts";
import { hasEnded } from "../../kernel/run.ts";
import type { RunId } from "../../kernel/names.ts";
import type { StoredRun } from "../../kernel/leases.ts";
import type { Store } from "../../kernel/store.ts";
import type { Retold } from "./retold.ts";

export function isDue({ wakeAt, poked }: StoredRun): boolean {
  return wakeAt !== null || poked;
}

/** Null: nothing by itself. Whose turn it is in a lane is not seen here. */
export async function reasonToLook(store: Store, { fold, stored }: Retold, now: number): Promise<string | null> {
  if (fold.phase.is !== "driving" || fold.isBlocked) return null;
  if (hasWork(fold, now)) return "it has something to do";
  for (const child of childrenOf(fold)) if (await isOver(store, child)) return `its child ${child} has ended`;
  return stored.parent !== null && (await isOver(store, stored.parent)) ? "its parent has ended" : null;
}

function hasWork(fold: Fold, now: number): boolean {
  const decision = decide(fold, new Set(), now, nullArtifact.ref);
  // What waits for its turn in a lane waits for others.
  const isOwn = ({ move }: { readonly move: string }): boolean => move !== "acquire";
  switch (decision.kind) {
    case "rest":
      return false;
    case "stop":
    case "succeed":
      return true;
    case "close":
      return decision.drafts.length > 0 || decision.moves.some(isOwn);
    case "continue": {
      const { drafts, children, start, moves, wakeAt } = decision;
      return drafts.length > 0 || children.length > 0 || start.length > 0 || moves.some(isOwn) || wakeAt !== null;
    }
  }
}

function childrenOf(fold: Fold): RunId[] {
  return fold.stepsThat("child").flatMap((index) => {
    const progress = fold.progressAt(index);
    return progress.is === "child" ? [progress.runId] : [];
  });
}

async function isOver(store: Store, runId: RunId): Promise<boolean> {
  const stored = await store.readRun(runId);
  return stored !== undefined && hasEnded(stored.run.status);
}
