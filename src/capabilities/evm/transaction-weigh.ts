/**
 * What evidence about an EVM transaction means. Nothing is believed of one number: an inclusion counts where the block of the receipt is the
 * canonical one at its height, the end where the finality policy holds on it, and "never" only where the block that used up the nonce was read
 * whole. The cases are numbered in docs/effects.md.
 */
import type { Weighed } from "../../kernel/effects/kind.ts";
import type { Reading } from "../../kernel/effects/follow.ts";
import { ceilingReason } from "../../kernel/effects/ledger.ts";
import type { BlockRef } from "./block.ts";
import { findContradiction, isForgotten } from "./transaction-contradiction.ts";
import { capsOf } from "./transaction-covers.ts";
import type { TransactionEnvelope, TransactionSeal } from "./transaction-envelope.ts";
import type { Consumption, PoolAnswer, SourceView, TransactionEvidence } from "./transaction-evidence.ts";
import type { TransactionIntent, TransactionSettlement } from "./transaction-intent.ts";
import { type Inclusion, type Sent, type View, hashAt, includedIn, isAgreed, viewsOf } from "./transaction-views.ts";

type Given = Weighed<TransactionIntent, TransactionEnvelope, TransactionEvidence, TransactionSeal>;
type Answer = Reading<TransactionSettlement>;

export function weighTransaction(given: Given): Answer {
  const { intent, candidates, evidence, envelope } = given;
  const sent = candidates.flatMap(({ role, seal, dispatched }, index) =>
    dispatched && seal !== null ? [{ index, role, hash: seal.hash }] : [],
  );
  const views = viewsOf(intent, evidence);
  if (findContradiction(views, sent) !== undefined) return { kind: "contradiction" };
  const inclusion = findInclusion(views, sent);
  if (inclusion !== undefined) return readInclusion(inclusion, { nonce: envelope.transaction.nonce, intent, evidence, views });
  const { nonce } = envelope.transaction;
  const { consumed } = evidence;
  if (consumed !== undefined && isProven(consumed, { given, views, sent })) {
    if (isWordAlone(consumed, { views, sent })) return { kind: "stuck", why: "BLOCK_UNPROVEN" };
    return isForgotten(consumed) ? { kind: "contradiction" } : { kind: "superseded" };
  }
  // The nonce is used up, and by whom is not known: a node may hide our own receipt, or lag.
  if (views.some(({ count }) => count > nonce) || isDisputed(views, sent)) return { kind: "unknown" };
  return readWaiting(given, sent.at(-1)?.hash);
}

/** A candidate in a block that is canonical for whoever has it, and for nobody another one is. */
function findInclusion(views: readonly View[], sent: readonly Sent[]): Inclusion | undefined {
  const found = includedIn(views, sent).filter(({ block }) => isAgreed(views, block));
  return found.find(({ isFinal }) => isFinal) ?? found[0];
}

/** One source has it included, and another one has another block there. */
function isDisputed(views: readonly View[], sent: readonly Sent[]): boolean {
  return includedIn(views, sent).length > 0;
}

interface Context {
  readonly nonce: number;
  readonly intent: TransactionIntent;
  readonly evidence: TransactionEvidence;
  readonly views: readonly View[];
}

function readInclusion({ candidate, block, isFinal }: Inclusion, { nonce, intent, evidence, views }: Context): Answer {
  if (isFinal && views.some((view) => isDenying(view, { candidate, block, nonce }))) return { kind: "unknown" };
  const { receipt } = evidence;
  // Who sent it is in its hash: a receipt of another account is none of it.
  if (receipt?.transactionHash !== candidate.hash || receipt.blockHash !== block.hash || receipt.from !== intent.from)
    return { kind: "unknown" };
  const status = candidate.role === "cancel" ? "cancelled" : receipt.status;
  const which = { candidate: candidate.index };
  if (!isFinal) return { kind: "included", status, ...which };
  if (status !== "success") return { kind: "final", status, ...which };
  const { transactionIndex, gasUsed, effectiveGasPrice, contractAddress, logs, logsLeftOut } = receipt;
  const created = contractAddress === undefined ? {} : { contractAddress };
  const beyond = logsLeftOut === undefined ? {} : { logsLeftOut };
  const settlement = {
    transactionHash: candidate.hash,
    nonce,
    block,
    transactionIndex,
    gasUsed,
    effectiveGasPrice,
    ...created,
    logs,
    ...beyond,
  };
  return { kind: "final", status, settlement, ...which };
}

/** A source that is past the block, and whose state has the nonce free: one of both is wrong. */
function isDenying(
  view: View,
  { candidate, block, nonce }: { readonly candidate: Sent; readonly block: BlockRef; readonly nonce: number },
): boolean {
  return view.head.number >= block.number && view.count <= nonce && includedIn([view], [candidate]).length === 0;
}

/** Whether none of the candidates can ever be included: what used up the nonce is final, and it was none of them. */
function isProven(
  consumed: Consumption,
  { given, views, sent }: { readonly given: Given; readonly views: readonly View[]; readonly sent: readonly Sent[] },
): boolean {
  const { nonce } = given.envelope.transaction;
  if (consumed.countAfter <= nonce) return false;
  if (consumed.kind === "block" ? consumed.countBefore > nonce : !isFreeAt(consumed.first, given)) return false;
  const ours = consumed.kind === "block" ? consumed.transactions : consumed.ours;
  if (sent.some(({ hash }) => ours.includes(hash))) return false;
  const ends = consumed.kind === "block" ? [consumed.block] : [consumed.first, consumed.last];
  return ends.every(
    ({ number, hash }) =>
      isAgreed(views, { number, hash }) &&
      views.some((view) => view.final !== undefined && number <= view.final && hashAt(view, number) === hash),
  );
}

