/** Whether an account signed something. Needs no vault. */
import { codecs } from "../../kernel/codecs.ts";
import { hashOf } from "../../keystore/signing/answer.ts";
import { readRawTransaction } from "../../keystore/signing/envelope.ts";
import { invalid, readIntent } from "../../keystore/signing/intent.ts";
import { recoverAddress } from "../../capabilities/signature.ts";
import { unpackSignature } from "../../keystore/signing/signature.ts";
import { failure, usage } from "../failure.ts";
import type { InputSource } from "../op-input.ts";
import type { Place } from "../place.ts";
import { type MessageInput, readDocument, readMessage } from "./sign.ts";

export interface VerifySignature {
  readonly address: string;
  /** Undefined for a raw transaction, which holds its own. */
  readonly signature: string | undefined;
  readonly message: MessageInput;
  readonly typedData: string | undefined;
  readonly transaction: string | undefined;
  readonly source: InputSource;
}

export interface VerifiedSignature {
  readonly valid: true;
  readonly address: string;
  /** What was signed; of a transaction, its hash. */
  readonly digest: string;
}

/** @throws SIGNATURE_INVALID when somebody else signed, or nobody can have; USAGE; FILE_UNREADABLE; INTENT_INVALID */
export async function verifySignature(place: Place, request: VerifySignature): Promise<VerifiedSignature> {
  const address = codecs.address.decode(request.address);
  if (typeof address !== "string") throw invalid("address", codecs.address.expected);
  const { signer, digest } = await recover(place, request, address as `0x${string}`);
  if (signer !== address) throw failure("SIGNATURE_INVALID", `${signer} signed this, not ${address}`, { signer, address });
  return { valid: true, address, digest };
}

async function recover(
  place: Place,
  { signature, message, typedData, transaction, source }: VerifySignature,
  sender: `0x${string}`,
): Promise<{ readonly signer: string; readonly digest: string }> {
  if (transaction !== undefined) {
    if (signature !== undefined || typedData !== undefined) throw usage("a raw transaction holds its signature: give --transaction alone");
    const raw = readRawTransaction((await readDocument(place, transaction, source)).trim());
    return { signer: raw.sender, digest: raw.hash };
  }
  if (signature === undefined) throw usage("--signature is missing");
  const intent =
    typedData === undefined
      ? readIntent({ kind: "message", sender, message: await readMessage(place, message, source) })
      : readIntent({ kind: "typedData", sender, document: await readDocument(place, typedData, source) });
  const digest = hashOf(intent);
  return { signer: recoverAddress(digest, unpackSignature(signature)), digest };
}
