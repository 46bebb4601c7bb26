/**
 * Who has agreed to a transaction, for a policy that asks for it. Nobody's word is taken: each document is made again from the transaction that
 * is to be signed, so that the signature of any other document leads to nobody who may agree.
 */
import { stateTransaction, transactionKind } from "../../capabilities/evm/transaction-states.ts";
import type { IntentOf } from "../../capabilities/signer.ts";
import { parseInstant } from "../../kernel/codecs.ts";
import type { DefinitionId, RunId } from "../../kernel/names.ts";
import { encodeApproval } from "../../kernel/saga/statement.ts";
import type { ApprovalRule, Refusal } from "./policy.ts";
import { signerOf } from "./recover-signer.ts";

/** The member of a policy that names who has to agree. */
export const approvalsRule = "chains.approvals";

/** The reason against a transaction to which too few have agreed; none where enough have, or nobody has to. `now`: Unix milliseconds. */
export function checkApprovals(rule: ApprovalRule | undefined, intent: IntentOf<"transaction">, now: number): readonly Refusal[] {
  if (rule === undefined || !needsApproval(rule, intent.transaction)) return [];
  const { operators, quorum } = rule;
  const { agreed, over } = readApprovals(intent, now);
  const excess = excessOf(intent);
  const counted = operators.filter((operator) => agreed.has(operator));
  if (counted.length >= quorum) return [];
  const late = operators.filter((operator) => over.has(operator) && !agreed.has(operator));
  const have = `${counted.length === 0 ? "nobody" : counted.join(", ")} has${late.length === 0 ? "" : `, and no more ${late.join(", ")}`}`;
  // Whom to ask; nobody, where it helps nothing.
  const asked = excess === undefined ? { asked: { operators: [...operators], quorum } } : {};
  return [{ rule: approvalsRule, ...asked, reason: `${quorum} of ${operators.join(", ")} must have agreed to this: ${excess ?? have}` }];
}

/** What calls and what creates may be worth anything. */
function needsApproval({ fromValue }: ApprovalRule, { type, to, data, value }: IntentOf<"transaction">["transaction"]): boolean {
  if (fromValue === undefined || type === "eip7702" || to === undefined || data !== "0x") return true;
  return value >= fromValue;
}

/** Why no approval can cover it, whoever has agreed. */
function excessOf({ transaction, approved }: Pick<IntentOf<"transaction">, "transaction" | "approved">): string | undefined {
  // The document says nothing of blobs, of authorizations, and of a gas price.
  if (transaction.type !== "eip1559") return "only transactions of type 2 can be agreed to";
  if ((transaction.accessList ?? []).length > 0) return "it has an access list, of which nobody is told who agrees";
  if (approved === undefined) return undefined;
  const { gas, maxFeePerGas, maxPriorityFeePerGas } = approved;
  // Less would do something else: what a contract calls may fail for lack of it, unseen.
  if (transaction.gas !== gas) return `its gas is not the ${gas} that was agreed to`;
  if (transaction.maxFeePerGas > maxFeePerGas) return `its fee is above the ${maxFeePerGas} wei per gas that were agreed to`;
  return transaction.maxPriorityFeePerGas > maxPriorityFeePerGas
    ? `its tip is above the ${maxPriorityFeePerGas} wei per gas that were agreed to`
    : undefined;
}

interface Agreed {
  readonly agreed: ReadonlySet<string>;
  /** Who did until a time that has passed. */
  readonly over: ReadonlySet<string>;
}

function readApprovals({ intentId, sender, role, transaction, approved }: IntentOf<"transaction">, now: number): Agreed {
  const agreed = new Set<string>();
  const over = new Set<string>();
  if (approved === undefined || transaction.type !== "eip1559" || excessOf({ transaction, approved }) !== undefined)
    return { agreed, over };
  const { runId, specRef, step, intentDigest, gas, maxFeePerGas, maxPriorityFeePerGas, signatures } = approved;
  const { chainId, to, value, data } = transaction;
  const fees = { maxFeePerGas, maxPriorityFeePerGas };
  const members = stateTransaction({ network: `eip155:${chainId}`, from: sender, to, value, data, gas, fees });
  const statement = {
    runId: runId as RunId,
    specRef,
    step,
    effect: intentId,
    intentDigest,
    kind: transactionKind as DefinitionId,
    members,
  };
  for (const { expiry, signature } of signatures) {
    const operator = signerOf(encodeApproval({ ...statement, expiry }), signature);
    if (operator === undefined) continue;
    // What was begun in time is replaced after it too: the nonce guard signs no replacement of what was not begun.
    if (role === "replacement" || parseInstant(expiry) > now) agreed.add(operator);
    else over.add(operator);
  }
  return { agreed, over };
}
