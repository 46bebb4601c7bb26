/** The end of a write step whose effect is at rest. */
import { jsonArtifact, jsonRef } from "../artifacts.ts";
import { deriveEffectId } from "../effects/evidence.ts";
import { mayRenew } from "../effects/rules.ts";
import type { Effect } from "../effects/ledger.ts";
import { invariant } from "../errors.ts";
import { concludeState, failureOf } from "../execute.ts";
import type { Json } from "../json.ts";
import { failureCodeOf } from "../step-rules.ts";
import type { Context } from "./context.ts";
import type { Landing, StepWork } from "./flight.ts";

/** The output that the state makes of the settlement (`settled`, where it is at hand), or the failure that the effect came to. */
export async function conclude(context: Context, given: StepWork, effect: Effect, settled?: Json): Promise<Landing> {
  const { runId, step, state, attempt } = given;
  const at = { runId, step: step.key, attempt };
  const fail = (code: string): Landing => ({
    drafts: [{ type: "StepFailed", data: { step: step.key, attempt, code, advice: "never", retry: { kind: "no" } } }],
    artifacts: [],
  });
  if (effect.is !== "settled" || effect.outcome.kind !== "success") {
    const code = failureCodeOf(effect);
    invariant(typeof code === "string", "only a step whose effect is at rest is concluded");
    const renewal = given.isEnding ? undefined : await renewalOf(given, effect);
    if (renewal !== undefined) return renewal;
    context.watch({ kind: "step.before", ...at, timeLimitMs: step.timeLimitMs });
    context.watch({ kind: "step.after", ...at, failure: { code, cause: undefined } });
    return fail(code);
  }
  const [input, intent] = [await given.input(), await given.read(effect.intent)];
  const settlement = settled ?? (await given.read(effect.outcome.settlement));
  context.watch({ kind: "step.before", ...at, timeLimitMs: step.timeLimitMs });
  try {
    const { ref, artifact } = jsonArtifact("value", concludeState(state, { config: step.config, input, intent, settlement }));
    context.watch({ kind: "step.after", ...at, failure: null });
    const data = { step: step.key, attempt: 1, output: ref, facts: [] };
    return { drafts: [{ type: "StepCompleted", data }], artifacts: [artifact] };
  } catch (cause) {
    const { code } = failureOf(cause);
    context.watch({ kind: "step.after", ...at, failure: { code, cause } });
    return fail(code);
  }
}

/** The same intent anew, where the effect was superseded and its kind says that nobody needs to be asked. */
async function renewalOf({ runId, step, state, attempt, read }: StepWork, effect: Effect): Promise<Landing | undefined> {
  const { code } = state;
  if (effect.is !== "settled" || effect.outcome.kind !== "superseded" || code.kind !== "writes") return undefined;
  const renewal = effect.renewal + 1;
  const { intent } = effect;
  if (!mayRenew(code.effect, await read(intent), renewal)) return undefined;
  const id = deriveEffectId(runId, step.key, renewal);
  const lane = effect.lane === null ? {} : { lane: effect.lane };
  const data = { step: step.key, attempt, effect: id, intent: jsonRef("intent", intent), facts: [], ...lane, renewal };
  return { drafts: [{ type: "EffectIntended", data }], artifacts: [] };
}
