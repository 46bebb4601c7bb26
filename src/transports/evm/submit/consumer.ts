/** Who used up a nonce, among the transactions of a block. */
import type { BlockRef } from "../../../capabilities/evm/block.ts";
import type { Consumption } from "../../../capabilities/evm/transaction-evidence.ts";
import type { Hex } from "../parse.ts";
import { authorityOf, readSigned } from "./signed-by.ts";
import type { BlockProof, ProvenBlock } from "./whole-block.ts";

export interface Wanted {
  readonly chainId: number;
  readonly from: Hex;
  readonly nonce: number;
  /** What every candidate does that is no cancel. */
  readonly action: Action;
  /** Of the candidates that may be out there. */
  readonly hashes: readonly Hex[];
  /** A block that was canonical once, and the count then or a moment later. */
  readonly since: { readonly block: BlockRef; readonly count: number };
}

export interface Action {
  /** Absent where a contract is created. */
  readonly to: Hex | undefined;
  readonly value: bigint;
  readonly data: Hex;
}

export interface Found {
  readonly consumer: Consumption["consumer"];
  /** `reported` too where a transaction is the account's, on this chain, by the source's word, and not by its signature. */
  readonly proof: BlockProof;
}

/** A transaction of the account, or one that carries its authorization. @see https://eips.ethereum.org/EIPS/eip-7702 */
export function consumerIn(
  { transactions, raws, proof }: ProvenBlock,
  { chainId, from, nonce, action }: Omit<Wanted, "hashes" | "since">,
): Found {
  const at = transactions.findIndex((transaction) => transaction.from === from && transaction.nonce === nonce);
  const own = transactions[at];
  if (own !== undefined) {
    const raw = raws[at];
    const signed = raw === undefined ? undefined : readSigned(raw);
    const isOwn = signed?.sender === from && signed.nonce === nonce && signed.chainId === chainId;
    const does = doingOf(isOwn ? signed : own, from, action);
    return { consumer: { kind: "transaction", hash: own.hash, does }, proof: isOwn ? proof : "reported" };
  }
  const carrier = transactions.find(({ authorizations }) =>
    authorizations.some(
      (authorization) =>
        authorization.nonce === nonce && [0, chainId].includes(authorization.chainId) && authorityOf(authorization) === from,
    ),
  );
  return { consumer: carrier === undefined ? { kind: "unattributed" } : { kind: "authorization", hash: carrier.hash }, proof };
}

/** Whether it is what was intended, or what gives a nonce up: a candidate that is not known here any more would be. */
function doingOf(found: Action, account: Hex, intended: Action): "intent" | "nothing" | "other" {
  const isSame = (action: Action): boolean =>
    found.to?.toLowerCase() === action.to?.toLowerCase() && found.value === action.value && found.data === action.data.toLowerCase();
  if (isSame(intended)) return "intent";
  return isSame({ to: account, value: 0n, data: "0x" }) ? "nothing" : "other";
}
