/** The end of a write step whose effect is at rest. */
import { jsonArtifact } from "../artifacts.ts";
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
