/** Loading a run from the store: its events, chain-checked, folded; from a snapshot where one is named, then only the tail. */
import { type ArtifactSource, jsonArtifact, readJsonArtifact, readTextArtifact } from "../artifacts.ts";
import { toCanonical } from "../canonical.ts";
import { type CertifiedSpec, certify, readStoredSpec } from "../certify.ts";
import { MfmError } from "../errors.ts";
import { type Head, type SealedEvent, readEvent } from "../events.ts";
import { Fold, type FoldState } from "../fold.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { Registry } from "../registry.ts";
import type { Spec } from "../spec.ts";
import type { Store, StoredEvent } from "../store.ts";

const page = 1000;
export const snapshotFormat = "mfm-snapshot/2";
/** A snapshot is written when this many events came since the last. */
export const snapshotInterval = 256;

/** Reads a stored event, with its place named in any refusal. @throws HISTORY_INVALID, NOT_CANONICAL */
export function openStoredEvent(runId: RunId, stored: StoredEvent): SealedEvent {
  try {
    const sealed = readEvent(stored.text);
    if (sealed.digest !== stored.digest)
      throw new MfmError("HISTORY_INVALID", "the event's bytes have another digest than the store recorded", {
        field: "digest",
        reason: "altered",
      });
    if (sealed.event.seq !== stored.seq)
      throw new MfmError("HISTORY_INVALID", "the event's seq is not the one it is stored under", { field: "seq", reason: "moved" });
    return sealed;
  } catch (error) {
    throw placed(error, runId, stored.seq);
  }
}

/** Applies an event, with its place named in any refusal. */
export function applyStored(fold: Fold, sealed: SealedEvent): void {
  try {
    fold.apply(sealed);
  } catch (error) {
    throw placed(error, fold.runId, sealed.event.seq);
  }
}

function placed(error: unknown, runId: RunId, seq: number): unknown {
  if (!(error instanceof MfmError) || (error.code !== "HISTORY_INVALID" && error.code !== "NOT_CANONICAL")) return error;
  return new MfmError("HISTORY_INVALID", `run ${runId}, event ${seq}: ${error.message}`, { ...error.details, runId, seq });
}

export function artifactsOf(store: Store): ArtifactSource {
  return (digest) => store.readArtifact(digest);
}

/** The spec that a stream's first event names, as data checked for shape only. @throws HISTORY_INVALID */
export async function readSpecOf(first: SealedEvent, source: ArtifactSource): Promise<Spec> {
  if (first.event.type !== "RunAdmitted")
    throw new MfmError("HISTORY_INVALID", "type: a stream begins with RunAdmitted", {
      field: "type",
      reason: "a stream begins with RunAdmitted",
    });
  const { data, text } = await readTextArtifact(source, first.event.data.spec.digest);
  const shaped = readStoredSpec(data, text);
  if (shaped.kind === "spec") return shaped.spec;
  const [problem] = shaped.problems;
  throw new MfmError("HISTORY_INVALID", `the spec has not the shape of one: ${problem?.path} ${problem?.reason}`, {
    field: "data.spec",
    reason: "not a spec",
  });
}

/**
 * The fold of a run. With `trustSnapshot`, a snapshot that the store names is continued and only the tail is verified;
 * a snapshot that does not fit is ignored.
 * @throws RUN_UNKNOWN when there is no such run
 * @throws HISTORY_INVALID when the stream does not verify; details name run, event and field
 */
export async function loadFold(store: Store, runId: RunId, options: { readonly trustSnapshot: boolean }): Promise<Fold> {
  const [first] = await store.readEvents(runId, 0, 1);
  if (first === undefined) throw new MfmError("RUN_UNKNOWN", `no run ${runId} in this store`, { runId });
  const opening = openStoredEvent(runId, first);
  const spec = await readSpecOf(opening, artifactsOf(store));
  let fold = options.trustSnapshot ? await readSnapshot(store, runId, spec) : undefined;
  if (fold === undefined) {
    fold = new Fold(runId, spec);
    applyStored(fold, opening);
  }
  await catchUp(store, fold);
  return fold;
}

/** Takes in what was appended since. @returns the events */
export async function catchUp(store: Store, fold: Fold): Promise<SealedEvent[]> {
  const taken: SealedEvent[] = [];
  for (;;) {
    const from = fold.head === null ? 0 : fold.head.seq + 1;
    const events = await store.readEvents(fold.runId, from, page);
    for (const stored of events) {
      const sealed = openStoredEvent(fold.runId, stored);
      applyStored(fold, sealed);
      taken.push(sealed);
    }
    if (events.length < page) return taken;
  }
}

async function readSnapshot(store: Store, runId: RunId, spec: Spec): Promise<Fold | undefined> {
  const named = await store.readSnapshot(runId);
  if (named === undefined) return undefined;
  const [at] = await store.readEvents(runId, named.head.seq, 1);
  if (at?.digest !== named.head.digest) return undefined;
  try {
    const data = (await readJsonArtifact(artifactsOf(store), named.digest)) as unknown as {
      format: string;
      runId: string;
      fold: FoldState;
    };
    if (data.format !== snapshotFormat || data.runId !== runId || data.fold.head.digest !== named.head.digest) return undefined;
    return Fold.from(runId, spec, data.fold);
  } catch (error) {
    // A cache that cannot be read, or holds what a fold is not made of, is no reason to stop: the stream is the authority. A store that fails is.
    if (error instanceof MfmError && error.code.startsWith("STORE_")) throw error;
    return undefined;
  }
}

/** Writes the fold as a snapshot that a later resume may continue from. */
export async function writeSnapshot(store: Store, fold: Fold): Promise<void> {
  const state = fold.state();
  const text = toCanonical({ fold: state as unknown as Json, format: snapshotFormat, runId: fold.runId });
  const head: Head = state.head;
  await store.writeSnapshot(fold.runId, head, jsonArtifact("value", text).artifact);
}

/** Certifies stored specs once per process. */
export class SpecCache {
  readonly #registry: Registry;
  readonly #certified = new Map<string, CertifiedSpec>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** @throws CERTIFICATION_FAILED */
  certify(spec: Spec, specRef: string): CertifiedSpec {
    const known = this.#certified.get(specRef);
    if (known !== undefined) return known;
    const certified = certify(spec, this.#registry);
    if (this.#certified.size >= 256) this.#certified.clear();
    this.#certified.set(certified.specRef, certified);
    return certified;
  }
}
