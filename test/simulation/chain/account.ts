/** The account of the simulated world, and authorizations that it signs beside the runs (EIP-7702). */
import { privateKeyToAccount } from "viem/accounts";
import { authorizationHash } from "../../../src/keystore/signing/envelope.ts";
import { signHash } from "../../../src/keystore/signing/signature.ts";
import { chainId, type Transaction } from "./chain.ts";

export interface SimulatedAccount {
  readonly address: `0x${string}`;
  readonly privateKey: Uint8Array;
  /** What of a transaction uses up this nonce of the account. */
  readonly authorize: (nonce: number) => Partial<Transaction>;
}

export function accountOf(): SimulatedAccount {
  const privateKey = Buffer.alloc(32, 0x46);
  const { address } = privateKeyToAccount(`0x${privateKey.toString("hex")}`);
  const delegate = "0x00000000000000000000000000000000000000DD";
  return {
    address,
    privateKey,
    authorize: (nonce) => {
      const signature = signHash(authorizationHash({ chainId, delegate, nonce }), privateKey, address);
      return { authorizations: [{ chainId, address: delegate, nonce, ...signature }], authorities: [address] };
    },
  };
}
