/**
 * What the receivers got, by the chain's own account, held against what a run claims: no payment happens twice, what ended well is paid, and of a
 * run that pays back, each payment is paid back once or is what people have decided about.
 */
import type { RunEvent } from "../../../src/kernel/events.ts";
import { isJsonObject } from "../../../src/kernel/json.ts";
import type { Run } from "../../../src/kernel/run.ts";
import { type Spec, type Step, undoneBy } from "../../../src/kernel/spec.ts";
import type { SimulatedChain } from "./chain.ts";

/** What a run was to do, and what it says of it. */
export interface Claims {
  readonly run: Pick<Run, "runId" | "status">;
  readonly spec: Pick<Spec, "steps" | "saga">;
  /** How often the ledger says that it happened, by step. */
  readonly claimed: ReadonlyMap<string, number>;
  /** The steps of which a ledger cannot know what became of them in a history that was lost. */
  readonly unclear: ReadonlySet<string>;
  /** The steps about whose payments people have decided. */
  readonly decided: ReadonlySet<string>;
}

export function claimsOf({ run, spec }: Pick<Claims, "run" | "spec">, events: readonly RunEvent[]): Claims {
  const claimed = new Map<string, number>();
  for (const event of events)
    if (event.type === "EffectSettled" && event.data.outcome.kind === "success")
      claimed.set(event.data.step, (claimed.get(event.data.step) ?? 0) + 1);
  // What is given up before its turn, nobody asks about in a history that was lost (docs/effects.md, case 47).
  const unclear = new Set(spec.steps.map(({ key }) => key));
  for (const event of events) {
    if (event.type === "EffectIntended") unclear.delete(event.data.step);
    const isGivenUp =
      (event.type === "EffectAbandoned" && event.data.why.kind !== "refused") ||
      (event.type === "EffectSettled" && event.data.outcome.kind === "superseded");
    if (event.type === "EffectAmbiguous" || isGivenUp) unclear.add(event.data.step);
  }
  const decided = events.flatMap((event) => (event.type === "ResolutionRecorded" ? event.data.decisions.map(({ step }) => step) : []));
  return { run, spec, claimed, unclear, decided: new Set(decided) };
}

/** How many transactions of the chain as it is went to each address, and did not revert. */
export type Receipts = ReadonlyMap<string, number>;

export function receiptsOf(chain: SimulatedChain): Receipts {
  const receipts = new Map<string, number>();
  for (let number = 0; number <= chain.height; number++)
    for (const { to = "", hash } of chain.blockAt(number)?.transactions ?? []) {
      if (chain.reverts(hash)) continue;
      const receiver = to.toLowerCase();
      receipts.set(receiver, (receipts.get(receiver) ?? 0) + 1);
    }
  return receipts;
}

/**
 * `isRestored`: what a backup has forgotten may have happened. Then a ledger that cannot know must say so, and people decide; what is paid twice
 * is wrong all the same, and so is a claim of what never happened.
 */
export function judgePayments({ run, spec, claimed, unclear, decided }: Claims, receipts: Receipts, isRestored = false): string[] {
  const wrong: string[] = [];
  const [paid, back] = [new Set<string>(), new Set<string>()];
  let isForgetful = false;
  for (const step of spec.steps) {
    const receiver = receiverOf(step);
    if (receiver === undefined) continue;
    const times = receipts.get(receiver.toLowerCase()) ?? 0;
    if (times > 1) wrong.push(`${run.runId} ${step.key}: happened ${times} times`);
    const isAsClaimed = times === (claimed.get(step.key) ?? 0);
    const isForgotten = isRestored && times === 1 && unclear.has(step.key);
    isForgetful ||= !isAsClaimed && isForgotten;
    if (!isAsClaimed && !isForgotten) wrong.push(`${run.runId} ${step.key}: happened ${times} times, which is not what its ledger says`);
    const undone = undoneBy(step);
    if (times > 0) (undone === undefined ? paid : back).add(undone ?? step.key);
  }
  if (spec.saga.policy === "compensate" && !isForgetful)
    wrong.push(...judgeReturns(run, { paid, back, decided }).map((what) => `${run.runId}: ${what}`));
  return wrong;
}

function receiverOf(step: Step): string | undefined {
  if (step.kind !== "state" || !isJsonObject(step.config)) return undefined;
  const { to } = step.config;
  return typeof to === "string" ? to : undefined;
}

interface Returns {
  readonly paid: ReadonlySet<string>;
  /** Steps whose payment was paid back. */
  readonly back: ReadonlySet<string>;
  readonly decided: ReadonlySet<string>;
}

function judgeReturns({ status }: Claims["run"], { paid, back, decided }: Returns): string[] {
  const never = [...back].filter((step) => !paid.has(step));
  const standing = [...paid].filter((step) => !back.has(step));
  const wrong = never.map((step) => `${step} was paid back, and never paid`);
  const expect = (holds: boolean): void => {
    if (!holds)
      wrong.push(`${status}, with ${[...paid].join()} paid, ${[...back].join()} paid back and ${[...decided].join()} decided about`);
  };
  if (status === "succeeded") expect(back.size === 0);
  else if (status === "compensated") expect(paid.size > 0 && standing.length === 0);
  else if (status === "resolved") expect(standing.length === decided.size && standing.every((step) => decided.has(step)));
  else expect(paid.size === 0 && back.size === 0);
  return wrong;
}
