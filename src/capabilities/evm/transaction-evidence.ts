/** What sources say about the candidates of an EVM transaction, one by one: nothing is concluded in it. `transaction-weigh.ts` does that. */
import * as z from "zod";
import { hash, uint256 } from "../../kernel/codecs.ts";
import { blockRef } from "./block.ts";
import { sourceRef } from "./failure.ts";
import { receipt } from "./read.ts";
import { logsLeftOut } from "./transaction-intent.ts";

/** What a pool said to a transaction that was sent to it. */
export const poolAnswer = z.enum([
  "accepted",
  /** It has exactly this one. */
  "known",
  "nonce_too_low",
  "nonce_too_high",
  "replacement_underpriced",
  /** Below what the pool takes at all. */
  "underpriced",
  "fee_below_base",
  "insufficient_funds",
  /** One transaction at a time of an account with code by EIP-7702. */
  "in_flight_limit",
  /** The account has transactions of another kind in the pool (blobs). */
  "already_reserved",
  "pool_full",
  "gas_too_low",
  "gas_too_high",
  "too_large",
  "wrong_chain",
  "unsupported_type",
  /** The pool may not or will not take it: a ban list, a check of its own. */
  "denied",
  /** No answer that says what became of it. */
  "unclear",
]);
export type PoolAnswer = z.output<typeof poolAnswer>;

/** One candidate, as one source knows it. */
const lookup = z.discriminatedUnion("found", [
  /** It has a receipt, which names this block. */
  z.strictObject({ transactionHash: hash, found: z.literal("included"), block: blockRef }),
  z.strictObject({ transactionHash: hash, found: z.literal("pending") }),
  z.strictObject({ transactionHash: hash, found: z.literal("unknown") }),
]);

/** What one source says. The blocks were read after everything else. */
export const sourceView = z.strictObject({
  source: sourceRef,
  head: blockRef,
  /** Of the block at the head. */
  baseFeePerGas: uint256,
  /** The same with what its pool has without a gap; asked where the count is below the nonce. */
  pending: z.int().min(0).optional(),
  /** The newest block that counts as final by the intent's policy; absent where it names none. */
  final: blockRef.optional(),
  /** The account's nonces that are used up at the head. */
  count: z.int().min(0),
  lookups: z.array(lookup).max(64),
  /** The canonical blocks at the heights in question. */
  blocks: z.array(blockRef).max(64),
});
export type SourceView = z.output<typeof sourceView>;

/** Who used up the nonce: a transaction of the sender, an authorization that it signed (EIP-7702), or nobody who is known. */
const consumer = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("transaction"),
    hash,
    /** What was intended, nothing (as a cancel), or something else; absent in histories of before this was told apart. */
    does: z.enum(["intent", "nothing", "other"]).optional(),
  }),
  z.strictObject({ kind: z.literal("authorization"), hash }),
  z.strictObject({ kind: z.literal("unattributed") }),
]);

/** How it is known what stands in the blocks; absent in histories of before this was told apart. */
const provenance = {
  /** `root`: their transactions lead to the roots in their headers, and one that is the account's to its signature. `reported`: the source says so. */
  proof: z.enum(["root", "reported"]).optional(),
  /** Whether state proofs lead from the counts to the roots in the headers; absent where a transaction of the account with the nonce was found, which needs none. */
  counts: z.enum(["proven", "reported"]).optional(),
  /** Another source that said the same. */
  agreedBy: sourceRef.optional(),
};

/** That the nonce was used up, and where. */
export const consumption = z.discriminatedUnion("kind", [
  /** The one block in which the count went past the nonce, read whole. */
  z.strictObject({
    kind: z.literal("block"),
    block: blockRef,
    countBefore: z.int().min(0),
    countAfter: z.int().min(0),
    /** Every transaction of the block. */
    transactions: z.array(hash).max(12_000),
    consumer,
    ...provenance,
  }),
  /** Every block after one at which the nonce was free, read whole, up to one after which it was used up; for sources without old state. */
  z.strictObject({
    kind: z.literal("blocks"),
    /** Known from the first candidate: its market's. */
    first: blockRef,
    last: blockRef,
    countAfter: z.int().min(0),
    /** Candidates that stand in one of them. */
    ours: z.array(hash).max(64),
    consumer,
    ...provenance,
  }),
]);
export type Consumption = z.output<typeof consumption>;

export const transactionEvidence = z.strictObject({
  /** What pools said, where it was sent. */
  answers: z.array(z.strictObject({ source: sourceRef, answer: poolAnswer })).max(16),
  views: z.array(sourceView).max(16),
  /** Of the candidate that was found included. */
  receipt: receipt.extend({ logsLeftOut }).optional(),
  consumed: consumption.optional(),
});
export type TransactionEvidence = z.output<typeof transactionEvidence>;
