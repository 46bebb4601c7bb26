/**
 * The nonce guard's rules (DESIGN 9.8), pure: one intent for each (chain, sender, nonce), one nonce for each intent id. What else may be signed
 * for a nonce is a replacement (the same action, every fee higher) or a cancel.
 */
import type { IntentOf } from "../../capabilities/signer.ts";
import { type Digest, digestOf, toCanonical } from "../../kernel/canonical.ts";
import type { Json } from "../../kernel/json.ts";
import { type NonceRange, type SignedNonce, mostSignedNonces } from "../signer-port.ts";
import { authorizationHash, signingHash } from "../signing/envelope.ts";
import type { Hex } from "../vault/bytes.ts";

export type NonceIntent = IntentOf<"transaction"> | IntentOf<"authorization">;

/** What the guard has to know of an intent that uses up a nonce. */
export interface Claim {
  readonly intentId: Digest;
  /** 0 for an authorization that holds on every chain. */
  readonly chainId: number;
  readonly sender: Hex;
  readonly nonce: number;
  readonly role: "first" | "replacement" | "cancel";
  /** Digest of what it does: kind, to, value, data and what else a fee leaves as it is. */
  readonly action: Digest;
  /** What is signed. */
  readonly hash: Hex;
  /** In wei and gas, each of which a replacement raises or keeps: caps first, gas last. */
  readonly fees: readonly bigint[];
  readonly gas: bigint;
  /** Wei that leaves the account. */
  readonly value: bigint;
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  /** Wei of this sender on this chain and day, this claim included; null where no policy says. */
  readonly dayLimit: bigint | null;
}

export type Verdict =
  | { readonly kind: "new" }
  /** The same intent was signed before: that candidate is the answer. */
  | { readonly kind: "recorded"; readonly hash: Hex }
  | {
      readonly kind: "refused";
      readonly code: "NONCE_TAKEN" | "INTENT_REUSED" | "REPLACEMENT_REFUSED" | "POLICY_REFUSED";
      readonly reason: string;
      readonly details: { readonly [name: string]: Json };
    };

/** The claim of an intent. `json` is its canonical JSON. */
export function claimOf(intent: NonceIntent, json: Json, { day, dayLimit }: Pick<Claim, "day" | "dayLimit">): Claim {
  const { intentId, sender } = intent;
  if (intent.kind === "authorization") {
    const { chainId, nonce } = intent;
    const hash = authorizationHash(intent);
    return {
      intentId,
      chainId,
      sender,
      nonce,
      role: "first",
      action: digestOf(hash),
      hash,
      fees: [],
      gas: 0n,
      value: 0n,
      day,
      dayLimit: null,
    };
  }
  const { transaction, role } = intent;
  const { chainId, nonce, gas, value } = transaction;
  const blob = transaction.type === "eip4844" ? [transaction.maxFeePerBlobGas] : [];
  const fees =
    "gasPrice" in transaction
      ? [transaction.gasPrice, transaction.gasPrice]
      : [transaction.maxFeePerGas, transaction.maxPriorityFeePerGas, ...blob];
  return {
    intentId,
    chainId,
    sender,
    nonce,
    role,
    action: actionOf(json),
    hash: signingHash(transaction),
    fees,
    gas,
    value,
    day,
    dayLimit,
  };
}

/** Fees, gas, nonce and access list aside: these do not change what is done. */
function actionOf(json: Json): Digest {
  const { transaction } = json as { readonly transaction: { readonly [name: string]: Json } };
  const does = ["chainId", "to", "value", "data", "blobVersionedHashes", "authorizationList"];
  return digestOf(toCanonical(Object.fromEntries(Object.entries(transaction).filter(([name]) => does.includes(name)))));
}

/** What was signed for a nonce. */
interface Candidate {
  readonly role: Claim["role"];
  readonly hash: Hex;
  readonly fees: readonly bigint[];
  readonly gas: bigint;
}

interface Slot {
  readonly intentId: Digest;
  readonly chainId: number;
  readonly sender: Hex;
  readonly nonce: number;
  readonly action: Digest;
  readonly candidates: Candidate[];
}

/** The fold of all claims, in the order of the file. A claim that was not legal when it came changed nothing. */
export class GuardState {
  readonly #intents = new Map<Digest, Slot>();
  /** By sender and nonce, then chain: an authorization for every chain stands against each of them. */
  readonly #slots = new Map<string, Map<number, Slot>>();
  readonly #spent = new Map<string, bigint>();

  judge(claim: Claim): Verdict {
    const known = this.#intents.get(claim.intentId);
    if (known !== undefined) return judgeKnown(known, claim);
    const taken = this.#takenBy(claim);
    if (taken !== undefined) return nonceTaken(taken, claim);
    if (claim.role === "replacement") return replacementRefused("nothing is recorded for this intent", claim);
    return this.#judgeDay(claim);
  }

  /** Judges a claim, and holds it where it is new. */
  apply(claim: Claim): Verdict {
    const verdict = this.judge(claim);
    if (verdict.kind === "new") this.#hold(claim);
    return verdict;
  }

