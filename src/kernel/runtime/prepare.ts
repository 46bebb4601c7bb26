/** Making candidates: prepared by the backend and held to the intent, sealed and held to the candidate, as the events that record them. */
import { jsonArtifact } from "../artifacts.ts";
import type { Effect, Role } from "../effects/ledger.ts";
import { identityOf, isCovered, sealedIdentityOf } from "../effects/rules.ts";
import { MfmError, invariant } from "../errors.ts";
import { failureOf } from "../execute.ts";
import type { Json } from "../json.ts";
import type { Context } from "./context.ts";
import { type Recorded, askBackend, decodeRecorded, encodeAnswer, liveKind } from "./effect-asking.ts";
import { type Landing, type StepWork, failureDraft } from "./flight.ts";

interface Making {
  readonly effect: Effect;
  readonly recorded: Recorded;
  readonly controller: AbortController;
}

/** @throws EFFECT_ENVELOPE_REFUSED when it is not what was intended; what the backend throws */
export async function prepareCandidate(
  context: Context,
  step: StepWork,
  { effect, recorded, role, slot, controller }: Making & { readonly role: Role; readonly slot: number | null },
): Promise<Landing> {
  const live = liveKind(context, step.state);
  const { kind } = live;
  const made = await askBackend(context, step, { effect, name: "prepare", live, controller }, async (ask) => {
    const { candidates, ...given } = decodeRecorded(kind, recorded);
    const { answer } = await ask({ ...given, role, slot, before: candidates, agreement: recorded.agreement });
    const text = encodeAnswer(kind, "envelope", answer);
    const data = JSON.parse(text) as Json;
    if (!isCovered(kind, recorded.subject, { role, slot, before: recorded.candidates, terms: recorded.terms }, data))
      throw new MfmError("EFFECT_ENVELOPE_REFUSED", `${kind.id}: what was prepared is not what was intended`, { effect: kind.id });
    return { text, identity: identityOf(kind, data) };
  });
  const { ref, artifact } = jsonArtifact("envelope", made.text);
  const data = {
    step: step.step.key,
    candidate: effect.candidates.length,
    identity: made.identity,
    envelope: ref,
    ...(role === "first" ? {} : { role }),
    ...(kind.codecs.seal === null ? {} : { sealed: true as const }),
  };
  return { drafts: [{ type: "EffectPrepared", data }], artifacts: [artifact] };
}

/** @throws EFFECT_SEAL_REFUSED when the seal is not of the recorded candidate; what the backend throws */
export async function sealCandidate(context: Context, step: StepWork, { effect, recorded, controller }: Making): Promise<Landing> {
  const live = liveKind(context, step.state);
  const { kind } = live;
  const newest = recorded.candidates.at(-1);
  invariant(newest !== undefined, "only what was prepared is sealed");
  const made = await askBackend(context, step, { effect, name: "seal", live, controller }, async (ask) => {
    const { id, intent, candidates } = decodeRecorded(kind, recorded);
    const { answer } = await ask({
      id,
      intent,
      role: newest.role,
      envelope: candidates.at(-1)?.envelope,
      agreement: recorded.agreement,
    });
    const text = encodeAnswer(kind, "seal", answer);
    try {
      return { text, identity: sealedIdentityOf(kind, recorded.subject, { ...newest, seal: JSON.parse(text) as Json }) };
    } catch (error) {
      if (error instanceof MfmError) throw error;
      throw new MfmError("EFFECT_SEAL_REFUSED", `${kind.id}: the seal is not of what was prepared`, { effect: kind.id }, error);
    }
  });
  const { ref, artifact } = jsonArtifact("seal", made.text);
  const data = { step: step.step.key, candidate: effect.candidates.length - 1, seal: { identity: made.identity, seal: ref } };
  return { drafts: [{ type: "EffectDispatched", data }], artifacts: [artifact] };
}

/** A call before the boundary that failed: an attempt of the step, and the end of the effect where it is not worth another and holds nothing. */
export function failedCall(context: Context, step: StepWork, effect: Effect, cause: unknown): Landing {
  const failure = failureOf(cause);
  const failed = failureDraft(context, step.step, step.attempt, failure);
  // A slot is not given up by giving up the effect: the run's end brings a candidate that cancels it.
  if (failure.advice !== "never" || (effect.lane !== null && effect.is === "prepared")) return { drafts: [failed], artifacts: [] };
  const why = { kind: "refused", code: failure.code } as const;
  return { drafts: [{ type: "EffectAbandoned", data: { step: step.step.key, why } }, failed], artifacts: [] };
}
