/** The live backend of `mfm.evm/simulate`: the same sources and the same care as for reads, asked what a transaction would do. */
import type { BlockRef } from "../../capabilities/evm/block.ts";
import { evmSimulate } from "../../capabilities/evm/simulate.ts";
import type { TransactionIntent } from "../../capabilities/evm/transaction-intent.ts";
import { type Backend, implement } from "../../kernel/capability.ts";
import { type CallAnswer, answerOfFailure, fitting } from "./call.ts";
import { type Hex, parseBytes, parseQuantity, toQuantity } from "./parse.ts";
import type { RpcFailure } from "./provider.ts";
import { type Networks, type NetworksOptions, openNetworks } from "./networks.ts";
import { type StateQuestion, readState } from "./read-state.ts";

interface Proposal {
  readonly network: string;
  readonly at: BlockRef;
  readonly from: Hex;
  readonly to?: Hex | undefined;
  readonly value: bigint;
  readonly data: Hex;
  readonly accessList?: TransactionIntent["accessList"];
}

/** A backend that simulates transactions on EVM chains. Nothing that it asks changes a chain. */
export function evmSimulator(given: NetworksOptions | Networks): Backend {
  const networks = openNetworks(given);
  return implement(evmSimulate, {
    call: async (request, context) => readState(await networks.get(request.network), request.at, context, callOf(request)),
    estimateGas: async (request, context) => readState(await networks.get(request.network), request.at, context, estimateOf(request)),
  });
}

function callOf(proposal: Proposal): StateQuestion<CallAnswer | Refusal> {
  return {
    method: "eth_call",
    params: (block) => [transactionOf(proposal), block],
    parse: (result) => fitting("ok", parseBytes(result, "call result")),
    answerOf: refusalOf,
  };
}

function estimateOf(proposal: Proposal): StateQuestion<{ readonly kind: "ok"; readonly gas: bigint } | Refusal> {
  return {
    method: "eth_estimateGas",
    params: (block) => [transactionOf(proposal), block],
    parse: (result) => ({ kind: "ok", gas: parseQuantity(result, "gas") }),
    answerOf: refusalOf,
  };
}

/** Without fees: what they may be is decided when it is sent, and nodes would only compare them with the balance. */
function transactionOf({ from, to, value, data, accessList }: Proposal) {
  return { from, ...(to === undefined ? {} : { to }), value: toQuantity(value), data, ...(accessList === undefined ? {} : { accessList }) };
}

/** geth, Reth and Erigon; Nethermind; Besu; anvil and hardhat. What a contract says stands behind the word "revert", and is no text of the node. */
const underfunded =
  /insufficient (?:funds|balance)|insufficient sender balance|InsufficientSenderBalance|upfront.{0,24}cost.{0,24}exceeds|doesn't have enough funds|lack of funds|OutOfFunds?/i;

type Refusal = { readonly kind: "reverted"; readonly data: Hex } | { readonly kind: "out_of_gas" | "too_large" | "underfunded" };

function refusalOf(failure: RpcFailure): Refusal | undefined {
  if (failure.fault !== undefined && failure.fault.kind !== "reverted" && underfunded.test(failure.message)) return { kind: "underfunded" };
  const answer = answerOfFailure(failure);
  switch (answer?.kind) {
    case "reverted":
      return { kind: "reverted", data: answer.data };
    case "out_of_gas":
    case "too_large":
      return { kind: answer.kind };
    default:
      return undefined;
  }
}
