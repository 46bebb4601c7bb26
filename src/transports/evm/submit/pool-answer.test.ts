import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PoolAnswer } from "../../../capabilities/evm/transaction-evidence.ts";
import { classifyRpcError } from "../rpc-errors.ts";
import { classifyRefusal } from "./pool-answer.ts";

/** In the nodes' own words. */
const spellings: readonly (readonly [PoolAnswer, who: string, message: string])[] = [
  ["known", "geth", "already known"],
  ["known", "reth", "already imported"],
  ["known", "erigon", "ALREADY_EXISTS: already known"],
  ["known", "nethermind", "AlreadyKnown, already known"],
  ["known", "besu", "Known transaction"],
  ["known", "anvil", "transaction already imported"],
  ["known", "hardhat", "Known transaction: 0x5f8f1b6e5b6a"],
  ["known", "ganache", "transaction already in mempool"],
  ["known", "OpenEthereum", "Transaction with the same hash was already imported."],
  ["known", "Cosmos EVM", "tx already in mempool"],
  ["nonce_too_low", "geth", "nonce too low: next nonce 5, tx nonce 4"],
  ["nonce_too_low", "nethermind", "OldNonce, Current nonce: 5, nonce of rejected tx: 4"],
  ["nonce_too_low", "besu", "Nonce too low"],
  ["nonce_too_low", "erigon", "NONCE_TOO_LOW: nonce too low"],
  ["nonce_too_low", "reth", "nonce too low: next nonce 3, tx nonce 1"],
  ["nonce_too_low", "hardhat", "Nonce too low. Expected nonce to be 1 but got 0."],
  ["nonce_too_low", "OpenEthereum", "Transaction nonce is too low. Try incrementing the nonce."],
  ["nonce_too_low", "ethers' words, as gateways repeat them", "nonce has already been used"],
  ["replacement_underpriced", "geth", "replacement transaction underpriced"],
  ["replacement_underpriced", "geth 1.14", "replacement transaction underpriced: new tx gas fee cap 3 <= 2 queued"],
  ["replacement_underpriced", "nethermind", "ReplacementNotAllowed"],
  ["replacement_underpriced", "besu", "Replacement transaction underpriced"],
  ["replacement_underpriced", "erigon", "could not replace existing tx"],
  [
    "replacement_underpriced",
    "hardhat",
    "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2200000000 is necessary to replace the existing transaction with nonce 0.",
  ],
  [
    "replacement_underpriced",
    "OpenEthereum",
    "Transaction gas price is too low. There is another transaction with same nonce in the queue. Try increasing the gas price or incrementing the nonce: replacement fee too low",
  ],
  ["underpriced", "geth", "transaction underpriced"],
  ["underpriced", "geth, with numbers", "transaction underpriced: gas tip cap 0, minimum needed 1"],
  ["underpriced", "nethermind", "FeeTooLow, FeePerGas needs to be higher than 1 to be added to the TxPool."],
  ["underpriced", "besu", "Gas price below configured minimum gas price"],
  ["fee_below_base", "anvil", "max fee per gas less than block base fee"],
  ["fee_below_base", "geth", "max fee per gas less than block base fee: address 0xf39, maxFeePerGas: 1, baseFee: 875000000"],
  ["fee_below_base", "Arbitrum", "max fee per gas less than block base fee: address 0xf39, maxFeePerGas: 1 baseFee: 10000000"],
  ["fee_below_base", "besu", "gasPrice below current base fee"],
  ["fee_below_base", "erigon", "fee cap less than block base fee"],
  ["nonce_too_high", "geth", "nonce too high"],
  ["nonce_too_high", "nethermind", "NonceGap, Future nonce. Expected nonce: 5"],
  ["nonce_too_high", "besu", "Transaction nonce is too distant from the account's nonce: nonce too far in the future"],
  ["nonce_too_high", "OZ Relayer's list", "nonce out of range"],
  ["nonce_too_high", "zkSync", "tx-nonce-too-high"],
  ["insufficient_funds", "geth", "insufficient funds for gas * price + value: balance 0, tx cost 21000000, overshot 21000000"],
  ["insufficient_funds", "nethermind", "InsufficientFunds, Account balance: 0, cumulative cost: 1"],
  ["insufficient_funds", "besu", "Upfront cost exceeds account balance"],
  ["insufficient_funds", "anvil", "Insufficient funds for gas * price + value"],
  [
    "insufficient_funds",
    "hardhat",
    "Sender doesn't have enough funds to send tx. The max upfront cost is: 5 and the sender's balance is: 0.",
  ],
  ["in_flight_limit", "geth", "in-flight transaction limit reached for delegated accounts"],
  ["in_flight_limit", "geth, with a gap", "gapped-nonce tx from delegated accounts"],
  ["already_reserved", "geth", "address already reserved"],
  ["pool_full", "geth", "txpool is full"],
  ["pool_full", "erigon", "txn pool is full"],
  ["gas_too_low", "geth", "intrinsic gas too low: gas 20000, minimum needed 21000"],
  ["gas_too_low", "geth after Prague", "insufficient gas for floor data gas cost: gas 21000, minimum needed 23000"],
  ["gas_too_low", "besu", "Intrinsic gas exceeds gas limit"],
  ["gas_too_high", "geth", "exceeds block gas limit"],
  ["gas_too_high", "geth after Osaka", "transaction gas limit too high (cap: 16777216, tx: 20000000)"],
  ["gas_too_high", "nethermind", "GasLimitExceeded, Gas limit: 30000000, gas limit of rejected tx: 40000000"],
  ["too_large", "geth", "oversized data: transaction size 140000, limit 131072"],
  ["too_large", "geth, init code", "max initcode size exceeded: code size 49153, limit 49152"],
  ["wrong_chain", "geth", "invalid chain id for signer: have 1 want 31337"],
  ["wrong_chain", "geth, legacy", "only replay-protected (EIP-155) transactions allowed over RPC"],
  ["unsupported_type", "geth", "transaction type not supported"],
  ["denied", "a gateway", "sender is blacklisted"],
  ["unclear", "a gateway", "unknown transaction"],
  ["unclear", "nobody", "internal error"],
  ["unclear", "a gateway", "request timed out"],
  ["unclear", "nobody", ""],
];

describe("what a pool says to a transaction", () => {
  for (const [answer, who, message] of spellings)
    it(`${answer}: ${who}: ${message.slice(0, 60)}`, () => {
      const fault = classifyRpcError({ code: -32000, message });
      assert.equal(classifyRefusal({ fault, message }), answer);
    });

  it("is unclear where the line broke or a gateway answered, whatever it says", () =>
    assert.equal(classifyRefusal({ fault: undefined, message: "nonce too low" }), "unclear"));
});
