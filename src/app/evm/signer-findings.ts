/** What a signer would refuse, asked before anything is started: its policy, and look-alikes of the addresses in its book. */
import type { SigningIntent } from "../../capabilities/signer.ts";
import { digestOf } from "../../kernel/canonical.ts";
import { MfmError } from "../../kernel/errors.ts";
import type { Quorum } from "../../kernel/spec.ts";
import { approvalsRule } from "../../keystore/signing/approvals.ts";
import type { Refusal } from "../../keystore/signing/policy.ts";
import type { Signer } from "../../keystore/signer-port.ts";
import type { EvmPlan, PlannedTransaction } from "./plan.ts";
import type { PlanSubject, Proposed, Trouble } from "./proposed.ts";

/** Far above any that was signed: what the nonce guard remembers is of no interest here. */
const unusedNonce = 2 ** 40;

interface ToBeSigned {
  readonly proposed: readonly Proposed[];
  readonly plan: EvmPlan;
  /** Whom the run asks to agree to what a step sends, by its key. */
  readonly approvals: ReadonlyMap<string, Quorum | undefined>;
}

/** The plan, with what the signer would refuse. That people have not agreed yet is no refusal where the run will ask those that the signer's policy asks for. */
export async function heedSigner(signer: Signer, subject: PlanSubject, given: ToBeSigned): Promise<EvmPlan> {
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
  { proposed, plan, approvals }: ToBeSigned,
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
    const intent: SigningIntent = { kind: "transaction", intentId: digestOf(`plan ${step}`), sender: from, role: "first", transaction };
    troubles.push(await refusalOf(signer, intent, approvals.get(step)));
  }
  return troubles;
}

async function refusalOf(signer: Signer, intent: SigningIntent, approval: Quorum | undefined): Promise<Trouble | null> {
  try {
    await signer.check(intent);
    return null;
  } catch (error) {
    if (!(error instanceof MfmError)) throw error;
    const { code, message, details } = error;
    const refusals = (details["refusals"] ?? []) as readonly Refusal[];
    const [first] = refusals;
    // Nobody has agreed before there is a run: what counts is whom it will ask.
    const asked = refusals.length === 1 && first?.rule === approvalsRule ? first["asked"] : undefined;
    if (code !== "POLICY_REFUSED" || !isQuorum(asked)) return { code, message };
    return suffices(approval, asked)
      ? null
      : { code, message: `the signer signs what ${words(asked)} agreed to, and the run asks ${words(approval)}` };
  }
}

/** What came through a socket is read before it is believed. */
function isQuorum(asked: unknown): asked is Quorum {
  const { operators, quorum } = (asked ?? {}) as { readonly operators?: unknown; readonly quorum?: unknown };
  return Array.isArray(operators) && operators.every((operator) => typeof operator === "string") && Number.isInteger(quorum);
}

function words(quorum: Quorum | undefined): string {
  return quorum === undefined ? "nobody" : `${quorum.quorum} of ${quorum.operators.join(", ")}`;
}

/** Whether whoever the run lets agree, there are as many as the policy asks for among them. */
function suffices(approval: Quorum | undefined, asked: Quorum): boolean {
  if (approval === undefined) return false;
  const others = approval.operators.filter((operator) => !asked.operators.includes(operator)).length;
  return approval.quorum - others >= asked.quorum;
}
