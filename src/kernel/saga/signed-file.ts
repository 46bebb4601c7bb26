/** A decision that one operator has signed, as a file that is handed on: `mfm-resolution/1`. */
import * as z from "zod";
import { address, bytes, digest } from "../codecs.ts";
import { toCanonical } from "../canonical.ts";
import { decision } from "../event-data.ts";
import type { Json } from "../json.ts";
import { readStrictJson } from "../json-reader.ts";
import { lowerSchema } from "../lower.ts";
import { ValueCodec } from "../value.ts";
import type { OperatorSignature } from "./signatures.ts";
import type { ResolutionStatement } from "./statement.ts";

/** A decision that one operator has signed. */
export interface SignedResolution extends OperatorSignature {
  readonly statement: ResolutionStatement;
}

export const signedResolutionFormat = "mfm-resolution/1";

const shape = z.strictObject({
  format: z.literal(signedResolutionFormat),
  operator: address,
  signature: bytes,
  statement: z.strictObject({
    runId: z.string().length(68),
    specRef: digest,
    seq: z.int().min(0),
    head: digest,
    reason: z.string().min(1).max(2000),
    decisions: z.array(decision).min(1),
    evidence: digest.optional(),
  }),
});
let codec: ValueCodec | undefined;

export function encodeSignedResolution({ statement, operator, signature }: SignedResolution): string {
  const { evidence, ...rest } = statement;
  const document = {
    format: signedResolutionFormat,
    operator,
    signature,
    statement: { ...rest, ...(evidence === null ? {} : { evidence }) },
  };
  return toCanonical(document as Json);
}

/** @throws JSON_INVALID; VALUE_INVALID when the text is no signed decision */
export function readSignedResolution(text: string, what: string): SignedResolution {
  codec ??= new ValueCodec(lowerSchema(shape));
  const read = codec.decode(readStrictJson(text), what) as z.output<typeof shape>;
  const { evidence = null, ...statement } = read.statement;
  return { operator: read.operator, signature: read.signature, statement: { ...statement, evidence } as ResolutionStatement };
}
