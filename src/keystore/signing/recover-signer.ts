/** Whose signature of an EIP-712 document it is: over the strict reader that the keystore signs with. */
import { recoverAddress } from "../../capabilities/signature.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { RecoverSigner } from "../../kernel/ports.ts";
import type { Hex } from "../vault/bytes.ts";
import { unpackSignature } from "./signature.ts";
import { readTypedData, typedDataHash } from "./typed-data.ts";

/** An EIP-55 address; undefined for a document that breaks EIP-712, and a signature that no key can have made or that has a high s. */
export function signerOf(document: string, signature: string): Hex | undefined {
  try {
    return recoverAddress(typedDataHash(readTypedData(document)), unpackSignature(signature));
  } catch (error) {
    if (error instanceof MfmError) return undefined;
    throw error;
  }
}

/** The kernel's port. */
export const recoverSigner: RecoverSigner = async (document, signature) => signerOf(document, signature);
