/** Whose signature of an EIP-712 document it is: the kernel's port, over the strict reader that the keystore signs with. */
import { recoverAddress } from "../../capabilities/signature.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { RecoverSigner } from "../../kernel/ports.ts";
import { unpackSignature } from "./signature.ts";
import { readTypedData, typedDataHash } from "./typed-data.ts";

/** A document that breaks EIP-712, and a signature that no key can have made or that has a high s, are nobody's. */
export const recoverSigner: RecoverSigner = async (document, signature) => {
  try {
    return recoverAddress(typedDataHash(readTypedData(document)), unpackSignature(signature));
  } catch (error) {
    if (error instanceof MfmError) return undefined;
    throw error;
  }
};
