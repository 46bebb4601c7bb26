/** A signer that is asked and answers in JSON: what the two ends of a socket or a thread have to pass on, without reading it. */
import * as z from "zod";
import { address, digest } from "../../kernel/codecs.ts";
import type { Json } from "../../kernel/json.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";
import { type NonceRange, type SignedNonce, type Signer, mostSignedNonces } from "../signer-port.ts";
import { readIntent, signedJson } from "../signing/intent.ts";

export interface JsonSigner {
  accounts(): Promise<Json>;
  /** @throws as the signer port says; VALUE_INVALID when it is no intent */
  sign(intent: Json): Promise<Json>;
  /** @throws as the signer port says; VALUE_INVALID when it is no intent */
  check(intent: Json): Promise<Json>;
  /** @throws as the signer port says; VALUE_INVALID when it is no range */
  signedNonces(range: Json): Promise<Json>;
  close(): Promise<void>;
}

/** The signer, reading every intent by its schema. */
export function jsonSigner(signer: Signer): JsonSigner {
  return {
    accounts: async () => (await signer.accounts()).map(({ id, address, label }) => ({ id, address, label })),
    sign: async (intent) => signedJson(await signer.sign(readIntent(intent))),
    check: async (intent) => {
      await signer.check(readIntent(intent));
      return null;
    },
    signedNonces: async (range) => (await signer.signedNonces(readRange(range))).map(({ nonce, intentId }) => ({ nonce, intentId })),
    close: () => signer.close(),
  };
}

const nonce = z.int().min(0);
const rangeCodec = new ValueCodec(
  lowerSchema(
    z.strictObject({ chainId: z.int().min(1), sender: address, from: nonce, intents: z.array(digest).max(mostSignedNonces).optional() }),
  ),
);
const noncesCodec = new ValueCodec(lowerSchema(z.array(z.strictObject({ nonce, intentId: digest })).max(mostSignedNonces)));

function readRange(range: Json): NonceRange {
  return rangeCodec.decode(range, "nonce range") as NonceRange;
}

/** What a signer answered, of its JSON. @throws VALUE_INVALID */
export function readNonces(data: Json): readonly SignedNonce[] {
  return noncesCodec.decode(data, "signed nonces") as readonly SignedNonce[];
}
