/**
 * One transaction, exactly once: a call, a transfer of the network's own asset with data, or the creation of a contract. Before the ledger
 * knows of it, it is simulated at a pinned block; what would revert, or cannot be paid for, is refused there, and nothing is sent.
 */
import * as z from "zod";
import { blockRef } from "../../capabilities/evm/block.ts";
import { evmRead } from "../../capabilities/evm/read.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import { evmTransaction } from "../../capabilities/evm/transaction.ts";
import { address, hash, networkId, uint256 } from "../../kernel/codecs.ts";
import { defineState } from "../../kernel/state.ts";
import { action } from "./action.ts";
import { decodeEvents, decodedEvent } from "./events.ts";
import { fragments, readFragments } from "./fragments.ts";
import { intentOf } from "./intent.ts";
import { pinScene, simulate } from "./simulation.ts";
import { transactionTerms } from "./terms.ts";

/** What came of a transaction that succeeded. */
export const submitted = z.strictObject({
  transactionHash: hash,
  nonce: z.int().min(0),
  block: blockRef,
  transactionIndex: z.int().min(0),
  /** As simulated, with the margin; beside it what was used. */
  gasLimit: uint256,
  gasUsed: uint256,
  effectiveGasPrice: uint256,
  /** Wei: gas used times its price. A rollup may charge for its data besides. */
  fee: uint256,
  contractAddress: address.optional(),
  /** Those that the ABI of the config names. */
  events: z.array(decodedEvent).max(10_000),
  /** All of them. */
  logs: z.int().min(0),
});
export type Submitted = z.output<typeof submitted>;

/**
 * @throws SIMULATION_REVERTED with the contract's reason, GAS_CAP_EXCEEDED: for good
 * @throws FUNDS_INSUFFICIENT, SOURCE_FAILED: it is tried again, then the run pauses
 */
export const submitTransaction = defineState({
  id: "mfm.evm/submit-transaction@1",
  effect: "write",
  needs: { chain: evmRead, simulator: evmSimulate, transaction: evmTransaction },
  config: z.strictObject({
    network: networkId,
    from: address,
    terms: transactionTerms,
    /** Events and errors that are read with it. */
    abi: fragments,
  }),
  input: action,
  output: submitted,
  async intend({ config, input, chain, simulator }) {
    const asking = { chain, simulator };
    const scene = await pinScene(asking, config.network);
    const simulation = await simulate(asking, config, { scene, action: input, abi: readFragments(config.abi) });
    return intentOf(config, input, simulation);
  },
  conclude({ config, intent, settlement }): Submitted {
    const {
      transactionHash,
      nonce,
      block,
      transactionIndex,
      gasUsed,
      effectiveGasPrice,
      contractAddress,
      logs,
      logsLeftOut = 0,
    } = settlement;
    return {
      transactionHash,
      nonce,
      block,
      transactionIndex,
      gasLimit: intent.gas,
      gasUsed,
      effectiveGasPrice,
      fee: gasUsed * effectiveGasPrice,
      ...(contractAddress === undefined ? {} : { contractAddress }),
      events: decodeEvents(logs, readFragments(config.abi)),
      logs: logs.length + logsLeftOut,
    };
  },
});
