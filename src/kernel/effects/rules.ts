/** Asking a kind's pure code, with data in and checked answers out. A driver asks it before it records something, and verification asks it again. */
import * as z from "zod";
import type { Digest } from "../canonical.ts";
import { lowerFor } from "../capability.ts";
import { MfmError } from "../errors.ts";
import type { Json } from "../json.ts";
import { ValueCodec } from "../value.ts";
import type { Reading } from "./follow.ts";
import type { EffectKind, Made, Purpose, SlotAnswer, Subject } from "./kind.ts";
import type { Candidate } from "./ledger.ts";

/** An effect's identity and its intent, as data. */
export type SubjectData = Subject<Json>;
/** A candidate as data. */
export type MadeData = Made<Json, Json>;

/** Whether a candidate is what was intended. @throws whatever the kind's code throws */
export function isCovered(kind: EffectKind, { id, intent }: SubjectData, purpose: Purpose<Json, Json>, envelope: Json): boolean {
  const { codecs, rules } = kind;
  const { role, slot, before, terms } = purpose;
  const given = { role, slot, terms, before: before.map((made) => decodeMade(kind, made)) };
  const subject = { id, intent: codecs.intent.decode(intent), envelope: codecs.envelope.decode(envelope) };
  return (rules.covers as (given: object) => unknown)({ ...subject, ...given }) === true;
}

/** @throws EFFECT_RULE_INVALID when the kind's answer is no identity; whatever its code throws */
export function identityOf(kind: EffectKind, envelope: Json): Candidate["identity"] {
  return identityFrom(kind, "identify", (kind.rules.identify as (envelope: unknown) => unknown)(kind.codecs.envelope.decode(envelope)));
}

/**
 * What the outside knows a sealed candidate by.
 * @throws EFFECT_RULE_INVALID when the kind's answer is no identity; whatever its code throws where the seal is not of the envelope
 */
export function sealedIdentityOf(
  kind: EffectKind,
  { id, intent }: SubjectData,
  made: Pick<MadeData, "role" | "envelope" | "seal">,
): string {
  const { unseal } = kind.rules;
  const { codecs } = kind;
  if (unseal === null || codecs.seal === null || made.seal === null) throw ruleInvalid(kind, "it has no seals");
  const given = { id, intent: codecs.intent.decode(intent), ...decodeMade(kind, { ...made, dispatched: false }) };
  return identityFrom(kind, "unseal", (unseal as (given: object) => unknown)(given));
}

function identityFrom(kind: EffectKind, rule: string, identity: unknown): string {
  if (typeof identity === "string" && identity.length > 0 && identity.length <= 200 && identity.isWellFormed()) return identity;
  throw ruleInvalid(kind, `${rule} must answer with a text of 1 to 200 characters`);
}

/** The lane that an intent needs; null: none. @throws EFFECT_RULE_INVALID; whatever the kind's code throws */
export function laneOf(kind: EffectKind, intent: Json): string | null {
  const { lane } = kind.rules;
  if (lane === null) return null;
  return identityFrom(kind, "lane.of", (lane.of as (intent: unknown) => unknown)(kind.codecs.intent.decode(intent)));
}

/** How the lane of an intent stands, as it was read outside and as it is known here. */
export interface LaneStanding {
  readonly id: Digest;
  readonly intent: Json;
  readonly standing: Json;
  readonly open: readonly number[];
  readonly next: number | null;
}

/** How many slots of the lane may be taken at once. @throws EFFECT_RULE_INVALID; whatever the kind's code throws */
export function windowOf(kind: EffectKind, given: Pick<LaneStanding, "intent" | "standing">): number {
  const { lane, decoded } = laneRules(kind, given);
  const window = (lane.window as (given: object) => unknown)(decoded);
  if (typeof window === "number" && Number.isInteger(window) && window >= 1 && window <= 64) return window;
  throw ruleInvalid(kind, "lane.window must answer with 1 to 64");
}

/** The slots that are open, how many may be, and below which all are known to be used up. */
export interface Window {
  readonly open: readonly number[];
  readonly size: number;
  readonly next: number | null;
}

/**
 * Whether the window lets a slot be given. One below all that are open fills a gap that they wait for, so it always is; one that is used up
 * takes no place, whatever is known of what had it.
 */
export function fits(slot: number, { open, size, next }: Window): boolean {
  const waiting = open.filter((other) => other >= (next ?? 0));
  return waiting.length < size || waiting.every((other) => slot < other);
}

/** The slot that follows. @throws EFFECT_RULE_INVALID; whatever the kind's code throws */
export function slotOf(kind: EffectKind, { id, open, next, ...given }: LaneStanding): SlotAnswer {
  const { lane, decoded } = laneRules(kind, given);
  const answer = (lane.slot as (given: object) => unknown)({ id, ...decoded, open, next });
  try {
    const read = slots.decode(answer) as SlotAnswer;
    if (read.kind !== "slot" && !isCode(read.why)) throw ruleInvalid(kind, "why must be a code, like FOREIGN_PENDING");
    return read;
  } catch (error) {
    if (error instanceof MfmError && error.code !== "EFFECT_RULE_INVALID")
      throw ruleInvalid(kind, `lane.slot must answer with a slot: ${error.message}`);
    throw error;
  }
}

