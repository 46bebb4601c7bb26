/** Whose a signature in a block is: of a transaction, and of an authorization in one of type 4. */
import { type SignedAction, authorityOf as recoverAuthority, readSender } from "../../../keystore/signing/envelope.ts";
import { MfmError } from "../../../kernel/errors.ts";
import type { Hex } from "../parse.ts";
import type { Authorization } from "./parse-lookups.ts";

/** Undefined where its signature is none: a chain skips such. @see https://eips.ethereum.org/EIPS/eip-7702 */
export function authorityOf(authorization: Authorization): Hex | undefined {
  return unlessInvalid(() => recoverAuthority(authorization));
}

/** Undefined of a type that is not known here, such as the deposits of rollups, which nobody signs. */
export function readSigned(raw: Hex): SignedAction | undefined {
  return unlessInvalid(() => readSender(raw));
}

function unlessInvalid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MfmError && error.code === "SIGNATURE_INVALID") return undefined;
    throw error;
  }
}
