/** Calls one function of a contract, exactly once. */
import * as z from "zod";
import { address, bytes, networkId, uint256 } from "../../kernel/codecs.ts";
import { defineOp } from "../../kernel/op.ts";
import { fragments, readFragments } from "../../states/evm/fragments.ts";
import { submitTransaction, submitted } from "../../states/evm/submit-transaction.ts";
import { transactionTerms } from "../../states/evm/terms.ts";

export const callConfig = z.strictObject({
  network: networkId,
  from: address,
  to: address,
  /** Wei. */
  value: uint256,
  /** The call as the contract gets it; plans and receipts decode it by `abi`. */
  data: bytes,
  /** The function, and the events and errors of the contract that are to be read. */
  abi: fragments,
  terms: transactionTerms,
});
export type CallConfig = z.output<typeof callConfig>;

export const call = defineOp({
  id: "mfm.evm/call@1",
  description: "Calls one function of a contract, exactly once.",
  config: callConfig,
  output: z.strictObject({ transaction: submitted }),
  plan(program, { network, from, to, value, data, abi, terms }) {
    readFragments(abi);
    return {
      transaction: program.step("call", submitTransaction, { config: { network, from, terms, abi }, input: { to, value, data } }).output,
    };
  },
});

/** The op and the state of its step, for a registry. */
export const callDefinitions = { call, submitTransaction };