function laneRules(kind: EffectKind, { intent, standing }: Pick<LaneStanding, "intent" | "standing">) {
  const { lane } = kind.rules;
  if (lane === null || kind.codecs.standing === null) throw ruleInvalid(kind, "it needs no lane");
  return { lane, decoded: { intent: kind.codecs.intent.decode(intent), standing: kind.codecs.standing.decode(standing) } };
}

/** Whether a superseded effect is intended anew by itself. @throws whatever the kind's code throws */
export function mayRenew(kind: EffectKind, intent: Json, renewal: number): boolean {
  const { renews } = kind.rules;
  return renews !== null && (renews as (given: object) => unknown)({ intent: kind.codecs.intent.decode(intent), renewal }) === true;
}

/** What evidence means, the settlement as canonical text. */
export type WeighedReading = Exclude<Reading, { readonly status: "success"; readonly kind: "final" }> | FinalSuccess;
type FinalSuccess = { readonly kind: "final"; readonly status: "success"; readonly settlement: string; readonly candidate?: number };

/** @throws EFFECT_RULE_INVALID when the kind's answer is no reading; whatever its code throws */
export function readingOf(kind: EffectKind, { id, intent }: SubjectData, candidates: readonly MadeData[], evidence: Json): WeighedReading {
  const weigh = kind.rules.weigh as (given: object) => unknown;
  const { codecs } = kind;
  const made = candidates.map((candidate) => decodeMade(kind, candidate));
  const newest = made.findLast(({ dispatched }) => dispatched);
  const answer = weigh({
    id,
    intent: codecs.intent.decode(intent),
    envelope: newest?.envelope,
    seal: newest?.seal ?? null,
    candidates: made,
    evidence: codecs.evidence.decode(evidence),
  });
  const reading = { ...(typeof answer === "object" ? answer : {}) } as { readonly [name: string]: unknown };
  const { settlement, ...rest } = reading;
  const success = reading["kind"] === "final" && reading["status"] === "success";
  try {
    readings.decode(success ? rest : reading);
    // As all codes: free text of the outside never enters an event.
    if (reading["kind"] === "stuck" && !isCode(reading["why"])) throw ruleInvalid(kind, "why must be a code, like AWAITS_REVIEW");
    const { candidate } = reading;
    if (typeof candidate === "number" && made[candidate]?.dispatched !== true)
      throw ruleInvalid(kind, "weigh named a candidate that was not dispatched");
    if (!success) return rest as WeighedReading;
    return { ...(rest as Omit<FinalSuccess, "settlement">), settlement: codecs.settlement.encode(settlement, "settlement") };
  } catch (error) {
    if (error instanceof MfmError && error.code !== "EFFECT_RULE_INVALID")
      throw ruleInvalid(kind, `weigh must answer with a reading: ${error.message}`);
    throw error;
  }
}

function decodeMade(kind: EffectKind, { envelope, seal, ...rest }: MadeData): Made<unknown> {
  const { codecs } = kind;
  return {
    ...rest,
    envelope: codecs.envelope.decode(envelope),
    seal: seal === null || codecs.seal === null ? null : codecs.seal.decode(seal),
  };
}

function isCode(text: unknown): boolean {
  return typeof text === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(text);
}

const statuses = z.enum(["cancelled", "reverted", "success"]);
const candidate = z.int().min(0).optional();
const why = z.string().min(1).max(64);
const readings = new ValueCodec(
  lowerFor(
    "mfm.kernel/reading@1",
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("unknown") }),
      z.strictObject({ kind: z.literal("accepted") }),
      z.strictObject({ kind: z.literal("notFound") }),
      z.strictObject({ kind: z.literal("stuck"), why, next: z.enum(["replace", "send"]).optional() }),
      z.strictObject({ kind: z.literal("included"), status: statuses, candidate }),
      z.strictObject({ kind: z.literal("final"), status: statuses, candidate }),
      z.strictObject({ kind: z.literal("superseded") }),
      z.strictObject({ kind: z.literal("contradiction") }),
    ]),
    "",
  ),
);
const slots = new ValueCodec(
  lowerFor(
    "mfm.kernel/slot@1",
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("slot"), slot: z.int().min(0) }),
      z.strictObject({ kind: z.literal("later"), why }),
      z.strictObject({ kind: z.literal("quarantined"), why, slots: z.array(z.int().min(0)).optional() }),
    ]),
    "",
  ),
);

function ruleInvalid(kind: EffectKind, reason: string): MfmError {
  return new MfmError("EFFECT_RULE_INVALID", `${kind.id}: ${reason}`, { kind: kind.id });
}
