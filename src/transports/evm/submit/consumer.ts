/** Who used up a nonce, among the transactions of a block. */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import type { Consumption } from "../../../capabilities/evm/transaction-evidence.ts";
import type { Hex } from "../parse.ts";
import { authorityOf } from "./authority.ts";
import type { BlockTransaction } from "./parse-lookups.ts";

export interface Wanted {
  readonly from: Hex;
  readonly nonce: number;
  /** Of the candidates that may be out there. */
  readonly hashes: readonly Hex[];
  /** A block that was canonical once, and the count then or a moment later. */
  readonly since: { readonly block: BlockRef; readonly count: number };
}

/** A transaction of the account, or one that carries its authorization. @see https://eips.ethereum.org/EIPS/eip-7702 */
export function consumerIn(transactions: readonly BlockTransaction[], account: Hex, nonce: number): Consumption["consumer"] {
  const own = transactions.find((transaction) => transaction.from === account && transaction.nonce === nonce);
  if (own !== undefined) return { kind: "transaction", hash: own.hash };
  const carrier = transactions.find(({ authorizations }) =>
    authorizations.some((authorization) => authorization.nonce === nonce && authorityOf(authorization) === account),
  );
  return carrier === undefined ? { kind: "unattributed" } : { kind: "authorization", hash: carrier.hash };
}
