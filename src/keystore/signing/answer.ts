/** From an intent to what is signed, and from the signature to the answer. Pure; the same for every signer. */
import type { SignedIntent, SigningIntent } from "../../capabilities/signer.ts";
import { unreachable } from "../../kernel/errors.ts";
import { authorizationHash, messageHash, signTransaction, signingHash } from "./envelope.ts";
import type { Hex } from "../vault/bytes.ts";
import { type Signature, packSignature } from "./signature.ts";
import { readTypedData, typedDataHash } from "./typed-data.ts";

/** The 32 bytes that an intent's signature is over. @throws INTENT_INVALID when an EIP-712 document is none */
export function hashOf(intent: SigningIntent): Hex {
  switch (intent.kind) {
    case "transaction":
      return signingHash(intent.transaction);
    case "message":
      return messageHash(intent.message);
    case "typedData":
      return typedDataHash(readTypedData(intent.document));
    case "authorization":
      return authorizationHash(intent);
    default:
      return unreachable(intent);
  }
}

/** The answer to an intent: `recorded` says whether it had been signed before. */
export function answerOf(intent: SigningIntent, signature: Signature, recorded: boolean): SignedIntent {
  switch (intent.kind) {
    case "transaction": {
      const { kind, intentId, transaction } = intent;
      return { kind, intentId, transaction, ...signTransaction(transaction, signature), recorded };
    }
    case "message":
    case "typedData":
      return { kind: intent.kind, digest: hashOf(intent), signature: packSignature(signature) };
    case "authorization": {
      const { kind, intentId, chainId, delegate: address, nonce } = intent;
      return { kind, intentId, authorization: { chainId, address, nonce, ...signature }, recorded };
    }
    default:
      return unreachable(intent);
  }
}
