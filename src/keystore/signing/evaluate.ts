/** Whether a policy allows an intent. Pure: what was spent today is given, and checked again where it is recorded; so is the time. */
import type { IntentOf, SigningIntent, TransactionFields } from "../../capabilities/signer.ts";
import { MfmError, unreachable } from "../../kernel/errors.ts";
import { approvalsRule, checkApprovals } from "./approvals.ts";
import { type CallFact, isUnlimited, readCall, selectorOf } from "./calldata.ts";
import type { ChainRules, Policy, Refusal } from "./policy.ts";
import { type Hex, bytesOf } from "../vault/bytes.ts";
import { type TypedDocument, type TypedValue, readTypedData } from "./typed-data.ts";

/** What a verdict follows from besides. */
export interface Moment {
  /** Wei: of this account, chain and UTC day, without this intent. */
  readonly spentToday: bigint;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Every reason against the intent; none where it is allowed. */
export function evaluatePolicy(policy: Policy, intent: SigningIntent, moment: Moment): readonly Refusal[] {
  switch (intent.kind) {
    case "transaction":
      return evaluateTransaction(policy, intent, moment);
    case "message":
      return evaluateMessage(policy, intent.message);
    case "typedData":
      return evaluateTypedData(policy, readTypedData(intent.document));
    case "authorization":
      return evaluateAuthorization(policy, intent);
    default:
      return unreachable(intent);
  }
}

/** All but the day's sum, which is refused where it is counted: in the nonce guard. @throws POLICY_REFUSED with every reason */
export function assertAllowed(policy: Policy, intent: SigningIntent, now: number): void {
  const refusals = evaluatePolicy(policy, intent, { spentToday: 0n, now });
  if (refusals.length === 0) return;
  const words = refusals.map(({ rule, reason }) => `${rule}: ${reason}`);
  throw new MfmError("POLICY_REFUSED", `the policy does not allow this: ${words.join("; ")}`, { refusals });
}

/** The rules for a chain. */
export function rulesFor({ chains }: Policy, chainId: number): ChainRules | undefined {
  return chains.find((rules) => rules.chainId === chainId);
}

function evaluateTransaction(policy: Policy, intent: IntentOf<"transaction">, { spentToday, now }: Moment): readonly Refusal[] {
  const { transaction, sender, role } = intent;
  const { chainId } = transaction;
  const rules = rulesFor(policy, chainId);
  if (rules === undefined) return [{ rule: "chains", reason: `chain ${chainId} is not listed` }];
  const fees = checkFees(rules, transaction);
  // Nothing leaves the account, and a nonce that must be freed must not wait for a new policy.
  if (role === "cancel") return fees;
  const spent = spentToday + transaction.value;
  const day: Refusal[] =
    spent > rules.maxValuePerDay
      ? [{ rule: "chains.maxValuePerDay", reason: `${spent} wei would be sent today (UTC), at most ${rules.maxValuePerDay} may` }]
      : [];
  const delegates =
    transaction.type === "eip7702"
      ? transaction.authorizationList.flatMap(({ chainId: chain, address }) => checkDelegate(policy, chain, address))
      : [];
  return [
    ...fees,
    ...checkDestination(rules, transaction),
    ...day,
    ...checkCall(policy, transaction.to ?? sender, transaction.data),
    ...delegates,
    ...checkApprovals(rules.approvals, intent, now),
  ];
}

function checkFees(rules: ChainRules, transaction: TransactionFields): Refusal[] {
  const [fee, tip] =
    "gasPrice" in transaction ? [transaction.gasPrice, transaction.gasPrice] : [transaction.maxFeePerGas, transaction.maxPriorityFeePerGas];
  const refusals: Refusal[] = [];
  const cap = (name: keyof ChainRules, amount: bigint, max: bigint | undefined): void => {
    if (max !== undefined && amount > max) refusals.push({ rule: `chains.${name}`, reason: `${amount} is over the cap of ${max}` });
  };
  cap("maxFeePerGas", fee, rules.maxFeePerGas);
  // A gas price is no tip: only what is above the base fee goes to the proposer, and the cap on fees holds for it.
  if (!("gasPrice" in transaction)) cap("maxPriorityFeePerGas", tip, rules.maxPriorityFeePerGas);
  cap("maxGas", transaction.gas, rules.maxGas);
  if (transaction.type === "eip4844") cap("maxFeePerBlobGas", transaction.maxFeePerBlobGas, rules.maxFeePerBlobGas ?? 0n);
  return refusals;
}

function checkDestination(rules: ChainRules, { to, value, data }: TransactionFields): Refusal[] {
  const refusals: Refusal[] = [];
  if (value > rules.maxValue) refusals.push({ rule: "chains.maxValue", reason: `${value} wei is over the cap of ${rules.maxValue}` });
  if (to === undefined) {
    if (rules.creation !== "allow") refusals.push({ rule: "chains.creation", reason: "creating contracts is not allowed" });
    return refusals;
  }
  if (rules.destinations === undefined) return refusals;
  const destination = rules.destinations.find(({ address }) => address === to);
  if (destination === undefined) return [...refusals, { rule: "chains.destinations", reason: `${to} is not listed` }];
  if (destination.maxValue !== undefined && value > destination.maxValue)
    refusals.push({ rule: "chains.destinations.maxValue", reason: `${value} wei to ${to} is over the cap of ${destination.maxValue}` });
  const selector = selectorOf(data);
  if (destination.selectors !== undefined && (selector === undefined || !destination.selectors.includes(selector)))
    refusals.push({
      rule: "chains.destinations.selectors",
      reason: `${to} may not be called with ${selector === "0x" ? "nothing (0x, a plain transfer)" : (selector ?? "less than a selector")}`,
    });
  return refusals;
}

/** A Safe may call a Safe that calls a Safe. */
const deepest = 8;

function checkCall(policy: Policy, to: Hex, data: Hex, depth = 0): Refusal[] {
  const fact = readCall(data);
  return fact === undefined ? [] : checkFact(policy, fact, { to, depth });
}

function checkFact(policy: Policy, fact: CallFact, { to, depth }: { readonly to: Hex; readonly depth: number }): Refusal[] {
  switch (fact.kind) {
    case "recipient":
      return [];
    case "approval":
      return isUnlimited(fact.amount) ? checkSpender(policy, fact.spender, `an allowance without limit at ${to}`) : [];
    case "operator":
      return checkSpender(policy, fact.spender, `all tokens of ${to}`);
    case "opaque":
      return [{ rule: "delegateCalls", reason: `only the hash of what the Safe ${to} would do is given: sign the SafeTx itself` }];
    case "malformed":
      return [{ rule: "chains.destinations.selectors", reason: `the arguments of ${fact.name} at ${to} are not well formed` }];
    case "call": {
      const delegate =
        fact.isDelegate && !(policy.delegateCalls ?? []).includes(fact.to)
          ? [{ rule: "delegateCalls", reason: `the Safe ${to} would run the code of ${fact.to}, which is not listed` }]
          : [];
      if (depth >= deepest) return [...delegate, { rule: "delegateCalls", reason: `calls are nested over ${deepest} deep` }];
      return [...delegate, ...checkCall(policy, fact.to, fact.data, depth + 1)];
    }
    default:
      return unreachable(fact);
  }
}

function checkSpender(policy: Policy, spender: Hex, what: string): Refusal[] {
  if ((policy.unlimitedApprovals ?? []).includes(spender)) return [];
  return [{ rule: "unlimitedApprovals", reason: `${spender} would get ${what}, and is not listed` }];
}

/** A text is what a person can read: 32 bytes of a hash are none, also where they happen to be UTF-8. */
function evaluateMessage({ messages = "deny" }: Policy, message: Hex): readonly Refusal[] {
  if (messages === "any") return [];
  if (messages === "deny") return [{ rule: "messages", reason: "messages are not allowed" }];
  const bytes = bytesOf(message);
  if (bytes.length !== 32 && isText(bytes)) return [];
  return [{ rule: "messages", reason: "only text is allowed: this may be the hash of something unseen, such as a Safe transaction" }];
}

function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(text);
  } catch {
    return false;
  }
}

