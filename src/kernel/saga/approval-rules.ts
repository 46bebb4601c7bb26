/** Approvals of effects: who has agreed to what is intended, whether that suffices, and when the fold takes another one in. */
import type { Effect } from "../effects/ledger.ts";
import type { EventData } from "../events.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { Quorum, Step } from "../spec.ts";

/** Who must agree before anything of a step's effect is prepared; undefined: nobody. */
export function approvalOf(step: Step): Quorum | undefined {
  return step.kind === "state" ? step.approval : undefined;
}

/** Whether an effect waits for people who have to agree to it. */
export function awaitsApproval(approval: Quorum | undefined, effect: Effect): boolean {
  return approval !== undefined && effect.is === "intended" && effect.approvals.length < approval.quorum;
}

/**
 * Whether an effect of which nothing has left has approvals that are over: those who agreed did not agree to this moment. What is being given
 * up needs nobody's consent. A candidate that is not sealed is sent in the commit that makes it: there is no moment between.
 */
export function isApprovalOver(approval: Quorum | undefined, effect: Effect, now: number): boolean {
  if (approval === undefined || effect.request !== null) return false;
  const newest = effect.candidates.at(-1);
  const isMade = effect.is === "prepared" && newest?.sealed === true && newest.role !== "cancel";
  if (!isMade && !(effect.is === "intended" && effect.place === null)) return false;
  const holding = effect.approvals.filter(({ expiry }) => Date.parse(expiry) > now).length;
  return effect.approvals.length >= approval.quorum && holding < approval.quorum;
}

interface Approved {
  readonly approval: Quorum | undefined;
  readonly effect: Effect | undefined;
}

/** Whether the signature is that of this person is the business of whoever can recover it: the runtime before, and verification. */
export function refuseApproval({ approval, effect }: Approved, { operator, expiry }: EventData<"ApprovalRecorded">): Refusal | undefined {
  if (approval === undefined) return refuse("data.step", "the step needs nobody to agree");
  if (!approval.operators.includes(operator)) return refuse("data.operator", "the spec does not name this operator for the step");
  // What is signed says seconds.
  if (!expiry.endsWith(".000Z")) return refuse("data.expiry", "it is not a whole second");
  return effect !== undefined && !awaitsApproval(approval, effect)
    ? refuse("type", "enough people have agreed, or it is too late")
    : undefined;
}

/** Nothing is made of an effect before enough people have agreed. */
export function refuseUnapproved({ approval, effect }: Approved): Refusal | undefined {
  const waits = effect !== undefined && awaitsApproval(approval, effect);
  return waits ? refuse("type", `${approval?.quorum} people have to agree to it first, ${effect.approvals.length} have`) : undefined;
}
