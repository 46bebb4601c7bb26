/** What each event of a run says: the members `data` of `mfm-event/1`, by type. */
import * as z from "zod";
import { address, bytes, digest, instant } from "./codecs.ts";

/** A reference names kind and media type with the digest, so that equal bytes of two kinds never stand for each other. */
const ref = z.strictObject({
  kind: z.enum([
    "config",
    "envelope",
    "evidence",
    "fact",
    "intent",
    "manifest",
    "output",
    "seal",
    "settlement",
    "signal",
    "spec",
    "standing",
    "value",
  ]),
  mediaType: z.string().min(1).max(100),
  digest,
});
export type Ref = z.output<typeof ref>;
export type ArtifactKind = Ref["kind"];

const stepKey = z.string().min(1).max(200);
export const runId = z.string().length(68);
export const count = z.int().min(0);
/** Who did it, in their own words: a user name, a service. */
const actor = z.string().min(1).max(200);
const reason = z.string().min(1).max(2000);
/** An error code. Free text never enters an event: it could carry a secret. */
const code = z.string().min(1).max(64);

/** A use of a fact: which question of the step it answers. `occurrence` counts equal questions from 0. */
const factUse = z.strictObject({
  /** The name that the state gives the capability in its `needs`. */
  need: z.string().min(1).max(64),
  method: z.string().min(1).max(64),
  request: digest,
  occurrence: count,
  fact: digest,
});
export type FactUse = z.output<typeof factUse>;

const head = z.strictObject({ seq: count, digest });
/** The last event of a stream: its sequence number and digest. */
export type Head = z.output<typeof head>;

/** Which of an effect's candidates, counted from 0. */
const candidate = count;
/** What the outside knows a candidate by. */
const identity = z.string().min(1).max(200);
/** What the outside did with an included candidate. */
const status = z.enum(["cancelled", "reverted", "success"]);
const evidence = ref;
/** What is exclusive and effects need in turn, such as the nonces of an account. */
const lane = z.string().min(1).max(200);
/** A place in the order of a lane, such as a nonce. */
const slot = count;
/** What a candidate after the first is for: the same with better terms, or that it never happens. */
const role = z.enum(["cancel", "replacement"]);

/** What is seen of a dispatched candidate. `unknown` has no evidence: nothing was learned. */
const seen = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("unknown") }),
  z.strictObject({ kind: z.literal("accepted"), evidence }),
  z.strictObject({ kind: z.literal("notFound"), evidence }),
  /** `next`: what helps, another candidate or the same again; absent: waiting. */
  z.strictObject({ kind: z.literal("stuck"), why: code, next: z.enum(["replace", "send"]).optional(), evidence }),
  z.strictObject({ kind: z.literal("included"), status, evidence }),
  /** It was included, and is not any more. */
  z.strictObject({ kind: z.literal("removed"), evidence }),
]);

/** Why an effect was given up before anything left: the outside or its rules refused it, its run failed elsewhere, or was cancelled. */
const abandonment = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("refused"), code }),
  z.strictObject({ kind: z.literal("failed") }),
  z.strictObject({ kind: z.literal("cancelled") }),
]);
export type Abandonment = z.output<typeof abandonment>;

const outcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("success"), settlement: ref }),
  z.strictObject({ kind: z.literal("reverted") }),
  z.strictObject({ kind: z.literal("cancelled") }),
  z.strictObject({ kind: z.literal("superseded") }),
]);

/** Why a run ends without success: the step that failed for good first, or who ended it. */
const ending = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("failed"), step: stepKey, code }),
  z.strictObject({ kind: z.literal("cancelled"), actor, reason }),
]);
export type Ending = z.output<typeof ending>;

/** What people say became of an effect that is open: it is done and stays, it is undone, or it is left as it is. */
export const decision = z.strictObject({
  step: stepKey,
  effect: digest,
  obligation: z.enum(["ambiguous", "confirmed"]),
  outcome: z.enum(["accepted", "done", "undone"]),
});
export type ResolutionDecision = z.output<typeof decision>;

/** An EIP-712 signature: r, s and v. */
const signature = bytes;

