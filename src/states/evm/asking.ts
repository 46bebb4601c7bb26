/**
 * Asking many contracts at one pinned block, in rounds: what a batch of questions leaves open is asked again in the next round, in smaller
 * parts, with more gas or in another way. What is asked next follows from the answers alone, so a replay asks the same.
 */
import type { SourceFailed } from "../../capabilities/evm/failure.ts";
import type { evmRead } from "../../capabilities/evm/read.ts";
import type { Client } from "../../kernel/capability.ts";
import { invariant } from "../../kernel/errors.ts";
import { inParallel } from "./in-parallel.ts";
import type { AtPin } from "./source-failure.ts";

export type Hex = `0x${string}`;

/** Who asks: at which block, and what becomes of a question that no source answers. */
export interface Asker extends AtPin {
  readonly chain: Client<typeof evmRead.methods>;
}

export type Question =
  | { readonly kind: "call"; readonly to: Hex; readonly data: Hex }
  /** The native balance of an account. */
  | { readonly kind: "balance"; readonly account: Hex };

/** What came of one question. */
export type Outcome =
  /** One word. */
  | { readonly kind: "word"; readonly value: bigint }
  /** `size` is of the whole answer in bytes, `head` its beginning. */
  | { readonly kind: "returned"; readonly size: number; readonly head: Hex }
  | { readonly kind: "no_code" }
  | { readonly kind: "reverted" }
  /** It spent all that one question is given, also the second time. */
  | { readonly kind: "out_of_gas" }
  /** No call had room for it. */
  | { readonly kind: "not_attempted" }
  | SourceFailed;

export type Way = "scanner" | "multicall3" | "calls";

/** A question with its place among all of them. */
export interface Item {
  readonly index: number;
  readonly question: Question;
}

export interface Settled {
  readonly index: number;
  readonly outcome: Outcome;
  readonly way: Way;
  /** Whether the call said from inside which block it ran on, and it was the pinned one. */
  readonly attested: boolean;
}

/** What a batch came to: what is settled, and the batches that ask for the rest. */
export interface Step {
  readonly settled: readonly Settled[];
  readonly open: readonly Batch[];
}
export type Batch = () => Promise<Step>;

export interface Asked {
  /** By place of the question. */
  readonly outcomes: readonly Outcome[];
  /** Whether every answer of the chain, if there is any, came attested. */
  readonly attested: boolean;
  /** The best way that led to an answer. */
  readonly via: Way | "none";
}

/** How many batches are asked at the same time; a backend sends them as its sources' limits allow. */
const batchesAtOnce = 64;
/** A batch halves at most 16 times and changes its way or its gas a few times: more rounds than this would be a loop. */
const roundsAtMost = 64;

/** Asks until every one of `count` questions is settled. @throws whatever a batch throws */
export async function askInRounds(count: number, batches: readonly Batch[]): Promise<Asked> {
  const found: (Settled | undefined)[] = Array.from({ length: count });
  let open = batches;
  for (let round = 0; open.length > 0; round++) {
    invariant(round < roundsAtMost, "every round leaves less to ask");
    const steps = await inParallel(open, batchesAtOnce, (batch) => batch());
    for (const settled of steps.flatMap((step) => step.settled)) {
      invariant(found[settled.index] === undefined, "a question is settled once");
      found[settled.index] = settled;
    }
    open = steps.flatMap((step) => step.open);
  }
  const all = found.filter((settled) => settled !== undefined);
  invariant(all.length === count, "every question is settled");
  const answered = all.filter(({ outcome }) => outcome.kind !== "not_attempted" && outcome.kind !== "source_failed");
  return {
    outcomes: all.map(({ outcome }) => outcome),
    attested: answered.every(({ attested }) => attested),
    via: ways.find((way) => answered.some((settled) => settled.way === way)) ?? "none",
  };
}

const ways: readonly Way[] = ["scanner", "multicall3", "calls"];

/** What becomes of a batch that no source answered. */
export function failAll(items: readonly Item[], way: Way, outcome: SourceFailed): Step {
  return { settled: items.map(({ index }) => ({ index, outcome, way, attested: false })), open: [] };
}

/** In two batches of half the size. */
export function halves<T>(items: readonly T[], batch: (items: readonly T[]) => Batch): Batch[] {
  const middle = Math.ceil(items.length / 2);
  return [batch(items.slice(0, middle)), batch(items.slice(middle))];
}

/** In batches of at most `size`. */
export function inBatches<T>(items: readonly T[], size: number, batch: (items: readonly T[]) => Batch): Batch[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, at) => batch(items.slice(at * size, (at + 1) * size)));
}
