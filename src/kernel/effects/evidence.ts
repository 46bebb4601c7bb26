/**
 * Identity and evidence of effects. An effect's id follows from its run and step, so every process and every attempt has the same. An evidence
 * artifact says about which candidate it is and where it was true, so that it cannot stand for another one.
 */
import { type Digest, digestOf, parseCanonical, toCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import { type Json, isJsonObject } from "../json.ts";
import type { RunId } from "../names.ts";
import type { EffectKind } from "./kind.ts";

export const evidenceFormat = "mfm-evidence/1";

/** The id of the effect that a step of a run has; `renewal`: how often it was intended anew. */
export function deriveEffectId(runId: RunId, step: string, renewal = 0): Digest {
  return digestOf(toCanonical({ domain: "mfm-effect/1", run: runId, step, ...(renewal === 0 ? {} : { renewal }) }));
}

/** The canonical text of evidence about a candidate. `evidenceText` is canonical already; `source` is a reference, never a URL. */
export function encodeEvidence(kind: EffectKind, candidate: string, evidenceText: string, source: string): string {
  return `{"candidate":${JSON.stringify(candidate)},"effect":${JSON.stringify(kind.id)},"evidence":${evidenceText},"format":"${evidenceFormat}","source":${JSON.stringify(source)}}`;
}

/**
 * What evidence says about a candidate, as data.
 * @throws HISTORY_INVALID when the text is no evidence of this kind about this candidate
 */
export function readEvidence(kind: EffectKind, candidate: string, text: string): Json {
  const document = parseCanonical(text);
  const evidence = isJsonObject(document) ? document["evidence"] : undefined;
  const source = isJsonObject(document) ? document["source"] : undefined;
  const isIt =
    evidence !== undefined && typeof source === "string" && encodeEvidence(kind, candidate, encodedAgain(kind, evidence), source) === text;
  if (isIt) return evidence;
  const reason = "it is no evidence about this candidate";
  throw new MfmError("HISTORY_INVALID", reason, { field: "evidence", reason });
}

/** The canonical text of evidence that was read; empty where it is none of this kind. */
function encodedAgain({ codecs: { evidence: codec } }: EffectKind, evidence: Json): string {
  try {
    return codec.encode(codec.decode(evidence));
  } catch (error) {
    if (error instanceof MfmError) return "";
    throw error;
  }
}
