/**
 * What the receivers got, by the chain's own account, held against what a run claims: no payment happens twice, what ended well is paid, and of a
 * run that pays back, each payment is paid back once or is what people have decided about.
 */
import type { RunEvent } from "../../../src/kernel/events.ts";
import { isJsonObject } from "../../../src/kernel/json.ts";
import type { Run } from "../../../src/kernel/run.ts";
import { type Spec, type Step, undoneBy } from "../../../src/kernel/spec.ts";
import type { SimulatedChain } from "./chain.ts";

export interface PayingHistory {
  readonly run: Run;
  readonly spec: Spec;
  readonly events: readonly RunEvent[];
}

/** How many transactions of the chain as it is went to each address. */
export type Receipts = ReadonlyMap<string, number>;

export function receiptsOf(chain: SimulatedChain): Receipts {
  const receipts = new Map<string, number>();
  for (let number = 0; number <= chain.height; number++)
    for (const { to = "" } of chain.blockAt(number)?.transactions ?? []) {
      const receiver = to.toLowerCase();
      receipts.set(receiver, (receipts.get(receiver) ?? 0) + 1);
    }
  return receipts;
}

export function judgePayments({ run, spec, events }: PayingHistory, receipts: Receipts): string[] {
  const wrong: string[] = [];
  const [paid, back] = [new Set<string>(), new Set<string>()];
  const claimed = new Map<string, number>();
  for (const event of events)
    if (event.type === "EffectSettled" && event.data.outcome.kind === "success")
      claimed.set(event.data.step, (claimed.get(event.data.step) ?? 0) + 1);
  for (const step of spec.steps) {
    const receiver = receiverOf(step);
    if (receiver === undefined) continue;
    const times = receipts.get(receiver.toLowerCase()) ?? 0;
    if (times > 1) wrong.push(`${run.runId} ${step.key}: happened ${times} times`);
    if (times !== (claimed.get(step.key) ?? 0))
      wrong.push(`${run.runId} ${step.key}: happened ${times} times, which is not what its ledger says`);
    const undone = undoneBy(step);
    if (times > 0) (undone === undefined ? paid : back).add(undone ?? step.key);
  }
  if (spec.saga.policy === "compensate")
    wrong.push(...judgeReturns(run, { paid, back, decided: decidedIn(events) }).map((what) => `${run.runId}: ${what}`));
  return wrong;
}

function receiverOf(step: Step): string | undefined {
  if (step.kind !== "state" || !isJsonObject(step.config)) return undefined;
  const { to } = step.config;
  return typeof to === "string" ? to : undefined;
}

/** The steps about whose payments people have decided. */
function decidedIn(events: readonly RunEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => (event.type === "ResolutionRecorded" ? event.data.decisions.map(({ step }) => step) : [])));
}

interface Returns {
  readonly paid: ReadonlySet<string>;
  /** Steps whose payment was paid back. */
  readonly back: ReadonlySet<string>;
  readonly decided: ReadonlySet<string>;
}

function judgeReturns({ status }: Run, { paid, back, decided }: Returns): string[] {
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
