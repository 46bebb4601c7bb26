/** Whether a candidate of an EVM transaction is what was intended: the same action at the nonce that it was given, at exactly the fees that policy, market and candidates before lead to. */
import type { Made, Purpose, Subject } from "../../kernel/effects/kind.ts";
import { mostCancelGas } from "../signer.ts";
import { createdAddress } from "./created-address.ts";
import type { TransactionEnvelope, TransactionSeal, UnsignedTransaction } from "./transaction-envelope.ts";
import { type CapsAnswer, decideCaps } from "./transaction-fees.ts";
import type { TransactionIntent } from "./transaction-intent.ts";
import type { Market } from "./transaction-envelope.ts";

type Purposed = Purpose<TransactionEnvelope, TransactionSeal>;

/** What a transfer of nothing costs on Ethereum. */
export const leastGas = 21_000n;

export function coversTransaction(given: Subject<TransactionIntent> & Purposed & { readonly envelope: TransactionEnvelope }): boolean {
  const { intent, role, slot, before, envelope } = given;
  const { transaction, contractAddress } = envelope;
  const isWhole = role === "first" ? before.length === 0 : before.length > 0;
  if (!isWhole || slot !== transaction.nonce || transaction.chainId !== chainIdOf(intent.network)) return false;
  if (!(role === "cancel" ? isCancel(intent, transaction) : isAction(intent, transaction))) return false;
  const created = role !== "cancel" && intent.to === undefined ? createdAddress(intent.from, transaction.nonce) : undefined;
  if (contractAddress !== created) return false;
  // What was decided then, by a policy's market or by a person who went over its ceilings, nobody knows here; it may be out there all the same.
  if (envelope.signedBefore === true) return role === "first" && transaction.maxPriorityFeePerGas <= transaction.maxFeePerGas;
  const answer = capsOf({ intent, role, before, terms: given.terms, market: envelope.market });
  if (answer.kind !== "caps") return false;
  const { maxFeePerGas, maxPriorityFeePerGas } = answer.caps;
  return transaction.maxFeePerGas === maxFeePerGas && transaction.maxPriorityFeePerGas === maxPriorityFeePerGas;
}

/** The caps that a candidate for this purpose has to have. */
export function capsOf({
  intent,
  market,
  role,
  before,
  terms,
}: Pick<Purposed, "role" | "terms"> & {
  readonly intent: TransactionIntent;
  readonly market: Pick<Market, "baseFeePerGas" | "priorityFeePerGas">;
  readonly before: readonly Pick<Made<TransactionEnvelope>, "envelope">[];
}): CapsAnswer {
  return decideCaps({ policy: intent.fees, market, role, before: before.map(({ envelope }) => envelope.transaction), terms });
}

/** The chain id of `eip155:1`. */
export function chainIdOf(network: string): number {
  return Number(network.slice(network.indexOf(":") + 1));
}

function isAction(intent: TransactionIntent, { to, value, data, gas, accessList }: UnsignedTransaction): boolean {
  const isSame = to === intent.to && value === intent.value && data === intent.data && gas === intent.gas;
  return isSame && JSON.stringify(accessList ?? []) === JSON.stringify(intent.accessList ?? []);
}

/** It sends nothing from the sender to itself: all that it does is to use up the nonce. */
function isCancel(intent: TransactionIntent, { to, value, data, gas, accessList }: UnsignedTransaction): boolean {
  return to === intent.from && value === 0n && data === "0x" && accessList === undefined && gas >= leastGas && gas <= mostCancelGas;
}
