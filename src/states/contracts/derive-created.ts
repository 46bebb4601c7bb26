/** The address of a contract that another one creates with CREATE, such as the admin of a transparent proxy: known from the creator's. */
import * as z from "zod";
import { address } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import type { Hex } from "../evm/asking.ts";
import { createdAddress } from "../../capabilities/evm/created-address.ts";

/** A contract's first creation has nonce 1. @see https://eips.ethereum.org/EIPS/eip-161 */
export const deriveCreated = defineState({
  id: "mfm.evm/derive-created@1",
  effect: "pure",
  config: z.strictObject({ nonce: z.int().min(1).max(1_000_000) }),
  input: z.strictObject({ creator: address }),
  output: z.strictObject({ address }),
  run({ config: { nonce }, input: { creator } }): { readonly address: Hex } {
    return { address: createdAddress(creator, nonce) };
  },
});
