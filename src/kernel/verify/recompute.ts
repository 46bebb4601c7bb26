/** Computing a step again: its state's code on the recorded input, asking the recorded facts. */
import { MfmError } from "../errors.ts";
import type { FactUse, Ref } from "../events.ts";
import { type Executed, executeState, failureOf } from "../execute.ts";
import { type Replay, answerFromFacts } from "../facts.ts";
import type { Json } from "../json.ts";
import type { StateStep } from "../spec.ts";
import type { State } from "../state.ts";
import type { Evidence } from "./history.ts";
import { refusal } from "./refusal.ts";

/** That a state's code made this of its input and these facts; `field` is where an event says so. */
export interface Claim {
  readonly step: StateStep;
  readonly state: State;
  readonly facts: readonly FactUse[];
  readonly output: Ref;
  readonly field: string;
}

/** Nothing of it is ever aborted. */
const { signal } = new AbortController();

/** A promise where the code is asynchronous. @throws HISTORY_INVALID when the code makes something else, or asks something else */
export function recompute(claim: Claim, input: () => Json, evidence: Evidence): Promise<void> | undefined {
  const { step, state, facts } = claim;
  const replay = answerFromFacts(facts, (digest) => evidence.text(digest));
  let result: Executed | Promise<Executed>;
  try {
    result = executeState(state, { config: step.config, input: input() }, replay.caller, signal);
  } catch (error) {
    return refuseFailure(claim, replay, error);
  }
  if (result instanceof Promise)
    return result.then(
      (made) => compare(claim, replay, made, evidence),
      (error: unknown) => refuseFailure(claim, replay, error),
    );
  compare(claim, replay, result, evidence);
  return undefined;
}

function compare({ step, output, field }: Claim, replay: Replay, { kind, text }: Executed, evidence: Evidence): void {
  replay.settle();
  const what = output.kind === "intent" ? "intent" : "output";
  if (kind !== what || text !== evidence.text(output.digest))
    throw refusal(field, `the code of ${step.state} computes another ${what} from the same input and facts`);
}

function refuseFailure({ step, field }: Claim, replay: Replay, error: unknown): never {
  replay.settle();
  if (error instanceof MfmError && error.code === "HISTORY_INVALID") throw error;
  if (error instanceof MfmError && error.code === "FACT_MISSING") throw refusal("data.facts", error.message);
  throw refusal(field, `the code of ${step.state} fails on the recorded input and facts (${failureOf(error).code})`);
}
