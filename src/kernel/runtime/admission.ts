/** Admission: the first event of a run, with everything it is started with. */
import { jsonArtifact } from "../artifacts.ts";
import { type Digest, digestOf } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import { Fold } from "../fold.ts";
import { deriveRunId, encodeManifest, manifestFormat } from "../identity.ts";
import type { RunId } from "../names.ts";
import type { Spec } from "../spec.ts";
import type { Lease } from "../leases.ts";
import { Batch, settleAppend } from "./batch.ts";
import type { Context } from "./context.ts";

export interface AdmissionRequest {
  readonly spec: Spec;
  /** The spec's canonical text, and its content address. */
  readonly text: string;
  readonly specRef: Digest;
  readonly configText: string;
  readonly invocation: Digest;
  readonly parent: { readonly runId: RunId; readonly step: string } | null;
  /** With milliseconds, this process drives the run from its first event. */
  readonly lease: { readonly milliseconds: number } | null;
}

export type AdmissionOutcome =
  | { readonly kind: "admitted"; readonly fold: Fold; readonly lease: Lease | null }
  | { readonly kind: "exists"; readonly runId: RunId };

/** Admits a run, or finds that it exists: the same invocation in the same store is the same run. @throws STORE_FULL, STORE_UNAVAILABLE */
export async function admit(context: Context, request: AdmissionRequest): Promise<AdmissionOutcome> {
  const { store, clock, owner } = context;
  const { spec, text, specRef, configText, invocation, parent, lease } = request;
  const runId = deriveRunId(store.scope, spec.op, invocation);
  const specArtifact = jsonArtifact("spec", text);
  const config = jsonArtifact("config", configText);
  const configDigest = digestOf(configText);
  const base = {
    format: manifestFormat,
    scope: store.scope,
    entryPoint: spec.op,
    invocation,
    spec: specRef,
    config: configDigest,
  } as const;
  const manifest = jsonArtifact("manifest", encodeManifest(parent === null ? base : { ...base, parent }));
  const fold = new Fold(runId, spec);
  const batch = new Batch(fold, clock.now());
  batch.add(
    { type: "RunAdmitted", data: { spec: specArtifact.ref, config: config.ref, manifest: manifest.ref } },
    specArtifact.artifact,
    config.artifact,
    manifest.artifact,
  );
  const admission = {
    entryPoint: spec.op,
    specRef,
    configDigest,
    parent: parent?.runId ?? null,
    lease: lease === null ? null : { owner, milliseconds: lease.milliseconds },
  };
  const result = await settleAppend(store, batch.append(null, clock.now(), admission), context.watch);
  switch (result.kind) {
    case "appended":
      return { kind: "admitted", fold, lease: result.lease };
    case "conflict":
      return { kind: "exists", runId };
    case "fenced":
    case "laneMoved":
      throw new MfmError("INTERNAL", "an admission has neither fence nor lane");
  }
}