/**
 * Whether it is only somebody's word. A transaction of the account with this nonce is the only one that there can be. Without one it is the counts
 * that say so: where they are not proven, two sources have to, and nobody may know a candidate of ours.
 */
function isWordAlone(consumed: Consumption, { views, sent }: { readonly views: readonly View[]; readonly sent: readonly Sent[] }): boolean {
  const { proof, agreedBy, counts, consumer } = consumed;
  if (agreedBy === undefined && proof === "reported") return true;
  if (consumer.kind === "transaction" || counts === "proven") return false;
  const isKnown = views.some(({ lookups }) =>
    lookups.some(({ found, transactionHash }) => found !== "unknown" && sent.some(({ hash }) => hash === transactionHash)),
  );
  return agreedBy === undefined || isKnown;
}

/** When the first candidate was prepared, the nonce was free at the block of its market. */
function isFreeAt({ hash }: BlockRef, { candidates: [first], envelope }: Given): boolean {
  const market = first?.envelope.market;
  return market?.block.hash === hash && market.count <= envelope.transaction.nonce;
}

/** It is not included, and its nonce is free: what pools say, and whether it is time for another one. */
function readWaiting({ intent, candidates, evidence, envelope }: Given, newest: string | undefined): Answer {
  const { views, answers } = evidence;
  const { nonce } = envelope.transaction;
  // The newest is what is sent again: that a pool still has one before it is no news of this one, which may not have arrived.
  const isHeld =
    answers.some(({ answer }) => answer === "accepted" || answer === "known") ||
    views.some(({ lookups }) => lookups.some(({ found, transactionHash }) => found === "pending" && transactionHash === newest));
  // Nothing of the account can be included before what is missing below. What was sent at once with it arrives within a few blocks.
  const isOld = ageOf({ views, envelope }) >= blocksToArrive;
  const isBehindGap =
    isOld && views.length > 0 && views.every(({ count, pending }) => count < nonce && pending !== undefined && pending <= nonce);
  if (isHeld && isBehindGap) return { kind: "stuck", why: "NONCE_GAP" };
  const late = readLate({ intent, candidates, envelope, views });
  if (late !== undefined) return late;
  if (isHeld) return { kind: "accepted" };
  const refusal = answers.map(({ answer }) => answer).toSorted((left, right) => weightOf(right) - weightOf(left))[0];
  if (refusal === undefined) return { kind: views.length === 0 ? "unknown" : "notFound" };
  if (refusal === "unclear") return { kind: "unknown" };
  const next = nextOf(refusal, { intent, candidates, envelope, views });
  return { kind: "stuck", why: codeOf(refusal), ...(next === undefined ? {} : { next }) };
}

type Waiting = Pick<Given, "intent" | "candidates" | "envelope"> & { readonly views: readonly SourceView[] };

/** As many blocks went by as the intent allows, with nothing before it: something that pays more takes its place. */
function readLate(waiting: Waiting): Answer | undefined {
  const { intent, envelope, views } = waiting;
  const { transaction } = envelope;
  const isNext = views.length > 0 && views.every(({ count }) => count === transaction.nonce);
  const age = ageOf(waiting);
  const isUnder = isNext && views.every(({ baseFeePerGas }) => baseFeePerGas > transaction.maxFeePerGas);
  if (!isNext || intent.replaceAfterBlocks === 0 || age < BigInt(intent.replaceAfterBlocks))
    return isUnder && age > 0n ? { kind: "stuck", why: "UNDERPRICED", next: "send" } : undefined;
  if (!mayReplace(waiting)) return { kind: "stuck", why: ceilingReason, next: "send" };
  return { kind: "stuck", why: isUnder ? "UNDERPRICED" : "NOT_INCLUDED", next: "replace" };
}

const blocksToArrive = 3n;

/** Blocks since the newest candidate's fees were decided. */
function ageOf({ views, envelope }: Pick<Waiting, "views" | "envelope">): bigint {
  const newest = views.reduce((most, { head }) => (head.number > most ? head.number : most), 0n);
  return newest - envelope.market.block.number;
}

/** Evidence names 64: some are left to persons. */
const mostCandidates = 48;

/** By itself nothing goes above the ceilings, a cancel neither. */
function mayReplace({ intent, candidates, envelope }: Waiting): boolean {
  if (candidates.length >= mostCandidates) return false;
  return capsOf({ intent, market: envelope.market, role: "replacement", before: candidates, terms: null }).kind === "caps";
}

/** A nonce that is too low was used up: that is looked for. More for the nonce, where the policy says so, once in a block. */
function nextOf(refusal: PoolAnswer, waiting: Waiting): "replace" | "send" | undefined {
  if (refusal === "nonce_too_low") return undefined;
  const isOutbid = refusal === "replacement_underpriced" && waiting.intent.replaceAfterBlocks > 0 && ageOf(waiting) > 0n;
  return isOutbid && mayReplace(waiting) ? "replace" : "send";
}

/** Where pools differ, this is the answer that counts. */
const weights: readonly PoolAnswer[] = [
  "unclear",
  "denied",
  "pool_full",
  "already_reserved",
  "in_flight_limit",
  "nonce_too_high",
  "underpriced",
  "fee_below_base",
  "replacement_underpriced",
  "insufficient_funds",
  "nonce_too_low",
];

function weightOf(answer: PoolAnswer): number {
  return weights.indexOf(answer);
}

function codeOf(refusal: PoolAnswer): string {
  return refusal === "fee_below_base" ? "UNDERPRICED" : refusal.toUpperCase();
}
