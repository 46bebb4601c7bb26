/** What is held against the chain at the end: at most one candidate of a step is ever included, and every ledger says what the chain says. */
import { sweep } from "../../../src/app/sweep/sweep.ts";
import type { EffectEvent, RunEvent } from "../../../src/kernel/events.ts";
import type { Registry } from "../../../src/kernel/registry.ts";
import { loadFold, openStoredEvent } from "../../../src/kernel/runtime/history.ts";
import type { Store } from "../../../src/kernel/store.ts";
import { readHistory } from "../../../src/kernel/verify/history.ts";
import { verifyHistory } from "../../../src/kernel/verify/verify.ts";
import type { SimulatedChain } from "./chain.ts";
import { claimsOf, judgePayments, receiptsOf } from "./judge-payments.ts";
import { recoverSimulated } from "./people.ts";

interface Candidate {
  readonly identity: string;
  readonly isCancel: boolean;
}

export interface World {
  /** Hashes of all that any node was ever sent. */
  readonly arrived: ReadonlySet<string>;
  /** Whether a backup took the store's place: then there may be transactions of ours that no history has. */
  readonly isRestored: boolean;
}

/** Everything in which a ledger and the chain do not agree. */
export async function judgeChain(store: Store, registry: Registry, chain: SimulatedChain, world: World): Promise<string[]> {
  const wrong: string[] = [];
  for (const { where, what } of (await sweep(store, "look")).found) wrong.push(`${where}: ${what}`);
  const receipts = receiptsOf(chain);
  for (const { run } of await store.listRuns({ limit: 1000 })) {
    const events = (await store.readEvents(run.runId, 0, 100_000)).map((stored) => openStoredEvent(run.runId, stored).event);
    const { spec } = await loadFold(store, run.runId, { trustSnapshot: false });
    wrong.push(...judgePayments(claimsOf({ run, spec }, events), receipts, world.isRestored));
    for (const [step, own] of byStep(events)) wrong.push(...judgeStep(`${run.runId} ${step}`, own, chain, world.arrived));
    const report = await verifyHistory(await readHistory(store, run.runId), registry, { recoverSigner: recoverSimulated }).catch(
      (error: unknown) => String(error),
    );
    if (typeof report === "string" || report.result !== "verified") wrong.push(`${run.runId} does not verify: ${JSON.stringify(report)}`);
  }
  return wrong;
}

function byStep(events: readonly RunEvent[]): Map<string, EffectEvent[]> {
  const steps = new Map<string, EffectEvent[]>();
  for (const event of events) {
    if (!event.type.startsWith("Effect")) continue;
    const effect = event as EffectEvent;
    const { step } = effect.data;
    steps.set(step, [...(steps.get(step) ?? []), effect]);
  }
  return steps;
}

function judgeStep(where: string, events: readonly EffectEvent[], chain: SimulatedChain, arrived: ReadonlySet<string>): string[] {
  const wrong: string[] = [];
  const all: Candidate[] = [];
  let own: Candidate[] = [];
  let roles: boolean[] = [];
  const isThere = ({ identity }: Candidate): boolean => chain.blockWith(identity) !== undefined;
  for (const { type, data } of events) {
    if (type === "EffectIntended") {
      own = [];
      roles = [];
    }
    if (type === "EffectPrepared") roles.push(data.role === "cancel");
    if (type === "EffectDispatched") own.push({ identity: data.seal?.identity ?? "", isCancel: roles.at(-1) === true });
    if (type === "EffectDispatched") all.push(...own.slice(-1));
    if (type === "EffectAbandoned" && own.some(({ identity }) => arrived.has(identity)))
      wrong.push(`${where}: abandoned, and a node was sent it`);
    if (type !== "EffectSettled") continue;
    const there = own.filter(isThere);
    const expected = { success: 1, reverted: 1, cancelled: 1, superseded: 0 }[data.outcome.kind];
    if (there.length !== expected) wrong.push(`${where}: settled ${data.outcome.kind}, and ${there.length} candidates are on the chain`);
    if (there[0] !== undefined && there[0].isCancel !== (data.outcome.kind === "cancelled"))
      wrong.push(`${where}: settled ${data.outcome.kind}, and another candidate is on the chain`);
    const isReverted = there[0] !== undefined && !there[0].isCancel && chain.reverts(there[0].identity);
    if (isReverted !== (data.outcome.kind === "reverted"))
      wrong.push(`${where}: settled ${data.outcome.kind}, and on the chain it ${isReverted ? "reverts" : "does not"}`);
  }
  const paid = all.filter((candidate) => !candidate.isCancel && isThere(candidate));
  if (paid.length > 1) wrong.push(`${where}: paid ${paid.length} times`);
  if (new Set(all.map(({ identity }) => identity)).size !== all.length) wrong.push(`${where}: a candidate was dispatched twice`);
  return wrong;
}
