/** How a history opens: who the run is, what it was started with, and whether its spec certifies. */
import { inspectStoredSpec } from "../certify.ts";
import { type Digest, digestOf } from "../canonical.ts";
import { MfmError } from "../errors.ts";
import type { EventData } from "../events.ts";
import type { Finding } from "../findings.ts";
import { type Manifest, deriveRunId, digestChildInvocation, readManifest } from "../identity.ts";
import type { Json } from "../json.ts";
import type { RunId } from "../names.ts";
import type { Registry } from "../registry.ts";
import type { Spec } from "../spec.ts";
import type { ValueCodec } from "../value.ts";
import { Evidence, type History } from "./history.ts";
import { expect, placedAt, refusal, refusalAt } from "./refusal.ts";

export interface Opening {
  readonly manifest: Manifest;
  readonly spec: Spec;
  readonly evidence: Evidence;
  /** Ids of states and ops whose code is not registered here. */
  readonly unknown: ReadonlySet<string>;
}

/** Finding codes that mean "code is missing here", not "the spec is wrong". */
const unknownCodes: readonly Finding["code"][] = ["STATE_UNKNOWN", "CHILD_UNKNOWN"];

/** @throws HISTORY_INVALID when the first event does not hold */
export function openHistory(history: History, registry: Registry): Opening {
  const evidence = new Evidence(history.artifacts);
  const first = history.events[0]?.event;
  if (first?.type !== "RunAdmitted") throw refusalAt(0, "type", "a history begins with RunAdmitted");
  try {
    const manifest = checkIdentity(first.data, history.runId, evidence);
    const spec = checkSpec(first.data, evidence, registry);
    expect(spec.op === manifest.entryPoint, "data.spec.digest", "the spec is of another op than the run");
    const unknown = [
      ...spec.states.filter((use) => !registry.states.has(use.id)),
      ...spec.children.filter((use) => !registry.ops.has(use.id)),
    ];
    return { manifest, spec, evidence, unknown: new Set(unknown.map((use) => use.id)) };
  } catch (error) {
    throw placedAt(error, first);
  }
}

function checkIdentity(data: EventData<"RunAdmitted">, runId: RunId, evidence: Evidence): Manifest {
  const manifest = manifestOf(evidence.json(data.manifest.digest));
  expect(manifest.spec === data.spec.digest, "data.spec.digest", "the manifest names another spec");
  expect(manifest.config === data.config.digest, "data.config.digest", "the manifest names another config");
  expect(deriveRunId(manifest.scope, manifest.entryPoint, manifest.invocation) === runId, "runId", "the manifest is of another run");
  const { parent } = manifest;
  if (parent !== undefined)
    expect(
      manifest.invocation === digestChildInvocation(parent.runId as RunId, parent.step),
      "data.manifest.digest",
      "the parent did not start this run",
    );
  return manifest;
}

function manifestOf(data: Json): Manifest {
  try {
    return readManifest(data);
  } catch (error) {
    if (error instanceof MfmError) throw refusal("data.manifest.digest", `it is no manifest: ${error.message}`);
    throw error;
  }
}

function checkSpec(data: EventData<"RunAdmitted">, evidence: Evidence, registry: Registry): Spec {
  // Read as canonical first, so that a refusal names the byte.
  const planned = evidence.json(data.spec.digest);
  const { spec, findings } = inspectStoredSpec(planned, evidence.text(data.spec.digest), registry);
  const finding = findings.find(({ code }) => !unknownCodes.includes(code));
  if (finding !== undefined)
    throw refusal("data.spec.digest", `the spec is refused at ${finding.path}: ${finding.message} [${finding.code}]`);
  if (spec === undefined) throw refusal("data.spec.digest", "it is no spec");
  const op = registry.ops.get(spec.op);
  const config = evidence.json(data.config.digest);
  if (op !== undefined) expect(isCanonicalValue(op.configCodec, config), "data.config.digest", "the config does not match the op's schema");
  return spec;
}

/** Whether data is the canonical encoding of a value. */
export function isCanonicalValue(codec: ValueCodec, data: Json): boolean {
  try {
    return codec.rewrite(data) !== undefined;
  } catch {
    return false;
  }
}

/** The digest of data as a value of the codec; undefined: it is none. */
export function digestAs(codec: ValueCodec, data: Json): Digest | undefined {
  try {
    return digestOf(codec.encode(codec.decode(data)));
  } catch {
    return undefined;
  }
}
