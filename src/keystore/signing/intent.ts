/** Signing intents, read strictly: by the schema of the signer, and by what the EIPs say beyond a schema. */
import {
  type IntentOf,
  type SigningIntent,
  type TransactionFields,
  mostCancelGas,
  signedIntent,
  signingIntent,
} from "../../capabilities/signer.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Json } from "../../kernel/json.ts";
import { readStrictJson } from "../../kernel/json-reader.ts";
import { lowerSchema } from "../../kernel/lower.ts";
import { ValueCodec } from "../../kernel/value.ts";

const intentCodec = new ValueCodec(lowerSchema(signingIntent));
const answerCodec = new ValueCodec(lowerSchema(signedIntent));

/** 2^64 - 1: gas on every chain. @see https://eips.ethereum.org/EIPS/eip-1559 */
const gasBound = 2n ** 64n;

/**
 * An intent of JSON data, quantities as decimal strings.
 * @throws VALUE_INVALID when it is outside the schema
 * @throws INTENT_INVALID when its members contradict each other or an EIP
 */
export function readIntent(data: unknown): SigningIntent {
  const intent = intentCodec.decode(data, "signing intent") as SigningIntent;
  checkIntent(intent);
  return intent;
}

/** @throws INTENT_INVALID when members contradict each other or an EIP */
function checkIntent(intent: SigningIntent): void {
  if (intent.kind !== "transaction") return;
  checkTransaction(intent.transaction);
  if (intent.role === "cancel" && !isCancel(intent)) {
    throw invalid("role", "a cancel sends nothing, without data and access list, from the sender to itself, for 2000000 gas at most");
  }
}

function checkTransaction(transaction: TransactionFields): void {
  const { gas, to, data } = transaction;
  if (gas >= gasBound) throw invalid("gas", "over 2^64 - 1");
  if (to === undefined && data === "0x") throw invalid("to", "without `to` a contract is created, and there is no code in `data`");
  if ("maxFeePerGas" in transaction && transaction.maxPriorityFeePerGas > transaction.maxFeePerGas)
    throw invalid("maxPriorityFeePerGas", "over maxFeePerGas");
  if (transaction.type === "eip4844" && !transaction.blobVersionedHashes.every((hash) => hash.startsWith("0x01")))
    throw invalid("blobVersionedHashes", "a versioned hash begins with 0x01");
}

/** Whether it does nothing but use up its nonce. */
export function isCancel({ sender, transaction }: IntentOf<"transaction">): boolean {
  // With blobs too: pools replace a transaction with blobs by another such only.
  if (transaction.type === "eip7702" || transaction.to !== sender || transaction.value !== 0n || transaction.data !== "0x") return false;
  // Nobody agrees to what it costs.
  return transaction.gas <= mostCancelGas && !("accessList" in transaction && (transaction.accessList ?? []).length > 0);
}

export function invalid(field: string, reason: string): MfmError {
  return new MfmError("INTENT_INVALID", `${field}: ${reason}`, { field });
}

/** The canonical JSON of an intent. */
export function intentJson(intent: SigningIntent): Json {
  return readStrictJson(intentCodec.encode(intent, "signing intent"));
}

/** The canonical JSON of what a signer answered. */
export function signedJson(signed: unknown): Json {
  return readStrictJson(answerCodec.encode(signed, "signer's answer"));
}

/** What a signer answered, of its JSON. @throws VALUE_INVALID */
export function readSigned(data: unknown): unknown {
  return answerCodec.decode(data, "signer's answer");
}
