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

/** By place of the proposed; of those that stand on nothing, what was found before. */
export async function foresee(
  asking: Live,
  { network, from, terms, scene }: PlanSubject,
  { proposed, tried }: { readonly proposed: readonly Proposed[]; readonly tried: readonly (Attempt | undefined)[] },
): Promise<(Attempt | undefined)[]> {
  const fill = (why: Unforeseen): (Attempt | undefined)[] =>
    proposed.map((one, index) => tried[index] ?? (one.later === undefined ? undefined : { why, after: one.later.after }));
  const counted = await asking.chain.nonce({ network, account: from, at: scene.at });
  if (counted.kind !== "ok") return failAttempt(counted, network);
  // One more than it has: some nodes can create with the nonce after one only.
  const { transactions, places } = scriptOf(proposed, Number(counted.nonce) + 1);
  if (transactions.length > mostSimulated) return fill("too_many");
  const answer = await asking.sequence(network, { at: scene.at, from, transactions });
  if (answer.kind !== "ok") return fill(answer.kind === "unsupported" ? "unsupported" : "unanswered");
  let failed = false;
  return proposed.map(({ later }, index) => {
    const place = places[index];
    const found =
      later === undefined || place === undefined
        ? tried[index]
        : attemptOf(later, place, { outcomes: answer.outcomes, failed, terms, scene });
    failed ||= found !== undefined && "problem" in found;
    return found;
  });
}

/** Where of the script a proposed transaction is, and where what is asked before it. */
interface Place {
  readonly at: number;
  readonly unless: { readonly at: number; readonly holds: (returned: Hex) => boolean } | undefined;
}

/** Every transaction has the nonce after the one before, as they would be sent; what is asked before one uses up none. */
function scriptOf(
  proposed: readonly Proposed[],
  first: number,
): { readonly transactions: readonly Simulated[]; readonly places: readonly Place[] } {
  const transactions: Simulated[] = [];
  const places = proposed.map(({ action: known, later }, index): Place => {
    const nonce = first + index;
    const { action, unless } = later?.bind(first) ?? { action: known };
    if (unless !== undefined) transactions.push({ nonce, to: unless.to, value: 0n, data: unless.data });
    transactions.push({ nonce, ...action });
    const at = transactions.length - 1;
    return { at, unless: unless === undefined ? undefined : { at: at - 1, holds: unless.holds } };
  });
  return { transactions, places };
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
