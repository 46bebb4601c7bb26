/** Who used up a nonce, among the transactions of a block. */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import type { Consumption } from "../../../capabilities/evm/transaction-evidence.ts";
import type { Hex } from "../parse.ts";
import { authorityOf, isSentBy } from "./signed-by.ts";
import type { BlockProof, ProvenBlock } from "./whole-block.ts";

export interface Wanted {
  readonly from: Hex;
  readonly nonce: number;
  /** Of the candidates that may be out there. */
  readonly hashes: readonly Hex[];
  /** A block that was canonical once, and the count then or a moment later. */
  readonly since: { readonly block: BlockRef; readonly count: number };
}

export interface Found {
  readonly consumer: Consumption["consumer"];
  /** `reported` too where a transaction is the account's by the source's word, and not by its signature. */
  readonly proof: BlockProof;
}

/** A transaction of the account, or one that carries its authorization. @see https://eips.ethereum.org/EIPS/eip-7702 */
export function consumerIn({ transactions, raws, proof }: ProvenBlock, account: Hex, nonce: number): Found {
  const own = transactions.findIndex((transaction) => transaction.from === account && transaction.nonce === nonce);
  const { hash } = transactions[own] ?? {};
  if (hash !== undefined) {
    const raw = raws[own];
    const isSigned = raw !== undefined && isSentBy(account, nonce, raw);
    return { consumer: { kind: "transaction", hash }, proof: isSigned ? proof : "reported" };
  }
  const carrier = transactions.find(({ authorizations }) =>
    authorizations.some((authorization) => authorization.nonce === nonce && authorityOf(authorization) === account),
  );
  return { consumer: carrier === undefined ? { kind: "unattributed" } : { kind: "authorization", hash: carrier.hash }, proof };
}
