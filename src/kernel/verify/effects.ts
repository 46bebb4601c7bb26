/**
 * Verification of effects: every candidate is what was intended, under the identity that it has; every observation, settlement and ambiguity
 * is what the kind's code makes of the recorded evidence. The order of an effect's events is the ledger's business, which the fold asks.
 */
import { type Digest, digestOf, toCanonical } from "../canonical.ts";
import { evidenceFormat, readEvidence } from "../effects/evidence.ts";
import { follow, newestDispatched } from "../effects/follow.ts";
import { type HappeningEvent, eventOf } from "../effects/happening-event.ts";
import type { EffectKind } from "../effects/kind.ts";
import {
  type MadeData,
  type SubjectData,
  type WeighedReading,
  fits,
  identityOf,
  isCovered,
  laneOf,
  mayRenew,
  readingOf,
  sealedIdentityOf,
  slotOf,
  windowOf,
} from "../effects/rules.ts";
import type { Effect } from "../effects/ledger.ts";
import { MfmError } from "../errors.ts";
import type { EffectEvent, EventData, Ref } from "../events.ts";
import { concludeState, failureOf } from "../execute.ts";
import type { Json } from "../json.ts";
import type { StateStep } from "../spec.ts";
import type { State } from "../state.ts";
import type { Evidence } from "./history.ts";
import { isCanonicalValue } from "./opening.ts";
import { expect, refusal } from "./refusal.ts";

/** A write step whose code is here, and its effect. */
export interface WriteStep {
  readonly step: StateStep;
  readonly state: State;
  readonly effect: Effect;
}

/** How a step is said to have ended whose effect succeeded: with this output, or with this code. */
export type Conclusion = { readonly output: Digest } | { readonly code: string };

export class EffectChecks {
  readonly #evidence: Evidence;
  /** Each step's effect as it was before the event that is being checked. */
  readonly #before = new Map<string, Effect>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  /** Checks what an event of an effect claims; `after` is the effect that the fold made of it. Without code, only what needs none. */
  check(event: EffectEvent, after: Effect, kind: EffectKind | undefined): void {
    const before = this.#before.get(event.data.step);
    this.#before.set(event.data.step, after);
    switch (event.type) {
      case "EffectIntended":
        return kind === undefined ? undefined : this.#checkIntended(event.data, kind);
      case "LaneAcquired":
        return this.#checkAcquired(event.data, after, kind);
      case "EffectPrepared":
        return this.#checkPrepared(event.data, before, kind);
      case "EffectDispatched":
        return event.data.seal === undefined ? undefined : this.#checkSealed(event.data.seal, after, kind);
      case "EffectObserved":
        return event.data.seen.kind === "unknown" ? undefined : this.#checkSeen(event, event.data.seen.evidence, before, kind);
      case "EffectSettled":
      case "EffectAmbiguous":
        return this.#checkSeen(event, event.data.evidence, before, kind);
      default:
        return undefined;
    }
  }