  /** Everything that was signed for an intent, in its order: roles, and signing hashes. */
  candidatesOf(intentId: Digest): readonly Pick<Candidate, "role" | "hash">[] {
    return this.#intents.get(intentId)?.candidates ?? [];
  }

  /** Wei sent by an account on a chain and UTC day. */
  spent({ chainId, sender, day }: Pick<Claim, "chainId" | "sender" | "day">): bigint {
    return this.#spent.get(`${chainId} ${sender} ${day}`) ?? 0n;
  }

  /** The nonces from one on that are held for an account on a chain, and those that are held for these intents, ascending. */
  signed({ chainId, sender, from, intents = [] }: NonceRange): SignedNonce[] {
    const named = new Set(intents);
    return [...this.#intents.values()]
      .filter((slot) => slot.sender === sender && (slot.nonce >= from || named.has(slot.intentId)))
      .filter((slot) => slot.chainId === chainId || slot.chainId === 0)
      .map(({ nonce, intentId }) => ({ nonce, intentId }))
      .toSorted((left, right) => left.nonce - right.nonce)
      .slice(0, mostSignedNonces);
  }

  #takenBy({ chainId, sender, nonce }: Claim): Slot | undefined {
    const chains = this.#slots.get(`${sender} ${nonce}`);
    if (chains === undefined) return undefined;
    const [any] = chains.values();
    return chainId === 0 ? any : (chains.get(chainId) ?? chains.get(0));
  }

  /** An intent counts once, when it is first signed. */
  #judgeDay(claim: Claim): Verdict {
    const { dayLimit, value } = claim;
    const sum = this.spent(claim) + value;
    if (dayLimit === null || sum <= dayLimit || claim.role === "cancel") return { kind: "new" };
    const reason = `${sum} wei would be sent today (UTC), at most ${dayLimit} may`;
    return { kind: "refused", code: "POLICY_REFUSED", reason, details: { refusals: [{ rule: "chains.maxValuePerDay", reason }] } };
  }

  #hold(claim: Claim): void {
    const { intentId, chainId, sender, nonce, action, role, hash, fees, gas } = claim;
    const candidate = { role, hash, fees, gas };
    const known = this.#intents.get(intentId);
    if (known !== undefined) return void known.candidates.push(candidate);
    const slot: Slot = { intentId, chainId, sender, nonce, action, candidates: [candidate] };
    this.#intents.set(intentId, slot);
    const key = `${sender} ${nonce}`;
    const chains = this.#slots.get(key) ?? new Map<number, Slot>();
    this.#slots.set(key, chains.set(chainId, slot));
    this.#spent.set(`${chainId} ${sender} ${claim.day}`, this.spent(claim) + claim.value);
  }
}

function judgeKnown(slot: Slot, claim: Claim): Verdict {
  const { candidates } = slot;
  if (candidates.some(({ hash }) => hash === claim.hash) && sameAccount(slot, claim)) return { kind: "recorded", hash: claim.hash };
  const last = candidates.at(-1);
  if (claim.role === "first") {
    // A cancel that came first leaves no action to compare with: the intent was given up.
    const isSame = sameAccount(slot, claim) && (slot.action === claim.action || candidates[0]?.role === "cancel");
    if (isSame && last !== undefined) return { kind: "recorded", hash: last.hash };
    return { kind: "refused", code: "INTENT_REUSED", reason: "the intent's id stands for another action", details: detailsOf(slot) };
  }
  if (!sameAccount(slot, claim) || slot.nonce !== claim.nonce) return replacementRefused("the intent has another nonce", claim);
  if (claim.role === "replacement") {
    if (slot.action !== claim.action) return replacementRefused("a replacement does what the intent did: to, value and data stay", claim);
    if (candidates.some(({ role }) => role === "cancel")) return replacementRefused("the intent is cancelled", claim);
  }
  const higher = candidates.every(({ fees }) => fees.every((fee, index) => (claim.fees[index] ?? fee + 1n) > fee));
  if (!higher) return replacementRefused("every fee must be higher than all that were signed before", claim);
  const gas = candidates.some((candidate) => candidate.role !== "cancel" && candidate.gas > claim.gas);
  if (gas && claim.role === "replacement") return replacementRefused("less gas than before", claim);
  return { kind: "new" };
}

function sameAccount(slot: Slot, claim: Claim): boolean {
  return slot.chainId === claim.chainId && slot.sender === claim.sender;
}

function detailsOf({ intentId, chainId, sender, nonce, candidates }: Slot): { readonly [name: string]: Json } {
  return { recorded: { intentId, chainId, sender, nonce, candidates: candidates.length } };
}

function nonceTaken(slot: Slot, { nonce, sender }: Claim): Verdict {
  const where = slot.chainId === 0 ? "every chain" : `chain ${slot.chainId}`;
  const reason = `nonce ${nonce} of ${sender} on ${where} belongs to the intent ${slot.intentId}`;
  return { kind: "refused", code: "NONCE_TAKEN", reason, details: detailsOf(slot) };
}

function replacementRefused(reason: string, { intentId, nonce }: Claim): Verdict {
  return { kind: "refused", code: "REPLACEMENT_REFUSED", reason, details: { intentId, nonce } };
}
