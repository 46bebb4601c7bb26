/** Calls a contract to configure it, exactly once, unless what it is to bring about holds already: then nothing is sent. */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import { address, networkId, uint256 } from "../../kernel/codecs.ts";
import { defineState, nothing } from "../../kernel/state.ts";
import { bindTemplate, contractName, template } from "../abi/template.ts";
import { fragments, readFragments } from "../evm/fragments.ts";
import { intentOf } from "../evm/intent.ts";
import { failAttempt, pinScene, simulateCall } from "../evm/simulation.ts";
import { transactionTerms } from "../evm/terms.ts";
import { addressOf, askExpectation, callExpectation } from "./call-expectation.ts";
import { type Done, done } from "./done.ts";
import { requireAfter, whereDone } from "./settled-view.ts";

/**
 * @throws CONTRACT_MISSING, SIMULATION_REVERTED, GAS_CAP_EXCEEDED: nothing was sent
 * @throws FUNDS_INSUFFICIENT, NOT_FINAL_YET, SOURCE_FAILED: it is tried again, then the run pauses
 */
export const configureContract = defineState({
  id: "mfm.evm/configure-contract@1",
  effect: "write",
  needs: { chain: evmRead, simulator: evmSimulate, transaction: evmTransaction },
  config: z.strictObject({
    network: networkId,
    from: address,
    terms: transactionTerms,
    contract: contractName,
    /** What is called, for whoever reads it. */
    signature: z.string().min(1).max(4096),
    data: template,
    /** Wei. */
    value: uint256,
    unless: callExpectation.optional(),
    /** Errors of the contract, to say why it would revert. */
    errors: fragments,
  }),
  /** `since`: the blocks of what must have happened before. */
  input: z.strictObject({ addresses: z.record(z.string(), address), since: z.array(blockRef).max(1000) }),
  output: done,
  async intend({ config, input: { addresses, since }, chain, simulator }) {
    const { network, unless } = config;
    const scene = await pinScene({ chain }, network);
    requireAfter(scene, since, network);
    if (unless !== undefined) {
      const isDone = async (at: typeof scene.at): Promise<boolean> => {
        const answer = await askExpectation({ chain, network, at, addresses }, unless);
        return answer.kind === "block_lost" || answer.kind === "source_failed" ? failAttempt(answer, network) : answer.kind === "held";
      };
      const block = await whereDone(chain, config, { scene, isDone });
      if (block !== undefined) return nothing({ block, outcome: { kind: "skipped" } });
    }
    const action = { to: addressOf(addresses, config.contract), value: config.value, data: bindTemplate(config.data, addresses) };
    const simulation = await simulateCall({ chain, simulator }, config, { scene, action, abi: readFragments(config.errors) });
    return intentOf(config, action, simulation);
  },
  conclude({ settlement: { transactionHash, block } }): Done {
    return { block, outcome: { kind: "sent", transactionHash } };
  },
});
