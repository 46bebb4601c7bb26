/**
 * A candidate of an EVM transaction (EIP-1559, type 2): its fields, its bytes, what its signature is over, and who signed it. The hash that
 * the chain knows it by is recomputed from what is recorded, so that nobody has to be believed.
 */
import { decode, encode } from "@ethereumjs/rlp";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as z from "zod";
import { address, bytes, hash, uint256 } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { isSignatureOf } from "../signature.ts";
import { blockRef } from "./block.ts";
import { sourceRef } from "./failure.ts";

type Hex = `0x${string}`;

const accessList = z.array(z.strictObject({ address, storageKeys: z.array(hash).max(1000) })).max(1000);

/** The unsigned fields. Quantities in wei and gas. @see https://eips.ethereum.org/EIPS/eip-1559 */
export const unsignedTransaction = z.strictObject({
  chainId: z.int().min(1),
  nonce: z.int().min(0),
  gas: uint256,
  maxFeePerGas: uint256,
  maxPriorityFeePerGas: uint256,
  /** Absent: a contract is created. */
  to: address.optional(),
  value: uint256,
  data: bytes,
  accessList: accessList.optional(),
});
export type UnsignedTransaction = z.output<typeof unsignedTransaction>;

/** What the fees were decided from. */
export const market = z.strictObject({
  /** The newest block then. */
  block: blockRef,
  /** Of the block after that; where it was suggested, of the block itself. */
  baseFeePerGas: uint256,
  /** The account's nonces that were used up then, or a moment later. */
  count: z.int().min(0),
  /** What others paid lately, by the policy's percentile and blocks. */
  priorityFeePerGas: uint256,
  /** Where no fees of blocks are to be had: the source that suggested the tip, and by which of its words (`gasPrice`: less the base fee). */
  suggested: z.strictObject({ by: z.enum(["maxPriorityFeePerGas", "gasPrice"]), source: sourceRef }).optional(),
});
export type Market = z.output<typeof market>;

export const transactionEnvelope = z.strictObject({
  transaction: unsignedTransaction,
  market,
  /** Where a contract is created: the address that it gets. */
  contractAddress: address.optional(),
  /** It is what the signer signed for the effect in a history that was lost, as where an older store was restored: its fees are those of then. */
  signedBefore: z.literal(true).optional(),
});
export type TransactionEnvelope = z.output<typeof transactionEnvelope>;

/** A signature, and the hash of the transaction that it completes. */
export const transactionSeal = z.strictObject({ hash, r: hash, s: hash, yParity: z.int().min(0).max(1) });
export type TransactionSeal = z.output<typeof transactionSeal>;

/** What the sender signs. */
export function signingHashOf(transaction: UnsignedTransaction): Hex {
  return keccak(serialize(transaction));
}

/** The bytes that a node takes. */
export function rawTransactionOf(transaction: UnsignedTransaction, { r, s, yParity }: Omit<TransactionSeal, "hash">): Hex {
  return hexOf(serialize(transaction, [BigInt(yParity), BigInt(r), BigInt(s)]));
}

/**
 * The hash that the chain knows the sealed transaction by.
 * @throws SIGNATURE_INVALID where the seal is not the sender's, is not of this transaction, or has another form than chains take (high s)
 */
export function sealedHashOf(
  transaction: UnsignedTransaction,
  { seal, from }: { readonly seal: TransactionSeal; readonly from: Hex },
): Hex {
  if (!isSignatureOf(from, signingHashOf(transaction), seal))
    throw new MfmError("SIGNATURE_INVALID", `the seal is not a signature of ${from}`, { from });
  const found = keccak(bytesOf(rawTransactionOf(transaction, seal)));
  if (found !== seal.hash) throw new MfmError("SIGNATURE_INVALID", "the seal names the hash of another transaction", { found });
  return found;
}

/** The signature in the bytes that a node takes. @throws SIGNATURE_INVALID where they are no signed transaction of this type */
export function sealOf(raw: Hex): TransactionSeal {
  const bytes = bytesOf(raw);
  const members: unknown = bytes[0] === 2 ? decode(bytes.subarray(1)) : undefined;
  const parts = Array.isArray(members) && members.length === 12 ? members.slice(9) : [];
  const [yParity, r, s] = parts.map((part) => (part instanceof Uint8Array ? hexOf(part).slice(2) : undefined));
  if (yParity === undefined || r === undefined || s === undefined || !/^(?:01)?$/.test(yParity))
    throw new MfmError("SIGNATURE_INVALID", "these bytes are no signed EIP-1559 transaction");
  return { hash: keccak(bytes), r: `0x${r.padStart(64, "0")}`, s: `0x${s.padStart(64, "0")}`, yParity: yParity === "" ? 0 : 1 };
}

/** RLP has a quantity as its bytes without leading zeros: zero is the empty string. */
function serialize(transaction: UnsignedTransaction, signature: readonly bigint[] = []): Uint8Array {
  const { chainId, nonce, gas, maxFeePerGas, maxPriorityFeePerGas, to, value, data, accessList: accessed = [] } = transaction;
  const members = [
    BigInt(chainId),
    BigInt(nonce),
    maxPriorityFeePerGas,
    maxFeePerGas,
    gas,
    bytesOf(to ?? "0x"),
    value,
    bytesOf(data),
    accessed.map((entry) => [bytesOf(entry.address), entry.storageKeys.map(bytesOf)]),
    ...signature,
  ];
  return Uint8Array.from([2, ...encode(members)]);
}

function keccak(data: Uint8Array): Hex {
  return hexOf(keccak_256(data));
}

function hexOf(data: Uint8Array): Hex {
  return `0x${Buffer.from(data).toString("hex")}`;
}

function bytesOf(hex: Hex): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}
