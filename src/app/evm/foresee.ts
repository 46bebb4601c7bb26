/**
 * Simulating what stands on transactions before it: all that is planned, in its order, one after the other, on top of the block of the plan.
 * What the run will find out itself before it sends is only foreseen here: where nobody can say, that is no problem.
 */
import { MfmError } from "../../kernel/errors.ts";
import { decodeRevert, wordsOfRevert } from "../../states/evm/revert.ts";
import { failAttempt, limitGas } from "../../states/evm/simulation.ts";
import { type Outcome, type Simulated, mostSimulated } from "../../transports/evm/simulate-sequence.ts";
import type { Live } from "./live.ts";
import type { Attempt, Later, PlanSubject, Proposed, Unforeseen } from "./proposed.ts";

type Hex = `0x${string}`;

/** One of what is planned, and what was found of it. */
export interface Tried<Found> {
  readonly one: Proposed;
  readonly found: Found;
}

/** What stands on nothing keeps what was found of it alone. */
export async function foresee(
  asking: Live,
  { network, from, terms, scene }: PlanSubject,
  tried: readonly Tried<Attempt | Later>[],
): Promise<Tried<Attempt>[]> {
  const unforeseen = (why: Unforeseen): Tried<Attempt>[] =>
    tried.map(({ one, found }) => ({ one, found: isLater(found) ? { why, after: found.after } : found }));
  // Nobody is asked where there are none.
  if (!tried.some(({ found }) => isLater(found))) return unforeseen("unanswered");
  const counted = await asking.chain.nonce({ network, account: from, at: scene.at });
  if (counted.kind !== "ok") return failAttempt(counted, network);
  // One more than it has: some nodes can create with the nonce after one only.
  const { transactions, placed } = scriptOf(tried, Number(counted.nonce) + 1);
  if (transactions.length > mostSimulated) return unforeseen("too_many");
  const answer = await asking.sequence(network, { at: scene.at, from, transactions });
  if (answer.kind !== "ok") return unforeseen(answer.kind === "unsupported" ? "unsupported" : "unanswered");
  let failed = false;
  return placed.map(({ one, found: known, place }) => {
    const found = isLater(known) ? attemptOf(known, place, { outcomes: answer.outcomes, failed, terms, scene }) : known;
    failed ||= "problem" in found;
    return { one, found };
  });
}

function isLater(found: Attempt | Later): found is Later {
  return "kind" in found;
}

/** Where of the script a proposed transaction is, and where what is asked before it. */
interface Place {
  readonly at: number;
  readonly unless: { readonly at: number; readonly holds: (returned: Hex) => boolean } | undefined;
}

/** Every transaction has the nonce after the one before, as they would be sent; what is asked before one uses up none. */
function scriptOf(
  tried: readonly Tried<Attempt | Later>[],
  first: number,
): { readonly transactions: readonly Simulated[]; readonly placed: readonly (Tried<Attempt | Later> & { readonly place: Place })[] } {
  const transactions: Simulated[] = [];
  const placed = tried.map(({ one, found }, index) => {
    const nonce = first + index;
    const { action, unless } = isLater(found) ? found.bind(first) : { action: one.action };
    if (unless !== undefined) transactions.push({ nonce, to: unless.to, value: 0n, data: unless.data });
    transactions.push({ nonce, ...action });
    const at = transactions.length - 1;
    return { one, found, place: { at, unless: unless === undefined ? undefined : { at: at - 1, holds: unless.holds } } };
  });
  return { transactions, placed };
}

interface Answered extends Pick<PlanSubject, "terms" | "scene"> {
  readonly outcomes: readonly Outcome[];
  /** Whether something before it fails. */
  readonly failed: boolean;
}

function attemptOf({ after, abi }: Later, { at, unless }: Place, { outcomes, failed, terms, scene }: Answered): Attempt {
  if (failed) return { why: "fails_before", after };
  const asked = unless === undefined ? undefined : outcomes[unless.at];
  if (asked?.kind === "done" && unless?.holds(asked.returned) === true) return { why: "holds_by_then", after };
  const outcome = outcomes[at];
  switch (outcome?.kind) {
    case "done":
      return limited(outcome.gas, terms);
    case "reverted": {
      const message = `it would revert after what comes before it, on top of block ${scene.at.number}: ${wordsOfRevert(decodeRevert(outcome.data, abi))}`;
      return { problem: { code: "SIMULATION_REVERTED", message } };
    }
    default:
      // All of them together may be too much for one question: that says nothing of one.
      return { why: "unanswered", after };
  }
}

function limited(estimate: bigint, { gas }: PlanSubject["terms"]): Attempt {
  try {
    return { gas: limitGas(estimate, gas), expectedGas: estimate };
  } catch (error) {
    if (error instanceof MfmError) return { problem: { code: error.code, message: error.message } };
    throw error;
  }
}
