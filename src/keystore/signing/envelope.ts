/**
 * The bytes of transactions and authorizations, by viem's codecs: legacy with EIP-155's replay protection, EIP-2930, EIP-1559, EIP-4844 without
 * its sidecar, EIP-7702.
 */
import { hashAuthorization, hashMessage, parseTransaction as parseBytes, serializeTransaction } from "viem/utils";
import type { IntentOf, SignedOf, TransactionFields } from "../../capabilities/signer.ts";
import { recoverAddress } from "../../capabilities/signature.ts";
import { codecs } from "../../kernel/codecs.ts";
import { MfmError } from "../../kernel/errors.ts";
import { type Hex, bytesOf } from "../vault/bytes.ts";
import { type Signature, keccak } from "./signature.ts";

type TransactionSerializable = Parameters<typeof serializeTransaction>[0];
type SignedAuthorization = SignedOf<IntentOf<"authorization">>["authorization"];

/** viem writes in `r`, `s` and `yParity`; for legacy transactions it makes EIP-155's v of them. */
function serializable(transaction: TransactionFields): TransactionSerializable {
  return { ...transaction, type: transaction.type } as TransactionSerializable;
}

/** What a transaction's signature is over. */
export function signingHash(transaction: TransactionFields): Hex {
  return keccak(bytesOf(serializeTransaction(serializable(transaction))));
}

/** The raw transaction as nodes take it, and its hash. */
export function signTransaction(transaction: TransactionFields, signature: Signature): { readonly raw: Hex; readonly hash: Hex } {
  const raw = serializeTransaction(serializable(transaction), {
    ...signature,
    // Legacy: viem takes v of 27 and 28 and adds the chain.
    v: BigInt(27 + signature.yParity),
  });
  return { raw, hash: keccak(bytesOf(raw)) };
}

/** What an authorization's signature is over: 0x05 and RLP of chain, delegate and nonce. @see https://eips.ethereum.org/EIPS/eip-7702 */
export function authorizationHash({ chainId, delegate, nonce }: Pick<IntentOf<"authorization">, "chainId" | "delegate" | "nonce">): Hex {
  return hashAuthorization({ chainId, address: delegate, nonce });
}

/** The account that an authorization binds. @throws SIGNATURE_INVALID */
export function authorityOf({ chainId, address, nonce, r, s, yParity }: SignedAuthorization): Hex {
  return recoverAddress(authorizationHash({ chainId, delegate: address, nonce }), { r, s, yParity: yParity === 0 ? 0 : 1 });
}

/** What a message's signature is over. @see https://eips.ethereum.org/EIPS/eip-191 */
export function messageHash(message: Hex): Hex {
  return hashMessage({ raw: message });
}

/** The sender and the hash of a raw signed transaction. @throws SIGNATURE_INVALID when it is none, unsigned, or without a chain id */
export function readRawTransaction(raw: string): { readonly sender: Hex; readonly hash: Hex; readonly chainId: number } {
  const bytes = codecs.bytes.decode(raw) as Hex | undefined;
  if (bytes === undefined || bytes.length < 4) throw notOne(undefined);
  const { sender, chainId } = readSender(bytes);
  if (chainId === undefined) throw notOne(undefined);
  return { sender, hash: keccak(bytesOf(bytes)), chainId };
}

/** What a raw transaction does, and whose it is. */
export interface SignedAction {
  readonly sender: Hex;
  readonly nonce: number;
  readonly chainId: number | undefined;
  /** In lower case; absent where a contract is created. */
  readonly to: Hex | undefined;
  readonly value: bigint;
  readonly data: Hex;
}

/** By its signature; legacy ones of before EIP-155 have no chain id. @throws SIGNATURE_INVALID when it is none, or of a type that is not known here */
export function readSender(raw: Hex): SignedAction {
  let parsed: ReturnType<typeof parseBytes>;
  try {
    parsed = parseBytes(raw);
  } catch (error) {
    throw notOne(error);
  }
  const { r, s, v, yParity, ...unsigned } = parsed as unknown as ParsedTransaction;
  // A legacy transaction holds the parity in v only: from 27 on, or from 35 on with EIP-155's chain.
  const parity = yParity ?? (v === undefined ? undefined : Number((v - 27n) % 2n));
  if (r === undefined || s === undefined || parity === undefined) throw notOne(undefined);
  const padded = (part: Hex): Hex => `0x${part.slice(2).padStart(64, "0")}`;
  const hash = keccak(bytesOf(serializeTransaction(unsigned as TransactionSerializable)));
  const sender = recoverAddress(hash, { r: padded(r), s: padded(s), yParity: parity === 0 ? 0 : 1 });
  const { nonce = 0, chainId, to, value = 0n, data = "0x" } = unsigned;
  return { sender, nonce, chainId, to: to ?? undefined, value, data };
}

/** What viem's parser gives besides the fields. */
interface ParsedTransaction {
  readonly chainId?: number;
  readonly nonce?: number;
  readonly to?: Hex | null;
  readonly value?: bigint;
  readonly data?: Hex;
  readonly r?: Hex;
  readonly s?: Hex;
  readonly yParity?: number;
  readonly v?: bigint;
}

function notOne(cause: unknown): MfmError {
  return new MfmError("SIGNATURE_INVALID", "this is no signed transaction with a chain id", {}, cause);
}
