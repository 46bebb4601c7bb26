/** What a signer would refuse, asked before anything is started: its policy, and look-alikes of the addresses in its book. */
import type { SigningIntent } from "../../capabilities/signer.ts";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Signer } from "../../keystore/signer-port.ts";
import type { EvmPlan, PlannedTransaction } from "./plan.ts";
import type { PlanSubject, Proposed, Trouble } from "./proposed.ts";

/** Far above any that was signed: what the nonce guard remembers is of no interest here. */
const unusedNonce = 2 ** 40;

/** The plan, with what the signer would refuse. */
export async function heedSigner(
  signer: Signer,
  subject: PlanSubject,
  given: { readonly proposed: readonly Proposed[]; readonly plan: EvmPlan },
): Promise<EvmPlan> {
  const { plan } = given;
  const troubles = await askSigner(signer, subject, given);
  const transactions = plan.transactions.map((transaction, index) => withTrouble(transaction, troubles[index] ?? null));
  const refused = transactions.flatMap(({ title }, index) => {
    const trouble = troubles[index] ?? null;
    return trouble === null ? [] : [{ code: trouble.code, message: `${title}: ${trouble.message}` }];
  });
  return { ...plan, transactions, problems: [...plan.problems, ...refused] };
}

function withTrouble(transaction: PlannedTransaction, trouble: Trouble | null): PlannedTransaction {
  return trouble === null ? transaction : { ...transaction, problem: transaction.problem ?? trouble };
}

/** By place of the proposed; null where it would sign. One that failed in simulation, or stands on others, is not asked for. */
async function askSigner(
  signer: Signer,
  { from, network }: PlanSubject,
  { proposed, plan }: { readonly proposed: readonly Proposed[]; readonly plan: EvmPlan },
): Promise<(Trouble | null)[]> {
  const chainId = Number(network.slice("eip155:".length));
  const fees = { maxFeePerGas: BigInt(plan.fees.maxFeePerGas), maxPriorityFeePerGas: BigInt(plan.fees.priorityFeePerGas) };
  const troubles: (Trouble | null)[] = [];
  for (const [index, { action, step, trial }] of proposed.entries()) {
    const gas = plan.transactions[index]?.gas ?? null;
    // What stands on others names addresses that nobody knows yet.
    if (gas === null || trial.kind === "later") {
      troubles.push(null);
      continue;
    }
    const transaction = { type: "eip1559" as const, chainId, nonce: unusedNonce + index, gas: BigInt(gas), ...action, ...fees };
    troubles.push(
      await refusalOf(signer, { kind: "transaction", intentId: digestOf(`plan ${step}`), sender: from, role: "first", transaction }),
    );
  }
  return troubles;
}

async function refusalOf(signer: Signer, intent: SigningIntent): Promise<Trouble | null> {
  try {
    await signer.check(intent);
    return null;
  } catch (error) {
    if (error instanceof MfmError) return { code: error.code, message: error.message };
    throw error;
  }
}
