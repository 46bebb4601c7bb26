/** Artifacts: content-addressed bytes. Reading one always checks its digest. */
import { type Digest, digestOf, parseCanonical } from "./canonical.ts";
import { MfmError } from "./errors.ts";
import type { ArtifactKind, Ref } from "./events.ts";
import type { Json } from "./json.ts";
import type { NewArtifact } from "./store.ts";

export const jsonMediaType = "application/json";

/** Where artifacts come from: a store, or a bundle. */
export type ArtifactSource = (digest: Digest) => Promise<Uint8Array | undefined> | Uint8Array | undefined;

/** A canonical text as an artifact of a kind, with the reference that names it. */
export function jsonArtifact(kind: ArtifactKind, text: string): { readonly ref: Ref; readonly artifact: NewArtifact } {
  const digest = digestOf(text);
  return { ref: jsonRef(kind, digest), artifact: { digest, body: text } };
}

/** The reference to a JSON artifact that is there already. */
export function jsonRef(kind: ArtifactKind, digest: Digest): Ref {
  return { kind, mediaType: jsonMediaType, digest };
}

/** The artifact `null`: what a wait puts out. */
export const nullArtifact = jsonArtifact("value", "null");

/**
 * The data of a JSON artifact.
 * @throws HISTORY_INVALID when it is missing, altered or not canonical; details name the digest
 */
export async function readJsonArtifact(source: ArtifactSource, digest: Digest): Promise<Json> {
  return parseCanonical(await readBytes(source, digest));
}

/** The same with its canonical text. @throws HISTORY_INVALID as readJsonArtifact */
export async function readTextArtifact(source: ArtifactSource, digest: Digest): Promise<{ readonly data: Json; readonly text: string }> {
  const bytes = await readBytes(source, digest);
  return { data: parseCanonical(bytes), text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8") };
}

async function readBytes(source: ArtifactSource, digest: Digest): Promise<Uint8Array> {
  const bytes = await source(digest);
  if (bytes === undefined)
    throw new MfmError("HISTORY_INVALID", `the artifact ${digest} is missing`, { field: "artifact", artifact: digest, reason: "missing" });
  if (digestOf(bytes) !== digest)
    throw new MfmError("HISTORY_INVALID", `the artifact ${digest} is altered: its bytes have another digest`, {
      field: "artifact",
      artifact: digest,
      reason: "altered",
    });
  return bytes;
}