export const eventData = {
  RunAdmitted: z.strictObject({ spec: ref, config: ref, manifest: ref }),
  StepCompleted: z.strictObject({ step: stepKey, attempt: z.int().min(1), output: ref, facts: z.array(factUse), child: head.optional() }),
  /** `retry` no: it is not tried again, because its advice is never or its attempts ran out. `child`: the head of the child run that failed. */
  StepFailed: z.strictObject({
    step: stepKey,
    attempt: z.int().min(1),
    code,
    advice: z.enum(["never", "safe", "reconcile"]),
    retry: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("at"), at: instant }),
      z.strictObject({ kind: z.literal("no") }),
    ]),
    child: head.optional(),
  }),
  TimerSet: z.strictObject({ step: stepKey, due: instant }),
  SignalReceived: z.strictObject({ step: stepKey, payload: ref, actor, reason }),
  ChildStarted: z.strictObject({ step: stepKey, runId, spec: ref, config: ref }),
  /** What is to be done is decided. `effect` is its identity, which the outside may be told. */
  EffectIntended: z.strictObject({
    step: stepKey,
    attempt: z.int().min(1),
    effect: digest,
    intent: ref,
    facts: z.array(factUse),
    lane: lane.optional(),
    /** Where the effect before was superseded for good: how often it is intended anew, from 1. */
    renewal: z.int().min(1).optional(),
  }),
  /**
   * It is given a slot of its lane: the one that follows from `standing` (what was read outside), `open` (the slots of the lane that are
   * not settled, ascending) and `next` (slots below are known to be used up). `seq` counts the slots that the lane gave, from 1.
   */
  LaneAcquired: z.strictObject({
    step: stepKey,
    lane,
    seq: z.int().min(1),
    slot,
    open: z.array(slot).max(64),
    next: slot.optional(),
    standing: ref,
  }),
  /** Somebody says what is known of a lane that is quarantined: slots below `next` are used up. */
  LaneExplained: z.strictObject({ step: stepKey, lane, next: slot, actor, reason }),
  /** One exact thing that may be sent for it. `sealed`: it is sealed (signed) before it is dispatched. */
  EffectPrepared: z.strictObject({
    step: stepKey,
    candidate,
    identity,
    envelope: ref,
    role: role.optional(),
    sealed: z.literal(true).optional(),
  }),
  /** Somebody wants another candidate: `terms` are for the kind to understand. */
  CandidateRequested: z.strictObject({ step: stepKey, role, terms: ref.optional(), actor, reason }),
  /** The uncertainty boundary: committed before the first byte leaves. With its seal, from here on it counts as public. */
  EffectDispatched: z.strictObject({
    step: stepKey,
    candidate,
    seal: z.strictObject({ identity, seal: ref }).optional(),
  }),
  EffectObserved: z.strictObject({ step: stepKey, candidate, seen }),
  EffectSettled: z.strictObject({ step: stepKey, candidate, outcome, evidence }),
  EffectAmbiguous: z.strictObject({ step: stepKey, candidate, evidence }),
  EffectAbandoned: z.strictObject({ step: stepKey, why: abandonment }),
  /** Somebody ends the run, which has effects that must be brought to rest first. */
  CancelRequested: z.strictObject({ actor, reason }),
  /** Somebody whom the spec names agrees to what an effect intends, until `expiry`. `statement`: digest of the document that is signed. */
  ApprovalRecorded: z.strictObject({ step: stepKey, effect: digest, operator: address, expiry: instant, statement: digest, signature }),
  /** What took effect is undone from here on, the last first. */
  CompensationStarted: z.strictObject({ why: ending }),
  /**
   * People decide about everything that is open. What is signed names this event's place in the stream too: its seq, and the digest of the event
   * before. `evidence`: digest of a document that they keep.
   */
  ResolutionRecorded: z.strictObject({
    reason,
    decisions: z.array(decision).min(1),
    evidence: digest.optional(),
    signatures: z
      .array(z.strictObject({ operator: address, signature }))
      .min(1)
      .max(100),
  }),
  RunPaused: z.strictObject({ code, step: stepKey.optional() }),
  RunResumed: z.strictObject({ actor, reason }),
  RunSucceeded: z.strictObject({ output: ref }),
  RunFailed: z.strictObject({ step: stepKey, code }),
  RunCancelled: z.strictObject({ actor, reason }),
  /** Everything that had taken effect is undone. */
  RunCompensated: z.strictObject({ why: ending }),
  /** It ends as the resolution before it says. */
  RunResolved: z.strictObject({ why: ending }),
} as const;
