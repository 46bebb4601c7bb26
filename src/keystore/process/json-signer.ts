/** A signer that is asked and answers in JSON: what the two ends of a socket or a thread have to pass on, without reading it. */
import type { Json } from "../../kernel/json.ts";
import type { Signer } from "../signer-port.ts";
import { readIntent, signedJson } from "../signing/intent.ts";

export interface JsonSigner {
  accounts(): Promise<Json>;
  /** @throws as the signer port says; VALUE_INVALID when it is no intent */
  sign(intent: Json): Promise<Json>;
  close(): Promise<void>;
}

/** The signer, reading every intent by its schema. */
export function jsonSigner(signer: Signer): JsonSigner {
  return {
    accounts: async () => (await signer.accounts()).map(({ id, address, label }) => ({ id, address, label })),
    sign: async (intent) => signedJson(await signer.sign(readIntent(intent))),
    close: () => signer.close(),
  };
}
