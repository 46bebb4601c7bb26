/**
 * The nonces of an account: which one an effect gets. They are used up in order, by whoever has the key, so what the chain says and what is
 * known here are looked at together; nothing is counted on the side.
 */
import * as z from "zod";
import type { LaneRules, SlotAnswer } from "../../kernel/effects/kind.ts";
import { digest } from "../../kernel/codecs.ts";
import { blockRef } from "./block.ts";
import type { TransactionIntent } from "./transaction-intent.ts";

/** How an account stands, read when a nonce is given. */
export const accountStanding = z.strictObject({
  /** The newest block then. */
  block: blockRef,
  /** Nonces used up on the chain: the next one to be included. */
  count: z.int().min(0),
  /** The same with what waits in the pool. */
  pending: z.int().min(0),
  /** `delegated`: it has code by EIP-7702, and pools hold one transaction of it at a time. */
  code: z.enum(["none", "delegated", "contract"]),
  /** Nonces that the signer signed for something that this store has no open effect of, ascending: at or above those that are used up here. */
  signed: z.array(z.int().min(0)).max(256),
  /** Absent where there is none: what the signer signed for effects that wait here for a nonce, as where an older store was restored. */
  forgotten: z
    .array(z.strictObject({ effect: digest, nonce: z.int().min(0) }))
    .min(1)
    .max(64)
    .optional(),
  /** Whether a transaction of somebody else has been waited for long enough. */
  patience: z.enum(["waits", "over"]),
});
export type AccountStanding = z.output<typeof accountStanding>;

export const accountLane: LaneRules<TransactionIntent, AccountStanding> = {
  of: ({ network, from }) => `${network}/${from}`,
  window: ({ intent, standing }) => (standing.code === "delegated" ? 1 : intent.window),
  slot: ({ id, standing, open, next }) => nonceAgain(id, standing, open, next) ?? giveNonce(standing, open, next),
};

/** Whether a nonce that the chain wants before these is not under way. */
function isGap({ from, to, taken }: { readonly from: number; readonly to: number; readonly taken: ReadonlySet<number> }): boolean {
  return [...taken].filter((slot) => slot >= from && slot < to).length < to - from;
}

/** What was signed for this very effect may be out there: it gets that nonce again, and no other. What is unknown below it would be used up with it, unseen. */
function nonceAgain(
  id: string,
  { count, signed, forgotten = [] }: AccountStanding,
  open: readonly number[],
  next: number | null,
): SlotAnswer | undefined {
  const own = forgotten.find(({ effect }) => effect === id);
  if (own === undefined) return undefined;
  const { nonce } = own;
  const below = signed.filter((other) => other >= (next ?? count) && other < nonce);
  if (open.includes(nonce) || below.length > 0)
    return { kind: "quarantined", why: "SIGNED_UNKNOWN", slots: [...below, ...(open.includes(nonce) ? [nonce] : [])] };
  return { kind: "slot", slot: nonce };
}

/**
 * The lowest nonce that is neither used up nor taken. What the signer signed for an unknown effect may be out there, or come out: whoever
 * restored an older store would send over it, or pay twice. A transaction in the pool that nobody here sent is waited for, and then competed
 * with: one of both takes the nonce, and the ledger says which.
 */
function giveNonce(
  { count, pending, signed, forgotten = [], patience }: AccountStanding,
  open: readonly number[],
  next: number | null,
): SlotAnswer {
  const least = next ?? count;
  const unknown = signed.filter((nonce) => nonce >= least);
  if (unknown.length > 0) return { kind: "quarantined", why: "SIGNED_UNKNOWN", slots: unknown };
  // What others wait for that was signed for them is theirs.
  const taken = new Set([...open, ...forgotten.map(({ nonce }) => nonce)]);
  let slot = Math.max(count, least);
  while (taken.has(slot)) slot++;
  // Ours would wait for theirs, of which nobody knows that it comes: they go first.
  const before = forgotten.flatMap(({ nonce }) => (nonce >= count && nonce < slot ? [nonce] : []));
  if (before.length > 0) return { kind: "quarantined", why: "SIGNED_UNKNOWN", slots: before };
  // What was used up is free again: a source that lags, or a reorg below what was final. Nothing is sent before that is known.
  if (isGap({ from: count, to: least, taken })) return { kind: "later", why: "NONCE_GAP" };
  if (pending > slot && patience === "waits") return { kind: "later", why: "FOREIGN_PENDING" };
  return { kind: "slot", slot };
}
