/** Why a source gave no answer: what a backend found out, in words of a closed list. It enters history, so it holds no free text and no URL. */
import * as z from "zod";

/** What went wrong with one source. */
export const failureReason = z.enum([
  /** It is on another chain than the network's. */
  "wrong_chain",
  /** It does not have the block, or not the state of that block any more. */
  "no_block",
  /** It answered about another block than it was asked for. */
  "wrong_block",
  /** It could not be reached, or the connection broke. */
  "unreachable",
  "timeout",
  /** 429, or its JSON-RPC equivalent, beyond the patience of the time limit. */
  "rate_limited",
  /** A 5xx, or its JSON-RPC equivalent. */
  "unavailable",
  /** 401 or 403. */
  "unauthorized",
  /** The answer is not what the method's schema says, or not JSON at all. */
  "malformed",
  /** The answer is larger than this build reads. */
  "too_large",
  /** A state proof that does not verify. */
  "bad_proof",
  /** A method that it does not have. */
  "unsupported",
  /** Any other refusal. */
  "refused",
]);
export type FailureReason = z.output<typeof failureReason>;

/** A source's name in the configuration, never its URL. */
export const sourceRef = z.string().min(1).max(64);

export const sourceFailure = z.strictObject({ source: sourceRef, reason: failureReason });
export type SourceFailure = z.output<typeof sourceFailure>;

/** No source gave an answer: each that was tried, in order, with its last reason. Empty: nobody configured one. */
export const sourceFailed = z.strictObject({ kind: z.literal("source_failed"), failures: z.array(sourceFailure).max(64) });
export type SourceFailed = z.output<typeof sourceFailed>;

/** The block that the question names is on the canonical chain no more: another stands at its number. */
export const blockLost = z.strictObject({ kind: z.literal("block_lost") });
export type BlockLost = z.output<typeof blockLost>;
