/** Acts on effects by those who do not drive: what is known of a lane that is quarantined, and that another candidate is wanted. */
import { jsonArtifact } from "../artifacts.ts";
import { toCanonical } from "../canonical.ts";
import { type Effect, holdsSlot } from "../effects/ledger.ts";
import { MfmError } from "../errors.ts";
import type { Fold } from "../fold.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { Act } from "../progress.ts";
import type { Run } from "../run.ts";
import type { ListedEffect } from "../lanes.ts";
import type { Store } from "../store.ts";
import { appendOutside, runEnded } from "./acts.ts";
import type { Context } from "./context.ts";

export interface Explanation {
  readonly lane: string;
  /** Slots below this are used up. */
  readonly next: number;
  readonly act: Act;
}

/**
 * Records what is known of a lane, in the stream of an effect that waits for it: that of the run which has waited longest.
 * @throws LANE_NOT_AWAITED when no effect waits for the lane: then there is nothing to explain it for
 */
export async function explainLane(context: Context, { lane, next, act }: Explanation): Promise<Run> {
  for (const { runId, step } of await waitingFor(context.store, lane)) {
    const told = { isTold: false };
    const run = await appendOutside(context, runId, (fold) => {
      const effect = effectAt(fold, step);
      told.isTold = !fold.ended && effect?.is === "intended" && effect.place === null && effect.lane === lane;
      return told.isTold
        ? { drafts: [{ type: "LaneExplained", data: { step, lane, next, actor: act.actor, reason: act.reason } }] }
        : { drafts: [] };
    });
    if (told.isTold) return run;
  }
  throw new MfmError("LANE_NOT_AWAITED", `no effect waits for a slot of ${lane}`, { lane });
}

const pageOfEffects = 1000;

/** Effects that are intended and have no slot, the oldest first: one of a paused run does not stand in the queue. */
async function waitingFor(store: Store, lane: string): Promise<readonly ListedEffect[]> {
  const waiting: ListedEffect[] = [];
  for (let before: number | undefined; ;) {
    const page = await store.listEffects({ lane, is: "intended", limit: pageOfEffects, ...(before === undefined ? {} : { before }) });
    waiting.push(...page.filter(({ slot }) => slot === null));
    before = page.at(-1)?.number;
    if (page.length < pageOfEffects) return waiting.toReversed();
  }
}

export interface CandidateWish {
  readonly runId: RunId;
  readonly step: string;
  readonly role: "replacement" | "cancel";
  /** For the effect's kind to understand; null: as it thinks best. */
  readonly terms: Json | null;
  readonly act: Act;
}

/**
 * Records that another candidate is wanted: the same on better terms, or one that keeps the effect from ever happening. A driver makes it.
 * @throws EFFECT_NOT_OPEN when nothing of the effect is under way, its run is paused, or what is being cancelled is to be replaced
 * @throws RUN_ENDED
 */
export function requestCandidate(context: Context, { runId, step, role, terms, act }: CandidateWish): Promise<Run> {
  return appendOutside(context, runId, (fold) => {
    if (fold.ended) throw runEnded(fold.run());
    const refusal = fold.phase.is === "paused" ? "its run is paused: resume it first" : refuseWish(effectAt(fold, step), role);
    if (refusal !== undefined)
      throw new MfmError("EFFECT_NOT_OPEN", `the effect of ${step} in ${runId}: ${refusal}`, { runId, step, role });
    const wanted = terms === null ? undefined : jsonArtifact("value", toCanonical(terms));
    const data = { step, role, ...(wanted === undefined ? {} : { terms: wanted.ref }), actor: act.actor, reason: act.reason };
    return { drafts: [{ type: "CandidateRequested", data }], artifacts: wanted === undefined ? [] : [wanted.artifact] };
  });
}

function refuseWish(effect: Effect | undefined, role: CandidateWish["role"]): string | undefined {
  if (effect === undefined) return "there is none";
  if (effect.is !== "dispatched" && !(holdsSlot(effect) && role === "cancel")) return `it is ${effect.is}`;
  const isCancelled = effect.candidates.some((candidate) => candidate.role === "cancel") || effect.request?.role === "cancel";
  return role === "replacement" && isCancelled ? "it is being cancelled" : undefined;
}

function effectAt(fold: Fold, step: string): Effect | undefined {
  const index = fold.indexOf(step);
  return index === undefined ? undefined : fold.effects.get(index);
}
