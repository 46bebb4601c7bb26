/** `eth_call`, and code that stands in for a contract's during it (state overrides). */
import type { BlockRef } from "../../capabilities/evm/block.ts";
import { limits } from "../../kernel/json.ts";
import { type Hex, parseBytes, toQuantity } from "./parse.ts";
import { RpcFailure } from "./provider.ts";
import type { StateQuestion } from "./read-state.ts";

export interface CallRequest {
  readonly at: BlockRef;
  readonly to: Hex;
  readonly data: Hex;
  readonly gas?: bigint | undefined;
  readonly code?: Hex | undefined;
  readonly begins?: Hex | undefined;
}

export type CallAnswer = { readonly kind: "ok" | "reverted"; readonly data: Hex } | { readonly kind: "out_of_gas" | "too_large" };

/** What is asked of a source, and what its answers mean. */
export function callQuestion({ to, data, gas, code, begins }: CallRequest): StateQuestion<CallAnswer, { readonly kind: "no_overrides" }> {
  const transaction = { to, data, ...(gas === undefined ? {} : { gas: toQuantity(gas) }) };
  const question = {
    method: "eth_call",
    parse: (result: unknown) => fitting("ok", parseBytes(result, "call result")),
    answerOf: answerOfFailure,
    isExpected: (answer: CallAnswer) => begins === undefined || answer.kind !== "ok" || answer.data.startsWith(begins),
  };
  if (code === undefined) return { ...question, params: (block) => [transaction, block] };
  return {
    ...question,
    params: (block) => [transaction, block, { [to]: { code } }],
    async prepare(source, block, signal) {
      if (!(await source.takesOverrides(block, signal))) throw new RpcFailure("unsupported", "takes no state overrides");
    },
    whenUnsupported: { kind: "no_overrides" },
  };
}

export function answerOfFailure({ fault, reason }: RpcFailure): CallAnswer | undefined {
  // The answer of HTTP was larger than is read.
  if (reason === "too_large" && fault === undefined) return { kind: "too_large" };
  switch (fault?.kind) {
    case "reverted":
      return fitting("reverted", fault.data);
    case "out_of_gas":
    case "gas_capped":
      return { kind: "out_of_gas" };
    case "answer_too_large":
    case "request_too_large":
      return { kind: "too_large" };
    default:
      return undefined;
  }
}

/** The other members of an answer need less. */
const envelope = 256;

/** A value of the kernel has a limit; longer bytes cannot be recorded. */
export function fitting(kind: "ok" | "reverted", data: Hex): CallAnswer {
  return data.length > limits.valueBytes - envelope ? { kind: "too_large" } : { kind, data };
}
