/** Asserts what a call returns at the pinned block: a view function's value, a role that an account has or has not. */
import * as z from "zod";
import { evmRead } from "../../capabilities/evm/read.ts";
import { address } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import { pinned } from "../evm/pinned.ts";
import { assertion } from "./assertion.ts";
import { askExpectation, callExpectation } from "./call-expectation.ts";
import { heedUnanswered, requirePin } from "./at-pin.ts";

/** Whether the call returns what is expected. @throws PIN_LOST, SOURCE_FAILED as every read at a pin */
export const assertCall = defineState({
  id: "mfm.evm/assert-call@1",
  effect: "read",
  needs: { chain: evmRead },
  config: callExpectation,
  input: z.strictObject({ pin: pinned, addresses: z.record(z.string(), address) }),
  output: assertion,
  async run({ config, input, chain }) {
    const pin = requirePin(input.pin);
    const answer = await askExpectation({ chain, network: pin.network, at: pin.block, addresses: input.addresses }, config);
    return answer.kind === "block_lost" || answer.kind === "source_failed" ? heedUnanswered(pin, answer) : answer;
  },
});
