/** Which account an authorization of a type-4 transaction binds. @see https://eips.ethereum.org/EIPS/eip-7702 */
import { authorityOf as recover } from "../../../keystore/signing/envelope.ts";
import { MfmError } from "../../../kernel/errors.ts";
import type { Hex } from "../parse.ts";
import type { Authorization } from "./parse-lookups.ts";

/** Undefined where its signature is none: a chain skips such. */
export function authorityOf(authorization: Authorization): Hex | undefined {
  try {
    return recover(authorization);
  } catch (error) {
    if (error instanceof MfmError && error.code === "SIGNATURE_INVALID") return undefined;
    throw error;
  }
}
