/** Whose signatures they are: of approvals and decisions, held to whom the spec names. Live before something is recorded, and in verification after. */
import { MfmError } from "../errors.ts";
import type { RecoverSigner } from "../ports.ts";
import type { Quorum } from "../spec.ts";

export interface OperatorSignature {
  /** EIP-55. */
  readonly operator: string;
  readonly signature: string;
}

/**
 * Who signed a document, of those who may.
 * @throws OPERATOR_SIGNATURE_WRONG when nobody can have, or another one than is said; OPERATOR_UNKNOWN when it is none of the operators
 */
export async function assertOperator(
  recoverSigner: RecoverSigner,
  { operators }: Quorum,
  document: string,
  given: { readonly signature: string; readonly operator: string | undefined },
): Promise<string> {
  const signer = await recoverSigner(document, given.signature);
  if (signer === undefined)
    throw new MfmError("OPERATOR_SIGNATURE_WRONG", "the signature is none that a key could have made of this document", {});
  if (given.operator !== undefined && signer !== given.operator)
    throw new MfmError("OPERATOR_SIGNATURE_WRONG", `the signature is not that of ${given.operator} on this document`, {
      operator: given.operator,
    });
  if (!operators.includes(signer))
    throw new MfmError("OPERATOR_UNKNOWN", `${signer} signed, and is none of those who may: ${operators.join(", ")}`, {
      signer,
      operators: [...operators],
    });
  return signer;
}