function evaluateTypedData(policy: Policy, document: TypedDocument): readonly Refusal[] {
  const { domain, primaryType, message } = document;
  const fits = (policy.typedData ?? []).some((rule) => {
    const { primaryTypes, chainId, ...same } = rule;
    if (primaryTypes !== undefined && !primaryTypes.includes(primaryType)) return false;
    if (chainId !== undefined && domain.chainId !== BigInt(chainId)) return false;
    return (["verifyingContract", "name", "version"] as const).every((name) => same[name] === undefined || same[name] === domain[name]);
  });
  const where = `${primaryType} of ${domain.name ?? "a domain without name"}${domain.verifyingContract === undefined ? "" : ` at ${domain.verifyingContract}`}${domain.chainId === undefined ? "" : ` on chain ${domain.chainId}`}`;
  const listed: Refusal[] = fits ? [] : [{ rule: "typedData", reason: `${where} is not listed` }];
  return [...listed, ...checkPermit(policy, primaryType, message), ...checkSafeTransaction(policy, document)];
}

/** EIP-2612, DAI's permit and Permit2's: every type that is a permit begins with Permit. @see https://eips.ethereum.org/EIPS/eip-2612 */
function checkPermit(policy: Policy, primaryType: string, message: TypedDocument["message"]): Refusal[] {
  if (!primaryType.startsWith("Permit") || !grantsUnlimited(message)) return [];
  const { spender } = message;
  return checkSpender(policy, (typeof spender === "string" ? spender : "0x") as Hex, `an allowance without limit by ${primaryType}`);
}

