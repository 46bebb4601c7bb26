/** What people agree to when they approve a transaction: every candidate that its intent covers, whatever nonce and fees it gets within the ceilings. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { StatedMember } from "../../kernel/saga/statement.ts";
import type { TransactionIntent } from "./transaction-intent.ts";

export function stateTransaction({ network, from, to, value, data, gas, fees }: TransactionIntent): readonly StatedMember[] {
  return [
    { name: "network", type: "string", value: network },
    { name: "from", type: "address", value: from },
    to === undefined ? { name: "creates", type: "string", value: "a contract of the data" } : { name: "to", type: "address", value: to },
    { name: "value", type: "uint256", value: value.toString() },
    { name: "dataHash", type: "bytes32", value: `0x${Buffer.from(keccak_256(Buffer.from(data.slice(2), "hex"))).toString("hex")}` },
    { name: "gas", type: "uint256", value: gas.toString() },
    { name: "maxFeePerGas", type: "uint256", value: fees.maxFeePerGas.toString() },
    { name: "maxPriorityFeePerGas", type: "uint256", value: fees.maxPriorityFeePerGas.toString() },
  ];
}
