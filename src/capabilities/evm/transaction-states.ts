/** What people agree to who approve a transaction: every candidate within it is covered (DESIGN 9). */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { StatedMember } from "../../kernel/saga/statement.ts";
import type { TransactionIntent } from "./transaction-intent.ts";

/** The id of the effect kind whose intents these are. */
export const transactionKind = "mfm.evm/transaction@1";

/** What of an intent people agree to. */
type Stated = Pick<TransactionIntent, "network" | "from" | "to" | "value" | "data" | "gas"> & {
  readonly fees: Pick<TransactionIntent["fees"], "maxFeePerGas" | "maxPriorityFeePerGas">;
};

/** `data` is the Keccak-256 of the call data or init code; `selector` its first four bytes, where there are so many. */
export function stateTransaction({ network, from, to, value, data, gas, fees }: Stated): readonly StatedMember[] {
  return [
    { name: "network", type: "string", value: network },
    { name: "from", type: "address", value: from },
    { name: "to", type: "string", value: to ?? "a new contract" },
    { name: "value", type: "uint256", value: String(value) },
    { name: "selector", type: "string", value: to === undefined || data.length < 10 ? "" : data.slice(0, 10) },
    { name: "data", type: "bytes32", value: `0x${bytesToHex(keccak_256(hexToBytes(data.slice(2))))}` },
    { name: "gas", type: "uint256", value: String(gas) },
    { name: "maxFeePerGas", type: "uint256", value: String(fees.maxFeePerGas) },
    { name: "maxPriorityFeePerGas", type: "uint256", value: String(fees.maxPriorityFeePerGas) },
  ];
}
