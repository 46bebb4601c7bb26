/** The law of effects, watched: what leaves was recorded before, and what a ledger says is what the till's books say. */
import type { Effect } from "../../src/kernel/effects/ledger.ts";
import type { RunId } from "../../src/kernel/names.ts";
import type { Fold } from "../../src/kernel/fold.ts";
import type { Till } from "./till.ts";

type Runs = ReadonlyMap<RunId, { readonly runId: RunId; readonly fold: Fold }>;

/** Every effect of every run that the witness knows. */
function* effectsIn(runs: Runs): Generator<readonly [RunId, Effect, boolean]> {
  for (const { runId, fold } of runs.values()) for (const [, effect] of fold.effects.entries()) yield [runId, effect, fold.ended];
}

/** Whether a candidate under this key was recorded as dispatched. */
export function isDispatched(runs: Runs, key: string): boolean {
  for (const [, { candidates }] of effectsIn(runs))
    if (candidates.some((candidate) => candidate.identity === key && candidate.dispatched)) return true;
  return false;
}

/** Everything in which the ledgers and the books do not agree. */
export function compareBooks(runs: Runs, till: Till): string[] {
  const wrong: string[] = [];
  const known = new Set<string>();
  for (const [runId, effect, ended] of effectsIn(runs)) {
    const keys = effect.candidates.map(({ identity }) => identity);
    for (const key of keys) {
      if (known.has(key)) wrong.push(`${runId}: two effects have the key ${key}`);
      known.add(key);
    }
    const arrived = keys.filter((key) => till.entries.has(key));
    if (arrived.length > 1) wrong.push(`${runId}: an effect was booked under ${arrived.length} keys`);
    const truth = arrived[0] === undefined ? "none" : till.look(arrived[0]).kind;
    const right = claims(effect);
    if (right !== undefined && right !== truth) wrong.push(`${runId}: an effect is ${JSON.stringify(effect)}, and the till says ${truth}`);
    if (ended && right === undefined) wrong.push(`${runId} has ended, and an effect of it is ${effect.is}`);
  }
  for (const key of till.entries.keys()) if (!known.has(key)) wrong.push(`the till booked ${key}, which no run prepared`);
  return wrong;
}

/** What the till must say where an effect is at rest; undefined where it is not. */
function claims(effect: Effect): "none" | "booked" | "refused" | undefined {
  if (effect.is === "abandoned") return "none";
  if (effect.is !== "settled") return undefined;
  return effect.outcome.kind === "success" ? "booked" : effect.outcome.kind === "reverted" ? "refused" : "none";
}
