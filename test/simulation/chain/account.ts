/**
 * The account of the simulated worlds: its signatures, what of a signature is its own, and authorizations that it signs beside the runs
 * (EIP-7702). Signing and checking know the key, so both take a fraction of what recovering a signer from nothing takes.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { addressOf } from "../../../src/keystore/keys/private-key.ts";
import { authorizationHash, signTransaction, signingHash } from "../../../src/keystore/signing/envelope.ts";
import type { Signature } from "../../../src/keystore/signing/signature.ts";
import { bytesOf, hexOf } from "../../../src/keystore/vault/bytes.ts";
import type { Hex } from "../../../src/transports/evm/parse.ts";
import { chainId, type Transaction } from "./chain.ts";

export interface SimulatedAccount {
  readonly address: Hex;
  /** A signature of 32 bytes. That it is this account's, the code under test has to see. */
  readonly sign: (hash: Hex) => Signature;
  readonly hasSigned: (hash: Hex, signature: Signature) => boolean;
  /** A transaction that the account made beside the runs. */
  readonly signed: (transaction: Transaction) => Transaction;
  /** What of a transaction uses up this nonce of the account. */
  readonly authorize: (nonce: number) => Partial<Transaction>;
}

const { BASE, Fn } = secp256k1.Point;
let made: SimulatedAccount | undefined;

export function accountOf(): SimulatedAccount {
  made ??= make();
  return made;
}

function make(): SimulatedAccount {
  const privateKey = new Uint8Array(32).fill(0x46);
  const address = addressOf(privateKey);
  const delegate = "0x00000000000000000000000000000000000000DD";
  const key = secp256k1.Point.fromBytes(secp256k1.getPublicKey(privateKey)).precompute();
  const sign = (hash: Hex): Signature => {
    const bytes = secp256k1.sign(bytesOf(hash), privateKey, { prehash: false, lowS: true, format: "recovered" });
    return { r: hexOf(bytes.subarray(1, 33)), s: hexOf(bytes.subarray(33, 65)), yParity: bytes[0] === 1 ? 1 : 0 };
  };
  return {
    address,
    sign,
    // SEC 1, 4.1.4; and the parity of the point, which a chain needs to recover it.
    hasSigned: (hash, { r, s, yParity }) => {
      const inverse = Fn.inv(BigInt(s));
      const point = BASE.multiplyUnsafe(Fn.mul(Fn.create(BigInt(hash)), inverse)).add(key.multiplyUnsafe(Fn.mul(BigInt(r), inverse)));
      const { x, y } = point.toAffine();
      return x === BigInt(r) && Number(y & 1n) === yParity;
    },
    signed: (transaction) => {
      const { nonce, to, value, gas, maxFeePerGas, maxPriorityFeePerGas } = transaction;
      // What it was known by stands in it, so that no two are the same.
      const fields = {
        type: "eip1559" as const,
        chainId,
        nonce,
        to,
        value,
        data: transaction.raw,
        gas,
        maxFeePerGas,
        maxPriorityFeePerGas,
      };
      return { ...transaction, ...signTransaction(fields, sign(signingHash(fields))) };
    },
    authorize: (nonce) => {
      const signature = sign(authorizationHash({ chainId, delegate, nonce }));
      return { authorizations: [{ chainId, address: delegate, nonce, ...signature }], authorities: [address] };
    },
  };
}
