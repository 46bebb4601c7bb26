/** Run identity and manifest: what a run is, fixed before its first event. */
import * as z from "zod";
import { type Digest, digestOf, toCanonical } from "./canonical.ts";
import { digest } from "./codecs.ts";
import { MfmError } from "./errors.ts";
import { type Json, limits } from "./json.ts";
import { lowerSchema } from "./lower.ts";
import { type DefinitionId, type RunId, runIdOf } from "./names.ts";
import { ValueCodec } from "./value.ts";

export const manifestFormat = "mfm-manifest/1";

const manifestSchema = z.strictObject({
  format: z.literal(manifestFormat),
  /** The store's scope: the same key in another store is another run. */
  scope: z.string().min(1).max(100),
  entryPoint: z.string().min(1).max(200),
  /** Digest of the invocation key; the key itself is not kept. */
  invocation: digest,
  spec: digest,
  config: digest,
  /** The run that started this one, and in which step. */
  parent: z.strictObject({ runId: z.string().length(68), step: z.string().min(1).max(200) }).optional(),
});

/** Everything a run was started with. */
export type Manifest = z.output<typeof manifestSchema>;

let codec: ValueCodec | undefined;

/** @throws HISTORY_INVALID when the data is no manifest */
export function readManifest(data: Json): Manifest {
  codec ??= new ValueCodec(lowerSchema(manifestSchema));
  try {
    return codec.decode(data, "manifest") as Manifest;
  } catch (error) {
    if (error instanceof MfmError) throw new MfmError("HISTORY_INVALID", error.message, { field: "manifest", reason: error.message });
    throw error;
  }
}

export function encodeManifest(manifest: Manifest): string {
  return toCanonical(manifest);
}

/** Identifies the intent behind a start. @throws INVOCATION_KEY_INVALID when it is empty or over 1,024 bytes */
export function digestInvocationKey(key: string): Digest {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > limits.invocationKeyBytes || !key.isWellFormed()) {
    throw new MfmError("INVOCATION_KEY_INVALID", `an invocation key has 1 to ${limits.invocationKeyBytes} bytes, this one has ${bytes}`, {
      bytes,
    });
  }
  return digestOf(toCanonical({ domain: "mfm-invocation-key/1", key }));
}

/** The invocation of a child: its parent and the step, so that a child is started once. */
export function digestChildInvocation(parent: RunId, step: string): Digest {
  return digestOf(toCanonical({ domain: "mfm-child-invocation/1", parent, step }));
}

/** The id that a run has in one store. */
export function deriveRunId(scope: string, entryPoint: DefinitionId, invocation: Digest): RunId {
  return runIdOf(digestOf(toCanonical({ domain: "mfm-run/1", entryPoint, invocation, scope })));
}