  /** The lane is that of the intent; what is intended anew may be. */
  #checkIntended({ intent, lane, renewal }: EventData<"EffectIntended">, kind: EffectKind): void {
    const data = this.#evidence.json(intent.digest);
    const needed = attempted("data.lane", () => laneOf(kind, data));
    expect(needed === (lane ?? null), "data.lane", "it is not the lane of this intent");
    if (renewal === undefined) return;
    const isAllowed = attempted("data.renewal", () => mayRenew(kind, data, renewal));
    expect(isAllowed, "data.renewal", "the kind does not intend it anew by itself");
  }

  /** The slot is the one that follows from what was read. */
  #checkAcquired({ slot, open, next, standing }: EventData<"LaneAcquired">, effect: Effect, kind: EffectKind | undefined): void {
    const data = this.#evidence.json(standing.digest);
    if (kind === undefined) return;
    const { codecs } = kind;
    expect(codecs.standing !== null && isCanonicalValue(codecs.standing, data), "data.standing.digest", `it is no standing of ${kind.id}`);
    const { intent } = this.#subject(effect);
    const window = attempted("data.open", () => windowOf(kind, { intent, standing: data }));
    expect(fits(slot, { open, size: window, next: next ?? null }), "data.open", `at most ${window} slots may be open`);
    const answer = attempted("data.slot", () => slotOf(kind, { id: effect.id, intent, standing: data, open, next: next ?? null }));
    expect(answer.kind === "slot" && answer.slot === slot, "data.slot", "it is not the slot that follows");
  }

  #checkSealed({ identity, seal }: NonNullable<EventData<"EffectDispatched">["seal"]>, effect: Effect, kind: EffectKind | undefined): void {
    const data = this.#evidence.json(seal.digest);
    if (kind === undefined) return;
    const { codecs } = kind;
    expect(codecs.seal !== null && isCanonicalValue(codecs.seal, data), "data.seal.seal.digest", `it is no seal of ${kind.id}`);
    const newest = effect.candidates.at(-1);
    if (newest === undefined) throw refusal("data.candidate", "no such candidate was prepared");
    const envelope = this.#evidence.json(newest.envelope);
    const known = attempted("data.seal.seal.digest", () =>
      sealedIdentityOf(kind, this.#subject(effect), { role: newest.role, envelope, seal: data }),
    );
    expect(known === identity, "data.seal.identity", "it is not the identity of the sealed candidate");
  }

  #checkPrepared(data: EventData<"EffectPrepared">, before: Effect | undefined, kind: EffectKind | undefined): void {
    const envelope = this.#evidence.json(data.envelope.digest);
    if (kind === undefined || before === undefined) return;
    expect(isCanonicalValue(kind.codecs.envelope, envelope), "data.envelope.digest", `it is no envelope of ${kind.id}`);
    expect((kind.codecs.seal !== null) === (data.sealed === true), "data.sealed", "candidates of this kind are sealed, or are not");
    const terms = before.request?.terms ?? null;
    const purpose = {
      role: data.role ?? ("first" as const),
      slot: before.place?.slot ?? null,
      before: this.#made(before),
      terms: terms === null ? null : this.#evidence.json(terms),
    };
    const isIntended = attempted("data.envelope.digest", () => isCovered(kind, this.#subject(before), purpose, envelope));
    expect(isIntended, "data.envelope.digest", "it is not what was intended");
    const identity = attempted("data.identity", () => identityOf(kind, envelope));
    expect(identity === data.identity, "data.identity", "it is not the identity of this candidate");
  }

  /** The event must be the one that follows from the evidence: no other, and not none. */
  #checkSeen(event: HappeningEvent, evidence: Ref, effect: Effect | undefined, kind: EffectKind | undefined): void {
    const field = event.type === "EffectObserved" ? "data.seen.evidence.digest" : "data.evidence.digest";
    const document = this.#evidence.json(evidence.digest);
    const settled = event.type === "EffectSettled" && event.data.outcome.kind === "success" ? event.data.outcome.settlement : undefined;
    if (settled !== undefined) this.#evidence.json(settled.digest);
    if (kind === undefined) return expect(isEvidence(document), field, `it is not of the format ${evidenceFormat}`);
    if (effect === undefined) throw refusal("data.step", "the step has no effect yet");
    const newest = effect.candidates[newestDispatched(effect)];
    if (newest === undefined) throw refusal("data.candidate", "no such candidate was prepared");
    const said = attempted(field, () => readEvidence(kind, newest.identity, this.#evidence.text(evidence.digest)));
    const reading = attempted(field, () => readingOf(kind, this.#subject(effect), this.#made(effect), said));
    const happening = follow(effect, reading);
    if (happening === null) throw refusal("type", "the evidence is no news");
    const settlement = settlementOf(reading);
    if (settlement !== undefined && settled !== undefined)
      expect(settled.digest === settlement.digest, "data.outcome.settlement.digest", "the evidence makes another settlement");
    const expected = eventOf(happening, { step: event.data.step, evidence, settlement });
    const isExpected = event.type === expected.type && toCanonical(event.data) === toCanonical(expected.data);
    expect(isExpected, fieldOf(event, expected), "it is not what the evidence says");
  }

  /** What the state's code makes of the settlement must be what is claimed. */
  checkConcluded({ step, state, effect }: WriteStep, input: () => Json, claimed: Conclusion): void {
    if (effect.is !== "settled" || effect.outcome.kind !== "success") throw refusal("data.step", "its effect has not settled with success");
    const intent = this.#evidence.json(effect.intent);
    const settlement = this.#evidence.json(effect.outcome.settlement);
    const given = { config: step.config, input: input(), intent, settlement };
    let made: { readonly text: string } | { readonly code: string };
    try {
      made = { text: concludeState(state, given) };
    } catch (error) {
      made = { code: failureOf(error).code };
    }
    if ("output" in claimed)
      expect(
        "text" in made && digestOf(made.text) === claimed.output,
        "data.output.digest",
        `the code of ${step.state} makes another output of it`,
      );
    else expect("code" in made && made.code === claimed.code, "data.code", `the code of ${step.state} does not end like this`);
  }

  #made({ candidates }: Effect): MadeData[] {
    return candidates.map(({ role, envelope, seal, dispatched }) => ({
      role,
      envelope: this.#evidence.json(envelope),
      seal: seal === null ? null : this.#evidence.json(seal),
      dispatched,
    }));
  }

  #subject({ id, intent }: Effect): SubjectData {
    return { id, intent: this.#evidence.json(intent) };
  }
}

function settlementOf(reading: WeighedReading): Ref | undefined {
  if (reading.kind !== "final" || reading.status !== "success") return undefined;
  return { kind: "settlement", mediaType: "application/json", digest: digestOf(reading.settlement) };
}

/** The member in which an event is not what was expected. */
function fieldOf(event: HappeningEvent, expected: HappeningEvent): string {
  if (event.type !== expected.type) return "type";
  if (event.data.candidate !== expected.data.candidate) return "data.candidate";
  return event.type === "EffectObserved" ? "data.seen.kind" : "data.outcome.kind";
}

function isEvidence(document: Json): boolean {
  return typeof document === "object" && document !== null && "format" in document && document["format"] === evidenceFormat;
}

/** Refuses at a field whatever the kind's code, or its schemas, do not take. */
function attempted<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MfmError && error.code === "HISTORY_INVALID" && error.details["artifact"] !== undefined) throw error;
    throw refusal(field, error instanceof MfmError ? error.message : "the kind's code fails on it");
  }
}
