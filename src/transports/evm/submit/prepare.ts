/** Making a candidate: what the market asks for now, and the transaction that follows from intent, nonce, market and candidates before. */
import { capsOf, chainIdOf, leastGas } from "../../../capabilities/evm/transaction-covers.ts";
import {
  type TransactionEnvelope,
  type TransactionSeal,
  type UnsignedTransaction,
} from "../../../capabilities/evm/transaction-envelope.ts";
import { createdAddress } from "../../../capabilities/evm/created-address.ts";
import { mostCancelGas } from "../../../capabilities/signer.ts";
import type { Caps } from "../../../capabilities/evm/transaction-fees.ts";
import type { TransactionIntent } from "../../../capabilities/evm/transaction-intent.ts";
import type { Agreement } from "../../../kernel/effects/backend.ts";
import type { Purpose, Subject } from "../../../kernel/effects/kind.ts";
import { MfmError, invariant } from "../../../kernel/errors.ts";
import type { Network } from "../network.ts";
import { parseQuantity } from "../parse.ts";
import { RpcFailure } from "../provider.ts";
import { askFirst } from "../ask-sources.ts";
import type { Markets } from "./market.ts";

export type Wanted = Subject<TransactionIntent> & Purpose<TransactionEnvelope, TransactionSeal> & { readonly agreement: Agreement | null };

export interface Prepared {
  readonly envelope: TransactionEnvelope;
  /** Of the account, in wei, read with the market. */
  readonly balance: bigint;
}

/**
 * @throws SOURCE_FAILED
 * @throws FEE_CEILING when pools would want more than the policy allows; FEE_TERMS_REFUSED when the named fees cannot be taken
 */
export async function prepareTransaction(
  { intent, role, slot, before, terms, agreement }: Wanted,
  { markets, network, signal }: { readonly markets: Markets; readonly network: Network; readonly signal: AbortSignal },
): Promise<Prepared> {
  invariant(slot !== null, "a transaction has a nonce");
  const { market, balance } = await (role === "first" ? markets.readFirst(intent, network, signal) : markets.read(intent, network, signal));
  const answer = capsOf({ intent, market, role, before, terms });
  if (answer.kind === "refused") throw new MfmError("FEE_TERMS_REFUSED", answer.reason);
  if (answer.kind === "ceiling") {
    const needed = { maxFeePerGas: `${answer.needed.maxFeePerGas}`, maxPriorityFeePerGas: `${answer.needed.maxPriorityFeePerGas}` };
    throw new MfmError("FEE_CEILING", "what pools would take is over the ceilings of the fee policy", { needed });
  }
  // A person may go over the policy's ceilings, but not over what people agreed to.
  if (agreement !== null && role !== "cancel" && isAbove(answer.caps, intent))
    throw new MfmError("FEE_TERMS_REFUSED", "the named fees are over those that people agreed to");
  const place = { chainId: chainIdOf(intent.network), nonce: slot, ...answer.caps };
  if (role === "cancel") return { envelope: { transaction: { ...place, ...(await cancelOf(intent, network, signal)) }, market }, balance };
  const { to, value, data, gas, accessList } = intent;
  const action = { ...(to === undefined ? {} : { to }), value, data, gas, ...(accessList === undefined ? {} : { accessList }) };
  const created = to === undefined ? { contractAddress: createdAddress(intent.from, slot) } : {};
  return { envelope: { transaction: { ...place, ...action }, market, ...created }, balance };
}

function isAbove(caps: Caps, { fees }: TransactionIntent): boolean {
  return caps.maxFeePerGas > fees.maxFeePerGas || caps.maxPriorityFeePerGas > fees.maxPriorityFeePerGas;
}

/** Nothing, from the account to itself. Gas that no chain wants more than Ethereum for, unless this one says so. */
async function cancelOf(
  { from }: TransactionIntent,
  network: Network,
  signal: AbortSignal,
): Promise<Pick<UnsignedTransaction, "to" | "value" | "data" | "gas">> {
  const nothing = { to: from, value: 0n, data: "0x" as const };
  const estimate = await askFirst(network, signal, async (source, limited) => {
    try {
      return parseQuantity(await source.request("eth_estimateGas", [{ from, to: from, value: "0x0", data: "0x" }], limited), "gas");
    } catch (error) {
      // An account's own code may refuse it: then it reverts, and the nonce is used up all the same.
      if (error instanceof RpcFailure && error.fault !== undefined) return leastGas;
      throw error;
    }
  });
  const gas = estimate.answer <= leastGas ? leastGas : (estimate.answer * 5n) / 4n;
  return { ...nothing, gas: gas > mostCancelGas ? mostCancelGas : gas };
}
