/** Signing a recorded candidate: the signer gets a typed intent under the effect's id, and its answer is held against what was recorded. */
import {
  type TransactionEnvelope,
  type TransactionSeal,
  type UnsignedTransaction,
  sealOf,
  signingHashOf,
  unsignedTransaction,
} from "../../../capabilities/evm/transaction-envelope.ts";
import { chainIdOf } from "../../../capabilities/evm/transaction-covers.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { IntentOf } from "../../../capabilities/signer.ts";
import type { Agreement } from "../../../kernel/effects/backend.ts";
import type { Subject } from "../../../kernel/effects/kind.ts";
import type { Role } from "../../../kernel/effects/ledger.ts";
import { MfmError } from "../../../kernel/errors.ts";
import { failureOf } from "../../../kernel/execute.ts";
import { type JsonObject, isJsonObject } from "../../../kernel/json.ts";
import { lowerSchema } from "../../../kernel/lower.ts";
import { ValueCodec } from "../../../kernel/value.ts";
import type { Signer } from "../../../keystore/signer-port.ts";

interface Recorded extends Subject<TransactionIntent> {
  readonly role: Role;
  readonly envelope: TransactionEnvelope;
  readonly agreement: Agreement | null;
}

/**
 * @throws SIGNED_OTHERWISE when the signer signed another candidate for the effect and knows no better
 * @throws what the signer throws
 */
export async function sealTransaction(recorded: Recorded, signer: Pick<Signer, "sign">): Promise<TransactionSeal> {
  const { transaction } = recorded.envelope;
  const signed = await signer.sign(signingIntentOf(recorded));
  if (signed.transaction.nonce !== transaction.nonce || signed.transaction.type !== "eip1559") throw otherwise(signed);
  const seal = sealOf(signed.raw);
  if (signingHashOf(signed.transaction) !== signingHashOf(transaction)) throw otherwise(signed);
  // Whose signature it is, the kind's rule says, which the runtime asks before it records the seal.
  return seal;
}

/**
 * The candidate that the signer would sign: the one that was made, or the one that it has signed for the effect before, where that is its first
 * here and has the nonce that the effect was given.
 * @throws SIGNED_OTHERWISE too where it has signed for the effect before, and would not now: then nobody may say that nothing was sent
 * @throws what the signer throws
 */
export async function checkedBySigner(
  signer: Pick<Signer, "check" | "signedNonces">,
  wanted: Omit<Recorded, "envelope">,
  envelope: TransactionEnvelope,
): Promise<TransactionEnvelope> {
  const check = (made: TransactionEnvelope): Promise<void> => signer.check(signingIntentOf({ ...wanted, envelope: made }));
  try {
    await check(envelope);
    return envelope;
  } catch (error) {
    if (wanted.role !== "first" || !(error instanceof MfmError)) throw error;
    const transaction = readForgotten(error, envelope.transaction);
    if (transaction === undefined) throw await asSignedBefore(signer, wanted, error);
    const before = { ...envelope, transaction, signedBefore: true as const };
    return check(before).then(
      () => before,
      async (cause: unknown) => Promise.reject(cause instanceof MfmError ? await asSignedBefore(signer, wanted, cause) : (cause as Error)),
    );
  }
}

/** The refusal, or that it is one of what was signed before: a policy that is tighter now, approvals that are over. */
async function asSignedBefore(
  signer: Pick<Signer, "signedNonces">,
  { id, intent }: Pick<Recorded, "id" | "intent">,
  refusal: MfmError,
): Promise<MfmError> {
  if (refusal.code === "SIGNED_OTHERWISE" || failureOf(refusal).advice !== "never") return refusal;
  const range = { chainId: chainIdOf(intent.network), sender: intent.from, from: Number.MAX_SAFE_INTEGER, intents: [id] };
  const [signed] = await signer.signedNonces(range);
  if (signed === undefined) return refusal;
  const { nonce } = signed;
  return new MfmError(
    "SIGNED_OTHERWISE",
    `the signer signed nonce ${nonce} for this effect before, and would not now: ${refusal.message}`,
    {
      signed: { nonce },
    },
  );
}

/** What was signed before, where it is the same but for its fees. */
function readForgotten({ code, details }: MfmError, made: UnsignedTransaction): UnsignedTransaction | undefined {
  if (code !== "SIGNED_OTHERWISE") return undefined;
  const { signed = null } = details;
  if (!isJsonObject(signed) || !isJsonObject(signed["transaction"] ?? null)) return undefined;
  const { type, ...fields } = signed["transaction"] as JsonObject;
  const before = type === "eip1559" ? (unsignedCodec.decode(fields, "what was signed before") as UnsignedTransaction) : undefined;
  const { maxFeePerGas, maxPriorityFeePerGas } = made;
  return before !== undefined && signingHashOf({ ...before, maxFeePerGas, maxPriorityFeePerGas }) === signingHashOf(made)
    ? before
    : undefined;
}

const unsignedCodec = new ValueCodec(lowerSchema(unsignedTransaction));

/** What the signer is asked to sign for a candidate. */
export function signingIntentOf({ id, intent, role, envelope, agreement }: Recorded): IntentOf<"transaction"> {
  const transaction = { type: "eip1559", ...envelope.transaction };
  const approved = agreement === null || role === "cancel" ? {} : { approved: approvedBy(intent, agreement) };
  return { kind: "transaction", intentId: id, sender: intent.from, role, transaction, ...approved } as IntentOf<"transaction">;
}

/** What people agreed to is the intent: its gas limit, and its ceilings of fees. */
function approvedBy({ gas, fees }: TransactionIntent, { runId, specRef, step, intentDigest, approvals }: Agreement): Approved {
  const { maxFeePerGas, maxPriorityFeePerGas } = fees;
  const signatures = approvals.map(({ expiry, signature }) => ({ expiry, signature }));
  return { runId, specRef, step, intentDigest, gas, maxFeePerGas, maxPriorityFeePerGas, signatures };
}

type Approved = NonNullable<IntentOf<"transaction">["approved"]>;

function otherwise({ hash, transaction }: { readonly hash: string; readonly transaction: { readonly nonce: number } }): MfmError {
  const { nonce } = transaction;
  return new MfmError("SIGNED_OTHERWISE", `the signer signed ${hash} at nonce ${nonce} for this effect before`, {
    signed: { hash, nonce },
  });
}
