/** What a raw transaction says, and that the world's account signed it: by viem and by SEC 1, not by the code that made it. */
import { keccak256, parseTransaction, serializeTransaction } from "viem";
import type { Hex } from "../../../src/transports/evm/parse.ts";
import { accountOf } from "./account.ts";
import { NodeError, type Transaction, chainId } from "./chain.ts";

const decoded = new Map<Hex, Transaction>();

/** @throws NodeError as a node would */
export function decode(raw: Hex): Transaction {
  const known = decoded.get(raw);
  if (known !== undefined) return known;
  if (decoded.size > 1000) decoded.clear();
  const { r, s, ...unsigned } = parseTransaction(raw as `0x02${string}`);
  if (unsigned.chainId !== chainId) throw new NodeError("invalid chain id for signer");
  const account = accountOf();
  const parity = unsigned.yParity === 1 ? 1 : 0;
  if (r === undefined || s === undefined || !account.hasSigned(keccak256(serializeTransaction(unsigned)), { r, s, yParity: parity }))
    throw new NodeError("invalid sender");
  const transaction: Transaction = {
    hash: keccak256(raw),
    raw,
    from: account.address,
    nonce: unsigned.nonce ?? 0,
    to: unsigned.to ?? undefined,
    value: unsigned.value ?? 0n,
    data: unsigned.data ?? "0x",
    gas: unsigned.gas ?? 0n,
    maxFeePerGas: unsigned.maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: unsigned.maxPriorityFeePerGas ?? 0n,
  };
  decoded.set(raw, transaction);
  return transaction;
}
