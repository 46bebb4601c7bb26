/** From an action and its terms to the intent that the ledger records. */
import type { TransactionIntent } from "../../capabilities/evm/transaction-intent.ts";
import type { Action } from "./action.ts";
import type { Sender, Simulation } from "./simulation.ts";

export function intentOf({ network, from, terms }: Sender, action: Action, { gas }: Pick<Simulation, "gas">): TransactionIntent {
  const { fees, finality, replaceAfterBlocks, renewals, window } = terms;
  return { network, from, ...action, gas, fees, finality, replaceAfterBlocks, renewals, window };
}