function grantsUnlimited(value: TypedValue): boolean {
  if (Array.isArray(value)) return (value as readonly TypedValue[]).some(grantsUnlimited);
  if (typeof value !== "object") return false;
  return Object.entries(value).some(([name, member]) => {
    if (name === "allowed") return member === true;
    if (name === "value" || name === "amount") return typeof member === "bigint" && isUnlimited(member);
    return grantsUnlimited(member);
  });
}

/** What the owners of a Safe sign. */
function checkSafeTransaction(policy: Policy, { primaryType, domain, message }: TypedDocument): Refusal[] {
  if (primaryType !== "SafeTx") return [];
  const { to, data, operation } = message;
  if (typeof to !== "string" || typeof data !== "string" || typeof operation !== "bigint")
    return [{ rule: "delegateCalls", reason: "this SafeTx has not the fields of a Safe's transaction" }];
  const fact: CallFact = { kind: "call", to: to as Hex, data: data as Hex, isDelegate: operation !== 0n };
  return checkFact(policy, fact, { to: domain.verifyingContract ?? "0x", depth: 0 });
}

function evaluateAuthorization(policy: Policy, { chainId, delegate }: IntentOf<"authorization">): readonly Refusal[] {
  // Whoever is the account's code needs nobody's consent any more.
  const asking = policy.chains.filter(({ approvals, chainId: chain }) => approvals !== undefined && (chainId === 0 || chain === chainId));
  const reason = "an authorization is nothing that people can agree to, and the policy asks for that here";
  return [...checkDelegate(policy, chainId, delegate), ...asking.slice(0, 1).map(() => ({ rule: approvalsRule, reason }))];
}

function checkDelegate({ authorizations = [] }: Policy, chainId: number, delegate: Hex): Refusal[] {
  if (authorizations.some((listed) => listed.chainId === chainId && listed.delegate === delegate)) return [];
  const where = chainId === 0 ? "every chain" : `chain ${chainId}`;
  return [{ rule: "authorizations", reason: `${delegate} would become an account's code on ${where}, and is not listed` }];
}
