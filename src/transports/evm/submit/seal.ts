/** Signing a recorded candidate: the signer gets a typed intent under the effect's id, and its answer is held against what was recorded. */
import { type TransactionEnvelope, type TransactionSeal, sealOf, signingHashOf } from "../../../capabilities/evm/transaction-envelope.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { IntentOf } from "../../../capabilities/signer.ts";
import type { Agreement } from "../../../kernel/effects/backend.ts";
import type { Subject } from "../../../kernel/effects/kind.ts";
import type { Role } from "../../../kernel/effects/ledger.ts";
import { MfmError } from "../../../kernel/errors.ts";
import type { Signer } from "../../../keystore/signer-port.ts";

/** A candidate as the ledger has it, or is to have it. */
export interface Recorded extends Subject<TransactionIntent> {
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
  // Its fees are nobody's decision here but that of whoever signed it then.
  if (recorded.envelope.signedBefore === true && !signed.recorded) throw otherwise(signed);
  const seal = sealOf(signed.raw);
  if (signingHashOf(signed.transaction) !== signingHashOf(transaction)) throw otherwise(signed);
  // Whose signature it is, the kind's rule says, which the runtime asks before it records the seal.
  return seal;
}

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
