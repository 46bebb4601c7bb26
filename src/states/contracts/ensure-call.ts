/** Makes sure of what a configuring call was to bring about, in the block in which it was done: a call that succeeds may have done nothing. */
import * as z from "zod";
import { evmRead } from "../../capabilities/evm/read.ts";
import { address, networkId } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { defineState } from "../../kernel/state.ts";
import { failAttempt } from "../evm/simulation.ts";
import { assertion } from "./assertion.ts";
import { askExpectation, callExpectation } from "./call-expectation.ts";
import { done } from "./done.ts";

/** What holds. @throws CONFIGURATION_NOT_HELD where it does not; SOURCE_FAILED */
export const ensureCall = defineState({
  id: "mfm.evm/ensure-call@1",
  effect: "read",
  needs: { chain: evmRead },
  config: z.strictObject({ network: networkId, ensures: callExpectation }),
  input: z.strictObject({ addresses: z.record(z.string(), address), done }),
  output: assertion,
  async run({ config: { network, ensures }, input: { addresses, done: made }, chain }) {
    const answer = await askExpectation({ chain, network, at: made.block, addresses }, ensures);
    if (answer.kind === "block_lost" || answer.kind === "source_failed") return failAttempt(answer, network);
    if (answer.kind === "held") return answer;
    const { subject, expected, found } = answer;
    throw new MfmError("CONFIGURATION_NOT_HELD", `${subject}: expected ${expected}, found ${found}`, { subject, expected, found });
  },
});
