/**
 * What one scan of a network read: a sum type for every balance, never a bare number (DESIGN 9, Reads). A failed read, an absent contract and
 * zero are three different things.
 */
import * as z from "zod";
import { sourceFailure } from "../../capabilities/evm/failure.ts";
import { address, bytes, networkId, uint256 } from "../../kernel/codecs.ts";

/** A token to look at. `symbol` and `decimals` are what a list claims of it: compared with the chain, never believed. */
export const token = z.strictObject({
  address,
  symbol: z.string().min(1).max(64).optional(),
  decimals: z.int().min(0).max(255).optional(),
});
export type Token = z.output<typeof token>;

export const asset = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("native") }),
  z.strictObject({ kind: z.literal("erc20"), address }),
]);
export type Asset = z.output<typeof asset>;

const failures = z.array(sourceFailure).max(64);

/** What a chain can say of a balance, except zero. */
const chainAnswers = [
  z.strictObject({ kind: z.literal("ok"), value: uint256 }),
  /** No contract stands at the address. */
  z.strictObject({ kind: z.literal("no_code") }),
  /** `out_of_gas`: it spent all that a single token is given, also on a second, more generous call. */
  z.strictObject({ kind: z.literal("reverted"), cause: z.enum(["revert", "out_of_gas"]) }),
  /** An answer of another size than one word; `head` is its beginning. 524288 without a head: too large to be read. */
  z.strictObject({ kind: z.literal("malformed"), size: z.int().min(0), head: bytes }),
  /** No call had room for it. */
  z.strictObject({ kind: z.literal("not_attempted") }),
] as const;

export const answer = z.discriminatedUnion("kind", [...chainAnswers, z.strictObject({ kind: z.literal("source_failed"), failures })]);
export type Answer = z.output<typeof answer>;

/** The same for whoever reads a snapshot: it names no source. */
export const publicAnswer = z.discriminatedUnion("kind", [...chainAnswers, z.strictObject({ kind: z.literal("source_failed") })]);
export type PublicAnswer = z.output<typeof publicAnswer>;

/** A text that a contract gave of itself: as it says, at most 128 characters of it; hostile characters are for whoever shows it. */
export const claimedText = z.discriminatedUnion("kind", [
  /** `bytes32`: the old form of some tokens, read up to the first zero byte. `cut`: it was longer. */
  z.strictObject({ kind: z.literal("ok"), text: z.string().max(128), form: z.enum(["string", "bytes32"]), cut: z.boolean() }),
  z.strictObject({ kind: z.literal("unreadable"), why: z.enum(["reverted", "malformed", "not_attempted", "source_failed"]) }),
]);
export type ClaimedText = z.output<typeof claimedText>;

export const claimedDecimals = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ok"), decimals: z.int().min(0).max(36) }),
  /** Above 36, or no uint8 at all. */
  z.strictObject({ kind: z.literal("unusable"), value: uint256 }),
  z.strictObject({ kind: z.literal("unreadable"), why: z.enum(["reverted", "malformed", "not_attempted", "source_failed"]) }),
]);

export type ClaimedDecimals = z.output<typeof claimedDecimals>;

/** What a token says of itself at the pinned block. Read for tokens of which an account holds something. */
export const tokenFacts = z.strictObject({ address, decimals: claimedDecimals, symbol: claimedText, name: claimedText });
export type TokenFacts = z.output<typeof tokenFacts>;

export const reading = z.strictObject({ account: address, asset, answer });
export type Reading = z.output<typeof reading>;

/** One page: some tokens of one network for all accounts, and in one page of the network the native balances. */
export const readings = z.strictObject({
  network: networkId,
  /** Whether the reads said, from inside the call, which block they ran on, and it was the pinned one. */
  attested: z.boolean(),
  via: z.enum(["scanner", "multicall3", "calls", "none"]),
  readings: z.array(reading).max(20_000),
  /** Everything that was looked at and has no reading answered zero; here by account. */
  zero: z.array(z.strictObject({ account: address, native: z.boolean(), tokens: z.array(address).max(10_000) })).max(1000),
  tokens: z.array(tokenFacts).max(10_000),
});
export type Readings = z.output<typeof readings>;

/** Balances that a state proof bears out, by account and asset. */
export const proofs = z.strictObject({
  network: networkId,
  proven: z.array(z.strictObject({ account: address, asset })).max(20_000),
});
export type Proofs = z.output<typeof proofs>;
