/** A history: everything a run's verification needs, in memory: its events in order and every artifact they reach. */
import type { ArtifactSource } from "../artifacts.ts";
import { type Digest, digestOf, parseCanonical } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { ArtifactKind, FactUse, Ref, RunEvent, SealedEvent } from "../events.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { Store } from "../store.ts";
import { openStoredEvent } from "../runtime/history.ts";

export interface History {
  readonly runId: RunId;
  readonly events: readonly SealedEvent[];
  readonly artifacts: ReadonlyMap<Digest, string>;
}

/** Where an event names an artifact: the member, and the digest. */
export interface Reference {
  readonly field: string;
  readonly digest: Digest;
}

/** A reference in an event, with the member it stands at and the kind it must have there. */
export interface NamedRef {
  readonly field: string;
  readonly ref: Ref;
  readonly kind: ArtifactKind;
}

export function refsOf(event: RunEvent): NamedRef[] {
  switch (event.type) {
    case "RunAdmitted":
      return [
        { field: "data.spec", ref: event.data.spec, kind: "spec" },
        { field: "data.config", ref: event.data.config, kind: "config" },
        { field: "data.manifest", ref: event.data.manifest, kind: "manifest" },
      ];
    case "StepCompleted":
      return [{ field: "data.output", ref: event.data.output, kind: "value" }];
    case "SignalReceived":
      return [{ field: "data.payload", ref: event.data.payload, kind: "signal" }];
    case "ChildStarted":
      return [
        { field: "data.spec", ref: event.data.spec, kind: "spec" },
        { field: "data.config", ref: event.data.config, kind: "config" },
      ];
    case "RunSucceeded":
      return [{ field: "data.output", ref: event.data.output, kind: "output" }];
    case "EffectIntended":
      return [{ field: "data.intent", ref: event.data.intent, kind: "intent" }];
    case "LaneAcquired":
      return [{ field: "data.standing", ref: event.data.standing, kind: "standing" }];
    case "CandidateRequested":
      return event.data.terms === undefined ? [] : [{ field: "data.terms", ref: event.data.terms, kind: "value" }];
    case "EffectDispatched":
      return event.data.seal === undefined ? [] : [{ field: "data.seal.seal", ref: event.data.seal.seal, kind: "seal" }];
    case "EffectPrepared":
      return [{ field: "data.envelope", ref: event.data.envelope, kind: "envelope" }];
    case "EffectObserved": {
      const { seen } = event.data;
      return seen.kind === "unknown" ? [] : [{ field: "data.seen.evidence", ref: seen.evidence, kind: "evidence" }];
    }
    case "EffectSettled": {
      const { outcome, evidence } = event.data;
      const proof: NamedRef = { field: "data.evidence", ref: evidence, kind: "evidence" };
      if (outcome.kind !== "success") return [proof];
      return [proof, { field: "data.outcome.settlement", ref: outcome.settlement, kind: "settlement" }];
    }
    case "EffectAmbiguous":
      return [{ field: "data.evidence", ref: event.data.evidence, kind: "evidence" }];
    default:
      return [];
  }
}

/** The facts that an event names. */
export function factsOf(event: RunEvent): readonly FactUse[] {
  return event.type === "StepCompleted" || event.type === "EffectIntended" ? event.data.facts : [];
}

/** Every artifact that an event names. */
export function referencesOf(event: RunEvent): Reference[] {
  const references: Reference[] = refsOf(event).map(({ field, ref }) => ({ field: `${field}.digest`, digest: ref.digest }));
  for (const [index, use] of factsOf(event).entries()) references.push({ field: `data.facts.${index}.fact`, digest: use.fact });
  return references;
}

/** The digests of `referencesOf`. */
export function digestsOf(event: RunEvent): Digest[] {
  const digests = refsOf(event).map(({ ref }) => ref.digest);
  for (const use of factsOf(event)) digests.push(use.fact);
  return digests;
}

/**
 * Reads a run's history from a store, checking every digest.
 * @throws RUN_UNKNOWN; HISTORY_INVALID with run, event and field when something is altered or missing
 */
export async function readHistory(store: Store, runId: RunId): Promise<History> {
  const events: SealedEvent[] = [];
  for (;;) {
    const page = await store.readEvents(runId, events.length, 1000);
    for (const stored of page) events.push(openStoredEvent(runId, stored));
    if (page.length < 1000) break;
  }
  if (events.length === 0) throw new MfmError("RUN_UNKNOWN", `no run ${runId} in this store`, { runId });
  const artifacts = new Map<Digest, string>();
  for (const { event } of events) {
    for (const { field, digest } of referencesOf(event)) {
      if (!artifacts.has(digest))
        artifacts.set(digest, await readText((wanted) => store.readArtifact(wanted), digest, { runId, seq: event.seq, field }));
    }
  }
  return { runId, events, artifacts };
}

async function readText(
  source: ArtifactSource,
  digest: Digest,
  place: { readonly runId: RunId; readonly seq: number; readonly field: string },
): Promise<string> {
  const bytes = await source(digest);
  const refuse = (kind: string, reason: string): MfmError =>
    new MfmError("HISTORY_INVALID", `event ${place.seq}, ${place.field}: the artifact ${digest} is ${reason}`, {
      ...place,
      kind,
      artifact: digest,
      reason,
    });
  if (bytes === undefined) throw refuse("missing", "missing");
  if (digestOf(bytes) !== digest) throw refuse("altered", "altered: its bytes have another digest");
  return Buffer.from(bytes).toString("utf8");
}

/** Parses artifacts once. Their digests are checked already. */
export class Evidence {
  readonly #artifacts: ReadonlyMap<Digest, string>;
  readonly #parsed = new Map<Digest, Json>();

  constructor(artifacts: ReadonlyMap<Digest, string>) {
    this.#artifacts = artifacts;
  }

  /** @throws HISTORY_INVALID when it is not there */
  text(digest: Digest): string {
    const text = this.#artifacts.get(digest);
    if (text === undefined)
      throw new MfmError("HISTORY_INVALID", `the artifact ${digest} is missing`, {
        kind: "missing",
        field: "artifact",
        artifact: digest,
        reason: "missing",
      });
    return text;
  }

  /** @throws HISTORY_INVALID when it is not there, or not canonical */
  json(digest: Digest): Json {
    const known = this.#parsed.get(digest);
    if (known !== undefined) return known;
    const value = this.#parse(digest);
    this.#parsed.set(digest, value);
    return value;
  }

  #parse(digest: Digest): Json {
    try {
      return parseCanonical(this.text(digest));
    } catch (error) {
      if (!(error instanceof MfmError) || error.code !== "NOT_CANONICAL") throw error;
      throw new MfmError("HISTORY_INVALID", `the artifact ${digest} is not canonical: ${error.message}`, {
        kind: "malformed",
        field: "artifact",
        artifact: digest,
        reason: error.message,
      });
    }
  }
}
