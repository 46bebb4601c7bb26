/**
 * What a candidate may pay: by policy and market for the first, and over all that were prepared before for every other one. Pure, all in wei
 * per gas. @see https://eips.ethereum.org/EIPS/eip-1559
 */
import type * as z from "zod";
import type { Json } from "../../kernel/json.ts";
import { isPlainObject } from "../../kernel/json.ts";
import { codecs } from "../../kernel/codecs.ts";
import type { Market } from "./transaction-envelope.ts";
import type { feePolicy } from "./transaction-intent.ts";

export type FeePolicy = z.output<typeof feePolicy>;

export interface Caps {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** The caps that a candidate has to have, or why there are none. */
export type CapsAnswer =
  | { readonly kind: "caps"; readonly caps: Caps }
  /** Pools would need more than the policy's ceilings allow. */
  | { readonly kind: "ceiling"; readonly needed: Caps }
  /** What somebody asked for is not readable, or is not over what was prepared before. */
  | { readonly kind: "refused"; readonly reason: string };

export interface Pricing {
  readonly policy: FeePolicy;
  readonly market: Pick<Market, "baseFeePerGas" | "priorityFeePerGas">;
  readonly role: "first" | "replacement" | "cancel";
  /** Of every candidate before, dispatched or not: any of them may have been signed. */
  readonly before: readonly Caps[];
  /** `{maxFeePerGas?, maxPriorityFeePerGas?}` as decimal strings: caps that an operator names, also over the ceilings. */
  readonly terms: Json | null;
}

/** Of the cap, what is not the tip goes back where the base fee is lower: a node that makes up a base fee costs nothing. */
const boundless = 2n ** 128n;

/** The one answer to which caps a candidate gets. */
export function decideCaps({ policy, market, role, before, terms }: Pricing): CapsAnswer {
  const named = readTerms(terms);
  if (named === undefined) return { kind: "refused", reason: "the terms are not {maxFeePerGas?, maxPriorityFeePerGas?} in decimal digits" };
  const floor = raiseOver(before);
  const wanted = highest([capsByPolicy(role === "cancel" ? { ...policy, maxFeePerGas: boundless } : policy, market), floor]);
  const caps = { ...wanted, ...named };
  if (caps.maxFeePerGas < floor.maxFeePerGas || caps.maxPriorityFeePerGas < floor.maxPriorityFeePerGas)
    return { kind: "refused", reason: "pools take a candidate in place of another only where both caps are an eighth higher" };
  if (caps.maxPriorityFeePerGas > caps.maxFeePerGas) return { kind: "refused", reason: "the tip is over maxFeePerGas" };
  // A cancel is what ends the matter: it follows the market over the ceiling, at the least gas that there is. Its tip does not, which is paid.
  if (role === "cancel") return { kind: "caps", caps };
  const isOver = (name: keyof Caps): boolean => named[name] === undefined && caps[name] > policy[name];
  return isOver("maxFeePerGas") || isOver("maxPriorityFeePerGas") ? { kind: "ceiling", needed: caps } : { kind: "caps", caps };
}

/** The caps by policy and market alone, within the ceilings. */
export function capsByPolicy(policy: FeePolicy, { baseFeePerGas, priorityFeePerGas }: Pricing["market"]): Caps {
  const tip = least(greatest(priorityFeePerGas, policy.minPriorityFeePerGas), policy.maxPriorityFeePerGas);
  const headroom = divideUp(baseFeePerGas * BigInt(policy.baseFeePercent), 100n);
  const maxFeePerGas = least(headroom + tip, policy.maxFeePerGas);
  return { maxFeePerGas, maxPriorityFeePerGas: least(tip, maxFeePerGas) };
}

/** The least that every pool takes in place of this: an eighth more, and 1 wei at least. Pools ask for a tenth, and round in their own ways. */
export function bump({ maxFeePerGas, maxPriorityFeePerGas }: Caps): Caps {
  const raise = (fee: bigint): bigint => greatest(fee + 1n, divideUp(fee * 9n, 8n));
  return { maxFeePerGas: raise(maxFeePerGas), maxPriorityFeePerGas: raise(maxPriorityFeePerGas) };
}

/** What is over each of these; zero where there are none. */
export function raiseOver(before: readonly Caps[]): Caps {
  return highest(before.map(bump));
}

function highest(all: readonly Caps[]): Caps {
  return {
    maxFeePerGas: all.reduce((most, { maxFeePerGas }) => greatest(most, maxFeePerGas), 0n),
    maxPriorityFeePerGas: all.reduce((most, { maxPriorityFeePerGas }) => greatest(most, maxPriorityFeePerGas), 0n),
  };
}

function readTerms(terms: Json | null): Partial<Caps> | undefined {
  if (terms === null) return {};
  if (!isPlainObject(terms)) return undefined;
  const read: { -readonly [name in keyof Caps]?: bigint } = {};
  for (const [name, value] of Object.entries(terms)) {
    const fee = codecs.uint256.decode(value) as bigint | undefined;
    if ((name !== "maxFeePerGas" && name !== "maxPriorityFeePerGas") || fee === undefined) return undefined;
    read[name] = fee;
  }
  return read;
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

function greatest(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
